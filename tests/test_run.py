"""What ``./run`` promises about its environment, with an installer that only keeps notes.

The real installers are exercised by ``.ci/run``, which starts from a clean clone.
"""

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import LONG_FILES

REPOSITORY = Path(__file__).parent.parent
PYTHON = shlex.quote(sys.executable)
"""For scripts: the folder of this clone may have a space in its name."""
TOOLS = (
    "bash sh basename cat chmod cksum cut date dirname env find git grep id mkdir mktemp mv "
    "printf rm sed sleep true"
).split()

# Makes a real, empty environment and writes down what it was asked.
FAKE_UV = f"""#!/bin/sh
echo "$1 $2" >>"$NOTES"
case $1 in
  venv) for folder; do :; done; exec {PYTHON} -m venv --without-pip "$folder" ;;
esac
"""
UNREACHABLE = f"{FAKE_UV}\n[ $1 = venv ] || {{ echo 'dns error' >&2; exit 1; }}\n"
NO_PIP = f"""#!/bin/sh
case "$*" in *ensurepip*) exit 1 ;; esac
exec {PYTHON} "$@"
"""


@dataclass(frozen=True, slots=True)
class Clone:
    """A clone in a folder with spaces, on a machine that has only what ``bin`` holds."""

    folder: Path
    bin: Path

    def add(self, name: str, text: str) -> None:
        program = self.bin / name
        program.write_text(text)
        program.chmod(0o755)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self.folder / "run", *arguments],
            cwd=self.bin,
            env={"PATH": str(self.bin), "NOTES": str(self.notes_file), "TMPDIR": str(self.bin)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        with self.start(*arguments) as started:
            out, err = started.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, started.returncode, out, err)

    @property
    def notes_file(self) -> Path:
        return self.bin / "notes"

    def notes(self) -> list[str]:
        """Return what the installer was asked, in order."""
        return self.notes_file.read_text().splitlines() if self.notes_file.exists() else []


@pytest.fixture
def bare(tmp_path: Path) -> Clone:
    """A clone on a machine without any Python."""
    clone = Clone(tmp_path / "our hub", tmp_path / "bin")
    (clone.folder / "requirements").mkdir(parents=True)
    clone.bin.mkdir()
    shutil.copy(REPOSITORY / "run", clone.folder)
    for level in ("run", "dev"):
        (clone.folder / "requirements" / f"{level}.lock").write_text(f"{level}\n")
    for tool in TOOLS:
        place = shutil.which(tool)
        assert place, tool
        (clone.bin / tool).symlink_to(place)
    return clone


@pytest.fixture
def clone(bare: Clone) -> Clone:
    """The same with this Python and an installer."""
    bare.add("python3", f'#!/bin/sh\nexec {PYTHON} "$@"\n')
    bare.add("uv", FAKE_UV)
    return bare


def test_help_names_every_command(bare: Clone) -> None:
    text = bare.run().stdout
    for command in ("demo", "serve", "exec", "test", "check", "bench", "lock", "help"):
        assert f"\n  {command} " in text
    assert bare.run("help").stdout == text


def test_unknown_command_is_wrong_usage(bare: Clone) -> None:
    done = bare.run("sevre")
    assert done.returncode == 2
    assert 'There is no command "sevre".' in done.stderr
    assert done.stdout == ""


def test_missing_python_is_one_sentence(bare: Clone) -> None:
    done = bare.run("serve")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Python 3.11 or newer is missing" in done.stderr
    assert not (bare.folder / ".venv").exists()


def test_python_without_venv_is_named_with_its_package(bare: Clone) -> None:
    bare.add("python3", NO_PIP)
    done = bare.run("serve")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "sudo apt install python3-venv" in done.stderr


def test_too_old_python_is_passed_over(bare: Clone) -> None:
    bare.add("python3", "#!/bin/sh\nexit 1\n")
    assert "Python 3.11 or newer is missing" in bare.run("serve").stderr


def test_python_without_venv_serves_when_uv_is_there(clone: Clone) -> None:
    clone.add("python3", NO_PIP)
    assert clone.run("exec", "python", "-c", "").returncode == 0


