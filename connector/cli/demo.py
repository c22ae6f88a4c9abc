"""``demo``: the hub with an invented cluster, whose places are stand-ins on this machine."""

import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click

from connector.announce.writing import Event, Written
from connector.cli.hub import Hub, open_hub
from connector.cli.progress import Progress
from connector.cli.running import read_all
from connector.cli.serving import open_door, serve_hub
from connector.cli.show import say
from connector.cli.stopping import stop_on_signals
from connector.store import announcements, destinations, sources
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
from sync_jobs.jobs import utc_now
from sync_jobs.push import send_due

EVENING = """Nau mai, haere mai! Children show **what they are puzzling over**, and whānau try it.

- Tables with games for every year level
- A wall of questions that nobody has answered yet
- Kai from half past five

Bring *a friend* and a pencil."""


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

    Its blogs, its Moodle, its Interact and its board are small servers on this machine; nothing
    outside is asked.
    """
    with ExitStack() as running:
        stop = running.enter_context(stop_on_signals())
        # First of all: nobody should wait for the reading to learn that the port is taken.
        door = running.enter_context(open_door(port))
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
        _announce(hub, world.today)
        say(f"The demo's mail stays on this machine: {mailbox.page} shows it.")
        opens = not no_browser and sys.stdout.isatty()
        ready = webbrowser.open if opens else lambda link: None
        serve_hub(hub, door, stop, with_sync=True, ready=ready)


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


def _announce(hub: Hub, today: date) -> None:
    """Announce one evening everywhere, unless this folder's demo has done so before."""
    cluster_id = hub.cluster(None).cluster_id
    with hub.store.read() as conn:
        if announcements.newest_announcements(conn, cluster_id, 1):
            return
        everywhere = destinations.destinations_of(conn, cluster_id)
    evening = datetime.combine(today + timedelta(days=9), time(18), hub.settings.hub.timezone)
    written = Written(
        title="Maths evening for whānau of all our schools",
        body=EVENING,
        event=Event(start=evening, end=evening + timedelta(hours=2), place="Hall of Lake Tūī"),
    )
    with hub.store.write(cluster_id) as conn:
        number = announcements.add_draft(
            conn, cluster_id, written, audience_kind="public", made_public=False, now=utc_now()
        )
        row = announcements.get_announcement(conn, cluster_id, number)
    assert row is not None
    approve.approve(hub.outbox, row, approve.previews(hub.outbox, row, everywhere))
    send_due(hub.outbox)
