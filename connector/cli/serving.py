"""``serve`` and ``demo``: the hub as a running program."""

import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from secrets import token_urlsafe

import click
from waitress import create_server

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.destinations import stop_token
from connector.cli.hub import Hub, open_hub, refuse_loss
from connector.cli.progress import Progress
from connector.cli.running import read_all
from connector.cli.show import say
from connector.cli.stopping import stop_on_signals
from connector.errors import ConfigError, StoreError
from connector.store import deliveries, sources
from connector.web.app import create_app
from sample_cluster.config import destinations_toml, write_configuration
from sample_cluster.discourse.demo import (
    KEY,
    KEY_VARIABLE,
    at_work,
    board_destination,
    board_source,
    demo_board,
)
from sample_cluster.discourse.server import BoardServer
from sample_cluster.history import LAST_STEP
from sample_cluster.interact_demo import old_community
from sample_cluster.interact_server import SECRETS as INTERACT_SECRETS
from sample_cluster.interact_server import InteractServer, demo_space, space_toml
from sample_cluster.mailbox import MailboxServer
from sample_cluster.servers import SampleServers
from sample_cluster.wordpress_writing import PASSWORD
from sample_cluster.world import DEFAULT_SEED, World
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
        with _open_door(chosen_port) as door:
            _serve(hub, door, stop, with_sync=not no_sync, ready=_do_nothing)


def _open_door(port: int) -> socket.socket:
    """Return a socket that holds the port from now on. Raises ConfigError when it is taken."""
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        raise ConfigError(
            f"Port {port} is taken ({error.strerror}): choose another with --port."
        ) from error


def _serve(
    hub: Hub,
    door: socket.socket,
    stop: threading.Event,
    *,
    with_sync: bool,
    ready: Callable[[str], None],
) -> None:
    token = token_urlsafe(24)
    app = create_app(
        store=hub.store,
        secret_key=bytes.fromhex(hub.privacy.digest("cookies", 32)),
        facilitator_token=token,
        hosts=frozenset(hub.settings.serve.hosts),
        zone=hub.settings.hub.timezone,
        ask_for_run=lambda cluster_id, key: _ask_for_run(hub, cluster_id, key),
        hear_hook=HookEar(hub.jobs).hear if with_sync else None,
        settle=partial(_settle, hub) if with_sync else None,
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


def _settle(hub: Hub, cluster_id: int, number: int, is_there: bool, url: str | None) -> None:
    with hub.store.read() as conn:
        row = deliveries.find_delivery(conn, cluster_id, number)
    if row is None:
        raise StoreError(f"There is no delivery {number}.")
    approve.settle(hub.outbox, row, is_there=is_there, url=url)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port on 127.0.0.1; 0: any free one.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the demo's hub in this folder; else it is deleted at the end.",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def demo(port: int, data: Path | None, no_browser: bool) -> None:
    """Show an invented cluster: eight schools, forty teachers, three years of posts.

    Its blogs, its Moodle, its Interact and its board are small servers on this machine; nothing outside is
    asked.
    """
    with ExitStack() as running:
        stop = running.enter_context(stop_on_signals())
        # First of all: nobody should wait for the reading to learn that the port is taken.
        door = running.enter_context(_open_door(port))
        folder = data or Path(running.enter_context(_temporary_folder()))
        folder.mkdir(parents=True, exist_ok=True)
        world = World(DEFAULT_SEED, datetime.now().astimezone().date())
        servers = running.enter_context(SampleServers(world))
        board = running.enter_context(BoardServer(demo_board(world.today)))
        interact = running.enter_context(InteractServer(demo_space(world.today)))
        mailbox = running.enter_context(MailboxServer())
        config = folder / "config.toml"
        for step in (0, LAST_STEP):
            if stop.is_set():
                return
            servers.advance(step)
            parts = [
                old_community(folder),
                board_source(board.address),
                board_destination(board.service),
                destinations_toml(servers, mailbox.address),
                space_toml(interact.address),
            ]
            write_configuration(
                servers,
                config,
                folder / "data",
                more="\n".join(parts),
                secrets={KEY_VARIABLE: KEY, "SAMPLE_BLOG": PASSWORD, **INTERACT_SECRETS},
            )
            if step:
                at_work(board.service)
            _read_demo(config, stop, sweep=step > 0)
        hub = running.enter_context(open_hub(config))
        say(f"The demo's mail stays on this machine: {mailbox.page} shows it.")
        opens = not no_browser and sys.stdout.isatty()
        _serve(
            hub,
            door,
            stop,
            with_sync=True,
            ready=_open_browser if opens else _do_nothing,
        )


def _do_nothing(link: str) -> None:
    """Leave the link to whoever reads it."""


def _open_browser(link: str) -> None:
    webbrowser.open(link)


@contextmanager
def _temporary_folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="clusterhub-demo-") as folder:
        yield folder


def _read_demo(config: Path, stop: threading.Event, *, sweep: bool) -> None:
    say("Reading what was removed and changed ..." if sweep else "Reading the places ...")
    with open_hub(config) as hub:
        with hub.store.read() as conn:
            rows = [row for row in sources.all_sources(conn) if not row.paused]
        read_all(hub, rows, sweep=sweep, stop=stop, shown=Progress(), told=None)
