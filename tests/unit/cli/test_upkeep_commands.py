"""query, dictionary, withdraw, rollback, prune, backup, restore: what people type, and what they are told."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from publication import fake_warehouse as fake

from cli.conftest import Ran
from orchestration.lock import load_lock

Junheng = Callable[..., Ran]


@pytest.fixture
def own(var: Path, tmp_path: Path) -> Path:
    """A copy of the published folder, to be changed."""
    return Path(shutil.copytree(var, tmp_path / "own"))


def test_query_shows_rows_in_every_format(junheng: Junheng, tmp_path: Path) -> None:
    sql = "select subject_name, observed, note from gap_list where county = '370321' order by position"
    assert fake.MARKUP_SCHOOL in junheng("query", sql).out
    found = junheng("query", sql, "--format", "json").json
    assert found["run_id"] == "r2" and found["columns"][1] == {"name": "observed", "type": "DOUBLE"}
    assert found["rows"][0] == {"subject_name": fake.FORMULA_SCHOOL, "observed": 0.8996, "note": None}
    table = list(csv.reader(io.StringIO(junheng("query", sql, "--format", "csv").out.lstrip("\ufeff"))))
    assert table[0] == ["subject_name", "observed", "note"] and table[1][0] == "'" + fake.FORMULA_SCHOOL
    assert junheng("query", sql, "--output", str(tmp_path / "q.xlsx")).code == 0
    sheet = openpyxl.load_workbook(tmp_path / "q.xlsx").worksheets[0]
    assert any(cell.value == fake.FORMULA_SCHOOL and cell.data_type == "s" for row in sheet.iter_rows() for cell in row)


def test_a_column_that_a_query_names_is_no_formula(junheng: Junheng) -> None:
    sql = """pivot (select '=HYPERLINK("http://x","y")' as n, 1 as v) on n using sum(v)"""
    table = list(csv.reader(io.StringIO(junheng("query", sql, "--format", "csv").out.lstrip("\ufeff"))))
    assert table == [['\'=HYPERLINK("http://x","y")'], ["1"]]


def test_what_xlsx_does_not_hold_goes_to_csv(junheng: Junheng, tmp_path: Path) -> None:
    sql = "select repeat('长', 40000) as text"
    ran = junheng("query", sql, "--output", str(tmp_path / "q.xlsx"))
    assert ran.code == 64 and "32767" in ran.err and "csv" in ran.err and not list(tmp_path.iterdir())
    assert junheng("query", sql, "--output", str(tmp_path / "q.csv")).code == 0
    assert "长" * 40000 in (tmp_path / "q.csv").read_text(encoding="utf-8")


def test_query_reads_standard_input(junheng: Junheng, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("select count(*) as n from counties"))
    assert junheng("query", "-", "--format", "json").json["rows"] == [{"n": 2}]


@pytest.mark.parametrize(
    ("args", "code"),
    [(("query", "select 1"), 3), (("withdraw", "2017", "370321"), 3), (("rollback",), 3), (("backup", "x.zip"), 3),
     (("prune", "--keep", "1"), 0), (("dictionary",), 0)],
)  # fmt: skip
def test_where_nothing_is_published(
    junheng: Junheng, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = junheng(*args, "--var", str(tmp_path / "var"))
    assert ran.code == code, ran.err
    assert not (tmp_path / "x.zip").exists()


def test_withdraw_then_roll_back(junheng: Junheng, own: Path) -> None:
    var = ("--var", str(own))
    ran = junheng("withdraw", "2017", fake.COUNTY, "370399", *var)
    assert ran.code == 3 and "370399" in ran.err and "什么也没有撤回" in ran.err
    assert junheng("gaps", "2017", fake.COUNTY, *var).code == 0
    ran = junheng("withdraw", "2017", fake.COUNTY, *var)
    assert ran.code == 0 and "已撤回 2017 370321" in ran.out
    assert junheng("gaps", "2017", fake.COUNTY, *var).code == 3
    assert junheng("gaps", "2017", fake.OTHER, *var).code == 0
    ran = junheng("rollback", *var)
    assert ran.code == 0 and "r2" in ran.out and "2017 370321" in ran.out
    assert junheng("gaps", "2017", fake.COUNTY, *var).code == 0
    ran = junheng("rollback", "nonsense", *var)
    assert ran.code == 64 and "可以回到：" in ran.err and "r1" in ran.err


def test_prune_backup_restore(junheng: Junheng, own: Path, tmp_path: Path) -> None:
    var = ("--var", str(own))
    assert "保留 1 份，清理 1 份" in junheng("prune", "--keep", "1", *var).out
    file = tmp_path / "备份.zip"
    assert junheng("backup", str(file), *var).code == 0
    new = ("--var", str(tmp_path / "new"))
    ran = junheng("restore", str(file), *new)
    assert ran.code == 0 and str(tmp_path / "new" / "published") in ran.out
    assert junheng("status", "--format", "csv", *new).out == junheng("status", "--format", "csv", *var).out
    ran = junheng("restore", str(file), *new)
    assert ran.code == 64 and "已有发布的数据" in ran.err
    file.write_bytes(b"x")
    assert junheng("restore", str(file), "--var", str(tmp_path / "other")).code == 64


def test_who_has_to_wait_is_told(junheng: Junheng, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is the load's own; here it is released while the command waits."""
    from filelock import FileLock

    from orchestration import lock

    other = FileLock(own / "load.lock", is_singleton=False)
    other.acquire()

    def waiting(path: Path, **options: object) -> FileLock:
        return FileLock(path, is_singleton=False)

    monkeypatch.setattr(lock, "FileLock", waiting)
    real = lock.FileLock
    assert real is waiting and load_lock is lock.load_lock
    said: list[str] = []
    monkeypatch.setattr("orchestration.cli.upkeep._waiting", lambda: (said.append("waiting"), other.release()))
    assert junheng("prune", "--keep", "9", "--var", str(own)).code == 0
    assert said == ["waiting"]


