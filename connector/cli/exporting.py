"""``export``: what the hub holds, for another program."""

import os
import signal
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from io import UnsupportedOperation
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import click

from connector import VERSION
from connector.audience import Scope, Standing, Viewer, scope_for
from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import Hub, open_hub
from connector.cli.show import say
from connector.config import resolve_secrets
from connector.errors import ConfigError
from connector.model import Kind
from connector.outputs.activitystreams import Rendering
from connector.store import sources
from connector.store.exporting import Wanted, exported, instance_uid
from connector.store.sources import SourceRow

_VIEWERS = {
    "public": Standing.VISITOR,
    "member": Standing.MEMBER,
    "facilitator": Standing.FACILITATOR,
}
_NOTES = {
    "public": "Only what everybody may see is in this export: '--as member' adds what the whole "
    "cluster may see, '--as facilitator' adds all the rest.",
    "member": "This export is for members of the cluster: what only a school, a stream, a group "
    "or facilitators may see is not in it.",
    "facilitator": "This export holds what others may not see, too: keep it as safe as the hub.",
}


@click.command()
@click.option(
    "--as",
    "viewer",
    type=click.Choice(list(_VIEWERS)),
    default="public",
    show_default=True,
    help="Export what this viewer may see.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only what is dated on this day (YYYY-MM-DD) or later.",
)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([str(one) for one in Kind]),
    multiple=True,
    help="Only this kind; may be repeated.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this file, whole or not at all, instead of standard output.",
)
@pass_chosen
def export(
    chosen: Chosen,
    viewer: str,
    since: datetime | None,
    kinds: Sequence[str],
    output: Path | None,
) -> None:
    """Write posts and replies as ActivityStreams 2.0, one JSON object on each line.

    Oldest first. Unless said otherwise only what everybody may see is written.
    """
    with _ended_by_sigterm(), open_hub(chosen.config) as hub:
        cluster_id = hub.cluster(chosen.cluster).cluster_id
        scope = scope_for(Viewer(cluster_id=cluster_id, standing=_VIEWERS[viewer]))
        wanted = Wanted(
            since=_start_of(since, hub.settings.hub.timezone),
            kinds=frozenset(map(Kind, kinds)) or None,
        )
        with _written_to(output, is_private=viewer != "public") as file:
            count = _write(hub, scope, wanted, file)
    say(_NOTES[viewer])
    say(f"{count:,} exported.")


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end it as Ctrl-C does, also while nobody takes what is written."""
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _start_of(day: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else day.replace(tzinfo=zone)


def _write(hub: Hub, scope: Scope, wanted: Wanted, file: IO[bytes]) -> int:
    """Write one line for each item, as one reading of the database; return how many."""
    count = 0
    with hub.store.read() as conn:
        rendering = Rendering(
            uid=instance_uid(conn),
            version=VERSION,
            secrets=_secrets(hub, sources.all_sources(conn)),
            tells_pseudonyms=scope.everything,
        )
        for item in exported(conn, scope, wanted):
            file.write(rendering.line(item).encode("utf-8", "backslashreplace"))
            count += 1
    file.flush()
    return count


def _secrets(hub: Hub, rows: Collection[SourceRow]) -> frozenset[str]:
    """Return the secrets of all places, as the environment gives them."""
    found: set[str] = set()
    for row in rows:
        named = {key: one for key, one in row.settings.items() if str(one).startswith("env:")}
        with suppress(ConfigError):  # its variable is not set: there is nothing to give away
            found |= set(map(str, resolve_secrets(named, hub.settings.environment).values()))
    return frozenset(found)


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    """Give standard output; after an interruption nothing waits for whoever reads it."""
    try:
        yield sys.stdout.buffer
    except BaseException:
        with suppress(UnsupportedOperation), open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise


@contextmanager
def _written_to(output: Path | None, *, is_private: bool) -> Iterator[IO[bytes]]:
    """Give what to write to; a file appears under its name when it is whole."""
    if output is None:
        with _standard_output() as file:
            yield file
        return
    unfinished = output.with_name(f"{output.name}.{os.getpid()}.part")
    rights = 0o600 if is_private else 0o666
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, output)
    except OSError as error:
        raise ConfigError(
            f"{output} cannot be written ({error.strerror}): check its folder and its rights."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
