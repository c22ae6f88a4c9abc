"""Runs the fuzzer on one parser for some minutes and says what it did.

``./run exec python -m tests.fuzz PARSER [--minutes 10] [--findings FOLDER]``: exit code 0
where nothing was found, 1 where something was, 2 for wrong usage.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.hostile.parsers import PARSERS

NO_ATHERIS = (
    "atheris is not installed. Install it into this environment: "
    "uv pip install --python .venv/bin/python atheris"
)


def run(parser: str, minutes: float, findings: Path) -> tuple[int, list[Path]]:
    """Fuzz one parser; return how often it ran, and the inputs that were kept."""
    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(PARSERS[parser].seeds()):
            Path(corpus, f"seed-{number:04}").write_bytes(seed)
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.child", parser, str(minutes * 60), findings, corpus],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
    found = sorted(path for path in findings.iterdir() if path.name.startswith(f"{parser}-"))
    counted = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    if counted is None:
        print(done.stderr[-2000:], file=sys.stderr)
        raise SystemExit(1)
    return int(counted[1]), found


def main() -> None:
    """Read the arguments, fuzz, and print one line for each finding and one at the end."""
    reader = argparse.ArgumentParser(prog="./run exec python -m tests.fuzz")
    reader.add_argument("parser", choices=PARSERS)
    reader.add_argument("--minutes", type=float, default=10.0)
    reader.add_argument("--findings", type=Path, default=None, help="where inputs are kept")
    chosen = reader.parse_args()
    if importlib.util.find_spec("atheris") is None:
        reader.error(NO_ATHERIS)
    folder = chosen.findings or Path(tempfile.mkdtemp(prefix="findings-"))
    executions, found = run(chosen.parser, chosen.minutes, folder)
    for path in found:
        print(path)
    print(
        f"{chosen.parser}: {executions:,} executions in {chosen.minutes:g} minutes, "
        f"{len(found)} findings"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
