"""``doctor``: the whole hub looked over, one line for each thing."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

import click

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.destinations import check_destinations
from connector.cli.doctor_database import database_findings
from connector.cli.doctor_machine import machine_findings, versions
from connector.cli.findings import Finding
from connector.cli.hub import check_sources
from connector.cli.show import print_json
from connector.config import Settings, load
from connector.errors import HubError
from connector.store.database import open_database
from sync_jobs.jobs import utc_now


@click.command()
@click.option("--fix", is_flag=True, help="Write the search index afresh where it is wrong.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object for each check.")
@pass_chosen
def doctor(chosen: Chosen, fix: bool, as_json: bool) -> None:
    """Look over the whole hub; say what is wrong and what to do.

    Nothing is changed but the search index, with --fix, and nobody outside is asked. The hub
    may run meanwhile. Ends with 1 when something must be done.
    """
    is_well = True
    for finding in _findings(chosen, utc_now(), fix):
        is_well = is_well and finding.ok
        if as_json:
            print_json(asdict(finding))
        else:
            click.echo(f"{'ok' if finding.ok else 'wrong':6} {finding.check}: {finding.sentence}")
    if not is_well:
        raise SystemExit(1)


def _findings(chosen: Chosen, now: datetime, fixes: bool) -> Iterator[Finding]:
    try:
        settings = load(chosen.config)
    except HubError as error:
        yield Finding.wrong("configuration", str(error))
        yield versions()
        return
    mistake = _mistake(settings)
    if mistake is None:
        yield Finding.well("configuration", f"{chosen.config} has no mistake.")
    else:
        yield Finding.wrong("configuration", mistake)
    yield from machine_findings(settings)
    if _has_address(settings):
        yield from _of_the_database(settings, now, fixes)


def _mistake(settings: Settings) -> str | None:
    try:
        check_sources(settings)
        check_destinations(settings)
        open_database(settings.database_url).close()
    except HubError as error:
        return str(error)
    return None


def _has_address(settings: Settings) -> bool:
    try:
        return bool(settings.database_url)
    except HubError:
        return False


def _of_the_database(settings: Settings, now: datetime, fixes: bool) -> Iterator[Finding]:
    try:
        store = open_database(settings.database_url)
    except HubError as error:
        yield Finding.wrong("database", str(error))
        return
    try:
        yield from database_findings(settings, store, now, fixes=fixes)
    except HubError as error:
        yield Finding.wrong("database", str(error))
    finally:
        store.close()
