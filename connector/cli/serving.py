"""``serve``: the hub as a running program."""

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from secrets import token_urlsafe

import click
from waitress import create_server

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.destinations import stop_token
from connector.cli.hub import Hub, open_hub, refuse_loss
from connector.cli.show import say
from connector.cli.stopping import stop_on_signals
from connector.errors import ConfigError, StoreError
from connector.store import deliveries, sources
from connector.web.app import create_app
from connector.web.parts import Said
from sync_jobs import approve
from sync_jobs.hooks import HookEar
from sync_jobs.jobs import utc_now
from sync_jobs.local import LocalRunner

HOST = "127.0.0.1"


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port on 127.0.0.1; 0: any free one.")
@click.option("--no-sync", is_flag=True, help="Only show the pages; read nothing.")
@pass_chosen
def serve(chosen: Chosen, port: int | None, no_sync: bool) -> None:
    """Show the hub in a browser and keep reading its places."""
    with open_hub(chosen.config) as hub, stop_on_signals() as stop:
        if not no_sync:
            refuse_loss(hub)
        chosen_port = hub.settings.serve.port if port is None else port
        with open_door(chosen_port) as door:
            serve_hub(hub, door, stop, with_sync=not no_sync)


def open_door(port: int) -> socket.socket:
    """Return a socket that holds the port from now on. Raises ConfigError when it is taken."""
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        raise ConfigError(
            f"Port {port} is taken ({error.strerror}): choose another with --port."
        ) from error


def serve_hub(
    hub: Hub,
    door: socket.socket,
    stop: threading.Event,
    *,
    with_sync: bool,
    ready: Callable[[str], object] = lambda link: None,
) -> None:
    """Serve until ``stop``; ``ready`` is given the link by which a facilitator enters."""
    token = token_urlsafe(24)
    app = create_app(
        store=hub.store,
        secret_key=bytes.fromhex(hub.privacy.digest("cookies", 32)),
        facilitator_token=token,
        hosts=frozenset(hub.settings.serve.hosts),
        zone=hub.settings.hub.timezone,
        ask_for_run=lambda cluster_id, key: _ask_for_run(hub, cluster_id, key),
        hear_hook=HookEar(hub.jobs).hear if with_sync else None,
        take_word=partial(_take_word, hub) if with_sync else None,
        stop_token=partial(stop_token, hub.privacy),
        now=utc_now,
    )
    server = create_server(app, sockets=[door], threads=hub.settings.serve.threads, ident=None)
    with ExitStack() as running:
        running.callback(server.close)
        if with_sync:
            runner = LocalRunner(hub.jobs, outbox=hub.outbox, threads=hub.settings.sync.threads)
            runner.start()
            running.callback(runner.stop)
        threading.Thread(target=server.run, name="web", daemon=True).start()
        address = f"http://{HOST}:{door.getsockname()[1]}/"
        link = f"{address}enter/{token}"
        click.echo(f"Cluster Hub is at {address} (facilitators enter once at {link})")
        sys.stdout.flush()
        ready(link)
        stop.wait()
        say("Stopping: the pages in hand are finished first.")


def _ask_for_run(hub: Hub, cluster_id: int, key: str) -> None:
    with hub.store.write(cluster_id) as conn:
        row = sources.find_source(conn, cluster_id, key)
        if row is None:
            raise StoreError(f"There is no place {key!r}.")
        sources.ask_for_run(conn, row.id, utc_now())


def _take_word(hub: Hub, cluster_id: int, number: int, said: Said, url: str | None) -> None:
    with hub.store.read() as conn:
        row = deliveries.find_delivery(conn, cluster_id, number)
    if row is None:
        raise StoreError(f"There is no delivery {number}.")
    if said == "send":
        approve.retry(hub.outbox, row)
    else:
        approve.settle(hub.outbox, row, is_there=said == "there", url=url)