def test_dictionary_in_every_format(junheng: Junheng, tmp_path: Path) -> None:
    ran = junheng("dictionary", "gap_list")
    assert ran.code == 0 and "shortfall_unit" in ran.out and "marts.gap_list" in ran.out
    found = junheng("dictionary", "--format", "json").json
    rows = {(row["table"], row["column"]): row for row in found["rows"]}
    assert found["contract"] and len(rows) == len(found["rows"])
    assert rows["county_balance", "cv"]["label"] == "差异系数"
    assert "基础基512" not in rows["schools", "town"]["source"] and "学校情况" in rows["schools", "town"]["source"]
    assert junheng("dictionary", "--output", str(tmp_path / "d.xlsx")).code == 0
    assert openpyxl.load_workbook(tmp_path / "d.xlsx").sheetnames == ["字段", "表", "指标", "填报字段", "条文"]


def full_disk(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_what_has_been_published_is_said_though_papers_find_no_room(
    junheng: Junheng, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pointer has moved by then: "nothing has changed" would be a lie, and so would "not finished"."""
    file, var, new = tmp_path / "b.zip", ("--var", str(own)), ("--var", str(tmp_path / "new"))
    assert junheng("backup", str(file), *var).code == 0
    with monkeypatch.context() as patch:
        patch.setattr("orchestration.following.sync_reports", full_disk)
        for args, done in (
            (("restore", str(file), *new), "已恢复并发布快照 r2"),
            (("rollback", *var), "已经回到快照 r1"),
            (("withdraw", "2017", fake.OTHER, *var), "数据已经撤回"),
        ):
            ran = junheng(*args)
            assert ran.code == 1 and ran.err.startswith(f"{done}，成果文件还没有放全：磁盘已满"), ran.err
            assert "下一次命令会补齐" in ran.err and "没有改变" not in ran.err
    assert junheng("status", "--format", "json", *new).json["run_id"] == "r2"
    assert [row["county"] for row in junheng("status", "--format", "json", *var).json["rows"]] == [
        fake.COUNTY,
        "370323",
    ]


def test_a_restoration_that_found_no_room_has_changed_nothing(
    junheng: Junheng, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b.zip"
    assert junheng("backup", str(file), "--var", str(own)).code == 0
    with monkeypatch.context() as patch:
        patch.setattr("orchestration.publication.backup.durable.fsync_folders", full_disk)
        ran = junheng("restore", str(file), "--var", str(tmp_path / "new"))
    assert ran.code == 64 and "磁盘已满" in ran.err and "什么也没有改变" in ran.err
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["load.lock"]


def test_a_backup_names_the_file_that_could_not_be_written(
    junheng: Junheng, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "b.zip"
    for at, says in ((own / "load.lock", "备份时要锁住工作文件夹"), (own / "published" / "x", "打不开")):

        def refused(*_: object, at: Path = at, **__: object) -> None:
            raise PermissionError(13, "Permission denied", str(at))

        with monkeypatch.context() as patch:
            patch.setattr("filelock.FileLock.acquire", refused)
            ran = junheng("backup", str(target), "--var", str(own))
        assert ran.code == 64 and f"{at} " in ran.err and says in ran.err and "没有权限" in ran.err
        assert str(target) not in ran.err and not target.exists()
    with monkeypatch.context() as patch:
        patch.setattr("zipfile.ZipFile.writestr", full_disk)
        ran = junheng("backup", str(target), "--var", str(own))
    assert ran.code == 64 and f"{target} 写不进去（磁盘已满）" in ran.err
    assert not [path for path in tmp_path.iterdir() if "b.zip" in path.name]