def test_exec_uses_the_environment_in_the_current_folder(clone: Clone) -> None:
    ask = "import os, sys; print(sys.prefix); print(os.getcwd())"
    lines = clone.run("exec", "python", "-c", ask).stdout.splitlines()
    assert lines == [str(clone.folder / ".venv"), str(clone.bin)]


def test_config_of_the_clone_is_used_where_the_folder_has_none(clone: Clone) -> None:
    ask = "import os; print(os.environ.get('CLUSTERHUB_CONFIG'))"
    assert clone.run("exec", "python", "-c", ask).stdout == "None\n"
    (clone.folder / "config.toml").touch()
    assert clone.run("exec", "python", "-c", ask).stdout == f"{clone.folder}/config.toml\n"
    (clone.bin / "config.toml").touch()
    assert clone.run("exec", "python", "-c", ask).stdout == "None\n"


def test_the_clone_is_importable_from_any_folder(clone: Clone) -> None:
    (clone.folder / "connector.py").write_text("print('found')")
    assert clone.run("exec", "python", "-P", "-c", "import connector").stdout == "found\n"


def test_a_ready_environment_is_used_as_it_is(clone: Clone) -> None:
    clone.run("exec", "true")
    again = clone.run("exec", "true")
    assert clone.notes() == ["venv --quiet", "pip sync"]
    assert again.stderr == ""


def test_a_changed_lock_is_installed_into_the_same_environment(clone: Clone) -> None:
    clone.run("exec", "true")
    (clone.folder / "requirements" / "run.lock").write_text("another\n")
    clone.run("exec", "true")
    assert clone.notes() == ["venv --quiet", "pip sync", "pip sync"]


def test_a_half_made_environment_is_made_again(clone: Clone) -> None:
    clone.run("exec", "true")
    (clone.folder / ".venv" / ".clusterhub-ready").unlink()
    clone.run("exec", "true")
    assert clone.notes() == ["venv --quiet", "pip sync"] * 2


def test_a_moved_clone_makes_its_environment_again(clone: Clone) -> None:
    clone.run("exec", "true")
    moved = Clone(clone.folder.with_name("elsewhere"), clone.bin)
    clone.folder.rename(moved.folder)
    moved.run("exec", "true")
    assert clone.notes() == ["venv --quiet", "pip sync"] * 2


def test_two_at_once_make_one_environment(clone: Clone) -> None:
    """With flock where the machine has it, and without."""
    flock = shutil.which("flock")
    for has_flock in (False, True):
        if has_flock and flock:
            (clone.bin / "flock").symlink_to(flock)
        shutil.rmtree(clone.folder / ".venv", ignore_errors=True)
        clone.notes_file.unlink(missing_ok=True)
        both = [clone.start("exec", "true") for _ in range(2)]
        assert [started.communicate(timeout=60) and started.returncode for started in both] == [
            0,
            0,
        ]
        assert clone.notes() == ["venv --quiet", "pip sync"]


def test_unreachable_packages_are_one_sentence_that_names_the_proxy(clone: Clone) -> None:
    clone.add("uv", UNREACHABLE)
    done = clone.run("exec", "true")
    assert done.returncode == 1
    assert "HTTPS_PROXY" in done.stderr
    assert done.stderr.count("\n") == 2


def test_a_failed_installation_is_not_taken_for_an_environment(clone: Clone) -> None:
    clone.add("uv", UNREACHABLE)
    clone.run("exec", "true")
    clone.add("uv", FAKE_UV)
    assert clone.run("exec", "python", "-c", "").returncode == 0


def test_bench_lists_benchmarks_and_refuses_others(clone: Clone) -> None:
    (clone.folder / "bench").mkdir()
    for name in ("feeds", "_common"):
        (clone.folder / "bench" / f"{name}.py").touch()
    assert clone.run("bench").stdout == "feeds\n"
    assert clone.run("bench", "nothing").returncode == 2


def test_the_files_that_the_tests_begin_with_are_there() -> None:
    assert [name for name in LONG_FILES if not (REPOSITORY / "tests" / name).is_file()] == []
