"""Reading processes: a crash, a hang, a flood of memory cost one file; order and number of processes change nothing."""

from __future__ import annotations

import operator
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.returns import isolation
from orchestration.returns.isolation import Lost, Readers, Task, read_isolated
from orchestration.returns.partition import read_partition
from orchestration.returns.school_workbook import read_school
from tests.returns_tools import COUNTY, HUANTAI, PRIMARY, YEAR, copy_small, slow_echo

echo = operator.pos


def task(function: object, *arguments: object) -> Task:
    return Task(function, arguments, "一.xlsx", 0)  # type: ignore[arg-type]


@pytest.fixture
def pool() -> Iterator[Readers]:
    pool = Readers(2)
    yield pool
    pool.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of address space")
def test_a_flood_of_memory_is_lost(pool: Readers) -> None:
    lost, fine = pool.read([task(bytearray, 2 << 30), task(echo, 1)])
    assert lost == Lost("读取所需的内存超过上限")
    assert fine == 1


def test_a_crash_is_lost_and_the_next_file_read(pool: Readers) -> None:
    lost, fine = pool.read([task(os._exit, 3), task(echo, 1)])
    assert lost == Lost("读取进程异常终止（3）")
    assert fine == 1


def test_a_hang_is_lost_in_time(pool: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "SECONDS_PER_FILE", 3.0)
    pool.read([task(echo, 0)])
    began = time.monotonic()
    lost, fine = pool.read([task(time.sleep, 60), task(echo, 1)])
    assert time.monotonic() - began < 30
    assert isinstance(lost, Lost)
    assert "超过" in lost.reason
    assert fine == 1


def test_an_exception_that_is_none_of_ours_is_lost(pool: Readers) -> None:
    lost, fine = pool.read([task(sys.exit, 3), task(echo, 1)])
    assert lost == Lost("SystemExit: 3")
    assert fine == 1


def test_a_process_that_does_not_start_is_lost_and_nobody_waits(pool: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(isolation, "_SECONDS_TO_START", 0.01)
        [lost] = pool.read([task(echo, 1)])
    assert isinstance(lost, Lost)
    assert "没有启动" in lost.reason
    assert pool.read([task(echo, 1)]) == [1]


def test_a_request_that_cannot_be_sent_is_lost(pool: Readers) -> None:
    lost, fine = pool.read([task(echo, lambda: None), task(echo, 1)])
    assert isinstance(lost, Lost)
    assert fine == 1


def test_results_come_in_the_order_asked(pool: Readers) -> None:
    waits = [0.2, 0.0, 0.1, 0.0] * 8
    assert pool.read([task(slow_echo, wait) for wait in waits]) == waits


def test_progress_names_each_file_once(pool: Readers) -> None:
    told: list[tuple[str, int]] = []
    tasks = [Task(echo, (n,), f"{n}.xlsx", 0) for n in range(30)]
    pool.read(tasks, lambda file, number: told.append((file, number)))
    assert sorted(file for file, _ in told) == sorted(f"{n}.xlsx" for n in range(30))
    assert [number for _, number in told] == list(range(1, 31))


def test_an_interrupted_reading_leaves_the_pool_fit_for_the_next(pool: Readers) -> None:
    def stop(_file: str, number: int) -> None:
        if number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pool.read([task(slow_echo, 0.05) for _ in range(40)], stop)
    assert pool.read([task(echo, 7)]) == [7]


def test_no_process_outlives_its_parent() -> None:
    script = (
        "from orchestration.returns.isolation import read_isolated, readers, Task\n"
        "import os\n"
        "print(*{read_isolated([Task(os.getpid, (), 'x', 0)])[0]})\n"
        "os._exit(0)\n"  # no clean-up of any kind
    )
    root = Path(isolation.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    pid = int(done.stdout)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    pytest.fail(f"reading process {pid} is still there")


def test_a_lost_school_is_a_fault_and_the_county_is_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_small(tmp_path)

    def lose(tasks: list[Task], *_: object) -> list[object]:
        return [Lost("读取超过 8 秒") if one.file == PRIMARY else result for one, result in
                zip(tasks, read_isolated(tasks), strict=True)]  # fmt: skip

    monkeypatch.setattr("orchestration.returns.partition_files.read_isolated", lose)
    returns = read_partition(tmp_path, YEAR, COUNTY)
    [error] = [found for found in returns.faults if found.severity == "error"]
    assert (error.code, error.file, error.found) == ("reader_failed", PRIMARY, "读取超过 8 秒")
    assert len(returns.schools) == 4


def test_what_comes_back_is_what_is_read_here() -> None:
    arguments = (HUANTAI, PRIMARY, YEAR, COUNTY)
    [there] = read_isolated([Task(read_school, arguments, PRIMARY, 0)])
    assert there == read_school(*arguments)
