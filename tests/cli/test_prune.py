"""The command 'prune': says what goes, then what went; 0 done, 1 not quite."""

from datetime import timedelta

from sqlalchemy import update

from connector.cli.hub import open_hub
from connector.store.housekeeping import LIMITS
from connector.store.tables import origin
from sync_jobs.jobs import utc_now
from tests.cli.conftest import CommandLine
from tests.cli.test_places import SOURCE


def counts(cli: CommandLine, *more: str) -> dict[str, int]:
    return {row["limit"]: row["count"] for row in cli.rows("prune", *more)}


def test_prune_does_what_the_dry_run_said(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    cli.do("sync")
    with open_hub(cli.config) as hub, hub.store.write(1) as conn:
        gone = {"is_live": False, "is_listed": False, "on_front": False}
        left = utc_now() - timedelta(days=31)
        number = conn.execute(update(origin).values(retired=left, **gone)).rowcount
    would = counts(cli, "--dry-run")
    assert would["retired_texts"] == number
    assert counts(cli, "--dry-run") == would == counts(cli)
    assert set(counts(cli).values()) == {0}


def test_it_says_what_and_how_long_and_how_many(cli: CommandLine) -> None:
    cli.write()
    result = cli.call("prune", "--dry-run")
    assert result.exit_code == 0
    for limit in LIMITS:
        assert limit.what in result.stdout
        assert limit.why in result.stdout
    assert "Nothing was deleted" in result.stderr
    assert cli.call("prune").stderr == ""
