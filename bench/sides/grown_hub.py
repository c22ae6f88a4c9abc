"""A hub over a copy of a long history, with a few places of the benchmark's own to read."""

from pathlib import Path

from bench.sides.history import copy_of

QUIET, FRESH = range(50), range(1_000, 3_000)
"""Feeds of places that have nothing new, and of places that were never read."""


def make_hub(items: int, folder: Path, port: int) -> None:
    """Put a hub of so many items into a folder, with its quiet places."""
    copy_of(items, folder / "data")
    # The key of a kept database: a hub refuses a database without one.
    (folder / "data" / "hub.key").write_text("00" * 32 + "\n")
    write_config(folder, port, [*QUIET])


def write_config(folder: Path, port: int, feeds: list[int]) -> None:
    """Write a configuration with these feeds, one place each."""
    parts = [
        '[hub]\ndata_dir = "data"\n[network]\nallow = ["127.0.0.0/8"]\nrequests_per_host = 16\n'
        '[clusters.bench]\nname = "Bench"\n'
    ]
    parts += [
        f'[[sources]]\nid = "feed-{feed}"\nkind = "blogs"\n'
        f'address = "http://127.0.0.1:{port}/feed/{feed}"\n'
        'settings = { flavour = "feed", comments = false }\n'
        for feed in feeds
    ]
    (folder / "config.toml").write_text("\n".join(parts), encoding="utf-8")
