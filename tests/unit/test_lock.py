"""The lock of a working folder: it dies with its process, and whoever writes slips waits for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from orchestration import load
from orchestration.lock import BusyError, load_lock
from orchestration.returns.partition import find_partitions
from orchestration.slips.writing import slips_folder
from tests.returns_tools import COUNTY, YEAR, copy_small

HOLDER = """
import sys, time
from pathlib import Path
from orchestration.lock import load_lock
with load_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def holder(var: Path) -> Generator[subprocess.Popen[str]]:
    """Another process that holds the lock until it is killed."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(var)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with (
        holder(tmp_path),
        pytest.raises(BusyError, match="另一次载入正在使用"),
        load_lock(tmp_path, wait_seconds=0),
    ):
        pass
    assert (tmp_path / "load.lock").exists()
    with load_lock(tmp_path, wait_seconds=0):
        pass


def test_check_waits_before_it_writes_slips(tmp_path: Path) -> None:
    raw, var = tmp_path / "raw", tmp_path / "var"
    copy_small(raw)
    assert find_partitions(raw) == [(YEAR, COUNTY)]
    there: list[bool] = []
    with holder(var) as process:

        def on_wait() -> None:
            there.append(slips_folder(var, YEAR, COUNTY).exists())
            process.kill()
            process.wait()

        load.run_check([(YEAR, COUNTY)], raw, var, on_wait)
    assert there == [False]
    assert slips_folder(var, YEAR, COUNTY).exists()
    free = FileLock(var / "load.lock", is_singleton=False)
    free.acquire(timeout=0)
    free.release()
