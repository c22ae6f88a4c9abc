"""What the hub says on a disk that is really full, and whether it goes on once there is room.

A small file system in memory is mounted, which needs root. It is filled to leave so and so many
kilobytes, the feeds are read, room is made, and they are read again.
``./run bench full_disk [--json]``
"""

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.sides.changing_feeds import serving
from bench.sides.night_hubs import night_hub
from connector.cli.hub import Hub, open_hub
from connector.errors import StoreError
from connector.store import leases, places, sources
from sync_jobs.jobs import utc_now
from sync_jobs.pull import run_source

SIZE = 4_000_000
LEFT = range(0, 640_000, 32_768)
"""Bytes that are left when reading begins."""
FEEDS = range(2, 4)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a small file system of its own there."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Leave so many bytes; return the file that takes the rest."""
    filler = disk / "filler"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    filler.write_bytes(bytes(max(free - left, 0)))
    return filler


def read(hub: Hub, days: int) -> list[str]:
    """Read every place; return what the database said where that failed."""
    jobs = replace(hub.jobs, clock=lambda: utc_now() + timedelta(days=days), roll=lambda: 0.5)
    said = []
    with hub.store.read() as conn:
        ids = [row.id for row in sources.all_sources(conn)]
    for source_id in ids:
        try:
            report = run_source(jobs, source_id)
        except StoreError as error:
            said.append(str(error))
        else:
            if report.state != "done":
                said.append(f"{report.state}: {report.sentence}")
    return said


def one(folder: Path, left: int) -> dict[str, Any]:
    """Fill the disk, read, make room, read again."""
    with (
        small_disk(folder) as disk,
        serving() as service,
        night_hub("sqlite", disk / "hub", "", service, FEEDS) as planned,
        open_hub(planned.config) as hub,
    ):
        filler = fill(disk, left)
        said = read(hub, 0)
        filler.unlink()
        after = read(hub, 3)
        with hub.store.read() as conn:
            kept = places.count_items(conn)
        wanted = sum(len(service.numbers(feed)) for feed in FEEDS)
    said = [each.replace(str(folder), "...") for each in said]
    return {"left": left, "said": said, "said_after": after, "kept": kept, "wanted": wanted}


def main() -> None:
    """Try every filling; exit with 1 when the hub did not recover from one."""
    parser = argparse.ArgumentParser(prog="./run bench full_disk")
    parser.add_argument("--json", action="store_true", help="for programs")
    chosen = parser.parse_args()
    # A place that could not be given back is free when its lease ends: here at once.
    leases.LEASE = timedelta(0)
    if os.geteuid() != 0:
        raise SystemExit("A file system can only be mounted by root: use sudo.")
    with tempfile.TemporaryDirectory() as folder:
        found = [one(Path(folder), left) for left in LEFT]
    if chosen.json:
        print(json.dumps(found))
    else:
        for each in found:
            print(f"{each['left']:8} bytes left: kept {each['kept']} of {each['wanted']}")
            for sentence in each["said"] + each["said_after"]:
                print(f"    {sentence}")
    if any(each["kept"] != each["wanted"] or each["said_after"] for each in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
