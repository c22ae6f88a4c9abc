"""The old community of the sample cluster, as a dump that somebody kept, and how to read it."""

import json
from pathlib import Path

from sample_cluster.interact_site import InteractSite
from sample_cluster.interact_sql import sql

FILE = "old-community.sql"


def old_community(folder: Path) -> str:
    """Write the dump into the folder if it is not there; return its place in config.toml."""
    path = folder / FILE
    if not path.exists():
        with path.open("wb") as file:
            file.writelines(sql(InteractSite()))
    return "\n".join(
        (
            "",
            "[[sources]]",
            'id = "old-community"',
            'kind = "interact"',
            'title = "Our old Interact"',
            'address = "http://interact.invalid/"',
            "[sources.settings]",
            f"dump = {json.dumps(str(path), ensure_ascii=False)}",
            'audience = "interact"',
            "",
        )
    )
