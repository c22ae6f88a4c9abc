"""The ground floor: what adapters, jobs and pages stand on."""

import re
from importlib import metadata
from pathlib import Path


def _version() -> str:
    """Return the version: from the changelog of a clone, else of the installed package."""
    changelog = Path(__file__).parents[1] / "CHANGELOG.md"
    if changelog.is_file():
        found = re.search(r"^## (\d+\.\d+\.\d+)", changelog.read_text("utf-8"), re.MULTILINE)
        if found is not None:
            return found[1]
    return metadata.version("clusterhub")


VERSION = _version()
