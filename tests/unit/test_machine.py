"""What the machine refuses is said in Chinese, whoever refused it and in whatever words."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from orchestration import machine
from orchestration.cli.app import run
from orchestration.publication import durable

FULL, READ_ONLY, OPEN, DENIED = "磁盘已满", "磁盘或文件夹是只读的", "正被别的程序打开", "没有权限"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("OSError: [Errno 28] No space left on device: '/data/var/x.parquet'", FULL),
        ("polars.exceptions.ComputeError: No space left on device (os error 28)", FULL),
        ('IO Error: Could not write file "/data/var/warehouse.duckdb": No space left on device', FULL),
        ("(sqlite3.OperationalError) database or disk is full\n[SQL: INSERT INTO event_logs", FULL),
        ("OSError: [WinError 112] There is not enough space on the disk", FULL),
        ("OSError: [Errno 122] Disk quota exceeded", FULL),
        ("OSError: [Errno 30] Read-only file system: '/data/var/load.lock'", READ_ONLY),
        ("(sqlite3.OperationalError) attempt to write a readonly database", READ_ONLY),
        ("PermissionError: [WinError 32] 另一个程序正在使用此文件: 'D:\\\\var\\\\warehouse.duckdb'", OPEN),
        ('IO Error: Could not set lock on file "/data/var/warehouse.duckdb": Conflicting lock is held in x', OPEN),
        ("PermissionError: [Errno 13] Permission denied: '/data/var/reports'", DENIED),
        ("PermissionError: [WinError 5] 拒绝访问。: 'D:\\\\var\\\\a' -> 'D:\\\\var\\\\b'", DENIED),
    ],
)
def test_the_words_of_each_library(text: str, says: str) -> None:
    assert machine.reason(text) == says
    sentence = machine.sentence(text)
    assert sentence is not None and sentence.startswith(says) and sentence.endswith("。")
    assert ("（" in sentence) == ("var" in text), "the place is named where it is known"


@pytest.mark.parametrize("text", ["ValueError: 28", "KeyError: 'Errno'", "dbt 的 metrics 有 1 个节点没有通过"])
def test_what_is_not_the_machine(text: str) -> None:
    assert machine.sentence(text) is None and machine.reason(text) is None


def test_errors_are_known_by_their_cause_and_ours_are_ours() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device", "/data/var/a")
        except OSError as error:
            raise RuntimeError("stage broke") from error
    except RuntimeError as error:
        assert (
            machine.sentence(error)
            == f"{FULL}（/data/var/a）：请腾出空间后再运行；junheng prune --keep N 可清理旧快照。"
        )
    assert machine.reason(sqlite3.OperationalError("database or disk is full")) == FULL
    assert machine.reason(ValueError("Permission denied")) is None, "a name in the returns may be anything"


def test_the_command_says_so_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "var" / "load.lock"))

    monkeypatch.setattr("orchestration.upkeep.load_lock", full)
    assert run(["prune", "--keep", "1", "--var", str(tmp_path / "var")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"没有完成：{FULL}（{tmp_path}") and "发布的数据仍是完整的一份" in said


def test_a_file_that_is_open_for_a_moment_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader or a virus scanner has the pointer open: wait, and only then give up, leaving the old one."""
    target = tmp_path / "current.json"
    target.write_text("old")
    monkeypatch.setattr(durable, "_WINDOWS", True)
    monkeypatch.setattr(durable.time, "sleep", lambda _: None)
    replace, tries = Path.replace, []

    def held(source: Path, to: Path) -> Path:
        tries.append(to)
        if len(tries) <= most:
            raise PermissionError(13, "Permission denied", str(to))
        return replace(source, to)

    monkeypatch.setattr(Path, "replace", held)
    most = 3
    durable.write_atomic(target, b"new")
    assert (target.read_text(), len(tries)) == ("new", 4)
    most = 10**6
    with pytest.raises(PermissionError) as error:
        durable.write_atomic(target, b"newer")
    assert target.read_text() == "new" and len(tries) > 10
    assert machine.reason(error.value) == DENIED and "正打开" in str(machine.sentence(error.value))
