"""The version number has one home, CHANGELOG.md; the rest is in pyproject.toml."""

import re
from pathlib import Path

from setuptools import setup

changelog = (Path(__file__).parent / "CHANGELOG.md").read_text(encoding="utf-8")
found = re.search(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
if found is None:
    raise SystemExit("CHANGELOG.md names no version: write '## 0.1.0 (unreleased)'")
setup(version=found.group(1))
