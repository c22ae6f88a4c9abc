"""Threads share heaps where the C library lets them; the collector has little to look at."""

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: the switch cannot be turned back.
COUNT = """
import ctypes, sys, threading
from connector.cli.memory import share_heaps

share_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
all_at_once = threading.Barrier(12)


def take() -> None:
    libc.malloc(ctypes.c_size_t(5000))
    all_at_once.wait()


threads = [threading.Thread(target=take) for _ in range(12)]
for one in threads:
    one.start()
for one in threads:
    one.join()
told = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, told)
libc.fclose(told)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has a heap a thread")
def test_many_threads_use_two_heaps(tmp_path: Path) -> None:
    told = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", COUNT, told], check=True)
    assert len(re.findall("<heap nr=", told.read_text())) == 2


OPEN = """
import gc, sys
from pathlib import Path
from connector.cli.hub import open_hub

counts = [gc.get_freeze_count()]
for _ in range(2):
    with open_hub(Path(sys.argv[1])):
        counts.append(gc.get_freeze_count())
print(*counts)
"""


def test_what_is_loaded_when_a_hub_opens_is_left_alone(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", OPEN, config], check=True, capture_output=True, text=True
    )
    before, opened, again = map(int, run.stdout.split())
    assert before == 0
    assert opened > 10_000
    assert again <= opened, "garbage of what came later would stay for ever"
