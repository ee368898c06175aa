"""Files altered under our feet are noticed; the register knows what was received when, and in which revision."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.register import RegisterError, read_register, register, register_path
from orchestration.returns.partition import read_partition
from orchestration.returns.partition_files import Received
from orchestration.returns.watch import FileWatch, files_of, measure
from tests.returns_tools import COUNTY, PRIMARY, YEAR, copy_small

FIRST, SECOND, THIRD = (f"2018-0{month}-01T08:00:00+00:00" for month in (5, 6, 7))


def touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def same_size_same_time(path: Path) -> None:
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    until = time.monotonic() + 10
    while True:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        # Linux before 6.13 gives all changes within a tick of its clock (up to 10 ms) the same time.
        if path.stat().st_ctime_ns != before.st_ctime_ns or time.monotonic() > until:
            return


@pytest.mark.parametrize(
    ("alter", "changed"),
    [
        (lambda path: path.write_bytes(b"longer than before"), "a.xlsx"),
        (touch, "a.xlsx"),
        (same_size_same_time, "a.xlsx"),
        (lambda path: path.unlink(), "a.xlsx"),
        (lambda path: path.with_name("b.xlsx").write_bytes(b"x"), "b.xlsx"),
        (lambda path: path.chmod(0o600), None),
        (lambda path: path.with_name("~$a.xlsx").write_bytes(b"x"), None),
    ],
)
def test_changes_since_the_listing(tmp_path: Path, alter: Callable[[Path], object], changed: str | None) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"content")
    path.chmod(0o644)
    watch = FileWatch.begin(tmp_path, files_of(tmp_path))
    digests = {"a.xlsx": measure(path)[1]}
    assert watch.changes(digests) == []
    alter(path)
    assert [(found.code, found.severity, found.file) for found in watch.changes(digests)] == (
        [("file_changed", "error", changed)] if changed else []
    )


def test_a_return_written_while_the_others_are_read_is_an_error(tmp_path: Path) -> None:
    folder = copy_small(tmp_path)

    def meanwhile(_file: str, _done: int, _total: int) -> None:
        touch(folder / "county_return.xlsx")

    returns = read_partition(tmp_path, YEAR, COUNTY, meanwhile)
    assert [(f.code, f.file) for f in returns.faults if f.severity == "error"] == [
        ("file_changed", "county_return.xlsx")
    ]


def file(sha256: str, name: str = "schools/a.xlsx", code: str | None = "2137032108") -> Received:
    return Received(name, sha256 * 64, 10, "jichuji", code)


def revisions(received: list[Received]) -> list[tuple[int | None, str | None]]:
    return [(one.revision, one.received_at) for one in received]


def test_the_same_file_again_is_no_change_and_another_content_the_next_revision(tmp_path: Path) -> None:
    assert revisions(register(tmp_path, YEAR, COUNTY, [file("a")], FIRST)) == [(1, FIRST)]
    kept = register_path(tmp_path, YEAR, COUNTY).read_bytes()
    assert revisions(register(tmp_path, YEAR, COUNTY, [file("a")], SECOND)) == [(1, FIRST)]
    assert register_path(tmp_path, YEAR, COUNTY).read_bytes() == kept
    renamed = register(tmp_path, YEAR, COUNTY, [file("a", "schools/renamed.xlsx")], SECOND)
    assert revisions(renamed) == [(1, FIRST)], "the school is the same, the content too"
    assert revisions(register(tmp_path, YEAR, COUNTY, [file("b")], SECOND)) == [(2, SECOND)]
    assert revisions(register(tmp_path, YEAR, COUNTY, [file("a")], THIRD)) == [(3, THIRD)], "sent back as it was"
    entries = read_register(tmp_path, YEAR, COUNTY)
    assert [(entry.revision, entry.sha256[0], entry.present) for entry in entries] == [
        (1, "a", False), (2, "b", False), (3, "a", True),
    ]  # fmt: skip


def test_files_without_a_school_go_by_name_and_a_school_sent_twice_is_told_apart(tmp_path: Path) -> None:
    sent = [file("a", "county_return.xlsx", None), file("b", "schools/a.xlsx"), file("c", "schools/副本.xlsx")]
    assert revisions(register(tmp_path, YEAR, COUNTY, sent, FIRST)) == [(1, FIRST)] * 3
    assert revisions(register(tmp_path, YEAR, COUNTY, sent[:2], SECOND)) == [(1, FIRST)] * 2
    assert [entry.present for entry in read_register(tmp_path, YEAR, COUNTY)] == [True, True, False]


def test_a_damaged_register_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = register_path(tmp_path, YEAR, COUNTY)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"received": [{"key": "x"}]}), encoding="utf-8")
    with pytest.raises(RegisterError, match="收件登记"):
        register(tmp_path, YEAR, COUNTY, [file("a")], FIRST)


def test_what_could_not_be_opened_was_received_all_the_same(tmp_path: Path) -> None:
    folder = copy_small(tmp_path)
    (folder / PRIMARY).write_bytes(b"%PDF-1.7")
    shutil.copy(folder / PRIMARY, folder / "task_decomposition.xlsx")
    received = {one.file: one for one in read_partition(tmp_path, YEAR, COUNTY).received}
    for name in (PRIMARY, "task_decomposition.xlsx", "task_decomposition.csv", "county_return.xlsx"):
        assert (received[name].size, received[name].sha256) == measure(folder / name), name
