"""The environment of the ``reader`` side: made once in .venv-bench, apart from our own."""

import shutil
import subprocess
import sys
from pathlib import Path

from bench.sides.whole import ROOT

WANTED = "reader==3.26"
FOLDER = ROOT / ".venv-bench"


def reader_python() -> Path | None:
    """Return a Python that has reader; None, and a line that says so, where that fails."""
    python, stamp = FOLDER / "bin" / "python", FOLDER / ".ready"
    if stamp.exists() and stamp.read_text() == WANTED:
        return python
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        for command in _commands(python):
            subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        reason = said[-1] if said else "no reason given"
        print(f"Without reader: {WANTED} cannot be installed ({reason}).", file=sys.stderr)
        return None
    stamp.write_text(WANTED)
    return python


def _commands(python: Path) -> list[list[str]]:
    """Return how it is made: wheels only, with uv where that is on PATH, as ``./run`` does."""
    if shutil.which("uv"):
        install = ["uv", "pip", "install", "--quiet", "--no-build", "--python", str(python)]
        make = ["uv", "venv", "--quiet", "--no-project", "--no-python-downloads"]
        return [[*make, "--python", sys.executable, str(FOLDER)], [*install, WANTED]]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--only-binary", ":all:"]
    return [[sys.executable, "-m", "venv", str(FOLDER)], [*pip, WANTED]]
