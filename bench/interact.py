"""What reading an old Interact costs: a real MariaDB, a dump of it, and a large dump.

A site of 40 spaces, 60,000 posts, 300 workshops and 2,000 people is read by the whole engine
with an account that may only read, against PyMySQL that reads the same rows and inserts them.
Then a dump that is as large as asked for is read as a stream.
``./run bench interact [--json] [--megabytes 300]``
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench.sides import mariadb
from bench.sides.mariadb import MariaDb
from bench.sides.promises import Promise
from bench.sides.whole import machine, run_whole
from sample_cluster.interact_site import LARGE, InteractSite
from sample_cluster.interact_sql import sql

RATIO, PEAK_MEGABYTES, QUESTIONS = 3, 200, 15
TOKEN = "TOKEN"  # noqa: S105 - of an account that lives for this run
Figures = dict[str, float]


def side(module: str, *arguments: str) -> Figures:
    """Run one side in a process of its own; return its figures."""
    command = [sys.executable, "-m", f"bench.sides.{module}", *arguments]
    environment = {"INTERACT_PASSWORD": TOKEN}
    figures: Figures = json.loads(run_whole(command, environment).output)
    return figures


def write_config(folder: Path, settings: str) -> None:
    """Write a configuration with the one place."""
    folder.mkdir()
    (folder / "config.toml").write_text(
        '[clusters.bench]\nname = "Bench"\n[[sources]]\nid = "old"\nkind = "interact"\n'
        f'address = "https://interact.example.school.nz/"\n[sources.settings]\n{settings}\n',
        encoding="utf-8",
    )


def measure_site(folder: Path) -> tuple[dict[str, Figures], int]:
    """Read the site from its database and from its dump; return figures and questions."""
    site = InteractSite(LARGE)
    wanted = len(site.expected)
    found: dict[str, Figures] = {}
    with MariaDb() as server:
        server.fill("interact", sql(site))
        del site
        address = server.reader("reader", TOKEN, "interact")
        write_config(folder / "db", f'database = "{address}"\npassword = "env:INTERACT_PASSWORD"\n')
        found["floor"] = side("interact_floor", str(folder / "floor.db"), str(server.port), TOKEN)
        searched = ["interact_floor", str(folder / "searched.db"), str(server.port), TOKEN]
        found["floor, searched"] = side(*searched, "searched")
        found["database"] = side("interact_ours", str(folder / "db"))
        found["its rows alone"] = side("rows_alone", str(folder / "db"), "500")
        side("interact_ours", str(folder / "db"))
        before = server.questions()
        found["quiet cycle"] = side("interact_ours", str(folder / "db"))
        # What the question itself costs is told by asking twice.
        after = server.questions()
        questions = after - before - (server.questions() - after)
        dump = server.dump("interact", folder / "interact.sql")
    write_config(folder / "dump", f'dump = "{dump}"')
    found["dump"] = side("interact_ours", str(folder / "dump"))
    for name in ("database", "dump"):
        if found[name]["entries"] != wanted:
            raise SystemExit(f"{name}: {found[name]['entries']} items are kept, not {wanted}.")
    return found, questions


def large_dump(path: Path, megabytes: int) -> int:
    """Write a dump of about this size: the small site, and texts of four kilobytes each."""
    site = InteractSite()
    filler = "Ko te kōrero a te kaiako ki ōna hoa, it's a long story.\n" * 70
    row = list(site.rows["posts"][-1])
    for key in range(10_000, 10_000 + megabytes * 1_000_000 // 4_200):
        row[0], row[7] = key, filler
        site.rows["posts"].append(tuple(row))
    with path.open("wb") as file:
        file.writelines(sql(site))
    return path.stat().st_size


def promises(found: dict[str, Figures], questions: int) -> list[Promise]:
    """Return what is promised, with the figures of this run."""
    ours, floor = found["database"], found["floor"]
    also = f"{ours['cpu_seconds'] / floor['cpu_seconds']:.1f} in CPU time"
    peak = max(found[name]["peak_megabytes"] for name in ("database", "dump", "large dump"))
    return [
        Promise(
            "first sync / PyMySQL alone",
            ours["wall_seconds"] / floor["wall_seconds"],
            RATIO,
            also=also,
        ),
        Promise("peak memory", peak, PEAK_MEGABYTES, unit="MB"),
        Promise("questions of a quiet cycle", questions, QUESTIONS),
    ]


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="./run bench interact")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--megabytes", type=int, default=300, help="size of the large dump")
    chosen = parser.parse_args()
    if lacking := mariadb.missing():
        raise SystemExit(f"A MariaDB of our own is needed; {lacking}.")
    before = machine()
    with tempfile.TemporaryDirectory() as name:
        found, questions = measure_site(Path(name))
        path = Path(name) / "large.sql"
        size = large_dump(path, chosen.megabytes)
        write_config(Path(name) / "large", f'dump = "{path}"')
        found["large dump"] = side("interact_dump", str(Path(name) / "large"))
    kept = promises(found, questions)
    speed = size / 1e6 / found["large dump"]["wall_seconds"]
    if chosen.json:
        told = [one.for_programs() for one in kept]
        more = {"machine": before, "large_dump_bytes": size, "megabytes_per_second": speed}
        print(json.dumps(more | {"sides": found, "promises": told}))
        return
    print(f"40 spaces, 60,000 posts, 300 workshops, 2,000 people; {before}")
    for one, figures in found.items():
        print(
            f"{one:16} {figures['wall_seconds']:8.2f} s {figures['cpu_seconds']:8.2f} s CPU "
            f"{figures['peak_megabytes']:5.0f} MB"
        )
    print(f"large dump: {size / 1e6:,.0f} MB, {speed:.0f} MB/s")
    for promise in kept:
        print(promise.line())


if __name__ == "__main__":
    main()
