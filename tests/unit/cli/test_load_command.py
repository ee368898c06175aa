"""load and check: which partitions are meant, exit codes, and what is printed. The load itself is another room's."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from publication import fake_warehouse as fake

from cli.conftest import REFUSED, Ran
from orchestration.publication.outcome import CheckOutcome, LoadOutcome
from orchestration.slips.writing import INDEX, slips_folder

Junheng = Callable[..., Ran]


class LoadFailed(Exception):
    """Stands for the one of ``orchestration.load``."""

    def __init__(self, text: str, published: bool = False) -> None:
        super().__init__(text)
        self.published = published


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for place in ("2017/370321", "2017/370322", "2018/370321", "2018/notes", "other/370321"):
        (tmp_path / "raw" / place).mkdir(parents=True)
    return tmp_path / "raw"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Replaces ``orchestration.load``; collects what it was called with. The answer is read from ``load.answer``."""
    calls: list[tuple[Any, ...]] = []
    module = ModuleType("orchestration.load")

    def run_load(
        partitions: Sequence[tuple[int, str]], raw: Path, var: Path, provisional: bool, **_more: object
    ) -> LoadOutcome:
        calls.append((list(partitions), raw, var, provisional))
        if (2018, "370321") in partitions:
            raise LoadFailed("judge 失败：磁盘已满", published=provisional)
        published = [key for key in partitions if key[1] != REFUSED]
        refused = [key for key in partitions if key[1] == REFUSED]
        return LoadOutcome("r9", published, refused, notes=["gap_list.xlsx 正被打开，下次载入再替换。"])

    def run_check(
        partitions: Sequence[tuple[int, str]], raw: Path, var: Path, on_wait: Callable[[], None]
    ) -> list[CheckOutcome]:
        calls.append((list(partitions), raw, var))
        severity = {"370321": "query", "370322": "error"}
        return [
            CheckOutcome(year, county, "桓台县", [fake.fault("code", severity[county], message="请核对")])
            for year, county in partitions
        ]

    for name, value in (("run_load", run_load), ("run_check", run_check), ("LoadFailed", LoadFailed)):
        setattr(module, name, value)
    monkeypatch.setitem(sys.modules, "orchestration.load", module)
    return calls


def test_load_prints_verdict_head_and_where_things_are(
    junheng: Junheng, raw: Path, var: Path, load: list[tuple[Any, ...]]
) -> None:
    ran = junheng("load", "2017", "370321", "370322", "370321", "--raw", str(raw))
    assert ran.code == 0
    assert load == [([(2017, "370321"), (2017, "370322")], raw, var, False)]
    for text in (
        "桓台县（370321）",
        "高青县（370322）",
        "全县结论：不达标",
        "差异系数为0.5046",
        "junheng.duckdb",
        "学校：达标 1",
    ):
        assert text in ran.out
    assert "正被打开" in ran.err


def test_a_refused_county_is_2_and_the_sound_ones_are_shown(
    junheng: Junheng, raw: Path, load: list[tuple[Any, ...]]
) -> None:
    (raw / "2017" / REFUSED).mkdir()
    ran = junheng("load", "2017", "370321", REFUSED, "--raw", str(raw), "--provisional")
    assert ran.code == 2 and load[0][3] is True
    assert "桓台县（370321）" in ran.out and "370323 被拒" in ran.err and "应填数字" in ran.err
    assert "junheng faults 2017 370323" in ran.err


@pytest.fixture
def slips(var: Path) -> Iterator[list[Path]]:
    """Return slips of a refused county and of one that was checked."""
    folders = [slips_folder(var, 2017, county) for county in (REFUSED, "370322")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / INDEX).write_text('[{"code": "1"}, {"code": "2"}]', encoding="utf-8")
    yield folders
    for folder in folders:
        shutil.rmtree(folder)


def test_where_the_return_slips_are_is_said(
    junheng: Junheng, raw: Path, load: list[tuple[Any, ...]], slips: list[Path]
) -> None:
    (raw / "2017" / REFUSED).mkdir()
    assert f"退回单 2 份：{slips[0]}\n" in junheng("load", "2017", REFUSED, "--raw", str(raw)).err
    assert f"退回单 2 份：{slips[1]}\n" in junheng("check", "2017", "370322", "--raw", str(raw)).out
    assert "退回单" not in junheng("check", "2017", "370321", "--raw", str(raw)).out


def test_check_names_the_county(junheng: Junheng, raw: Path, load: list[tuple[Any, ...]]) -> None:
    assert "桓台县（370321） 2017/2018 学年 读入情况" in junheng("check", "2017", "370321", "--raw", str(raw)).out


def test_all_takes_every_partition_found(junheng: Junheng, raw: Path, load: list[tuple[Any, ...]]) -> None:
    assert junheng("load", "--all", "2017", "--raw", str(raw)).code == 0
    assert load.pop()[0] == [(2017, "370321"), (2017, "370322")]
    ran = junheng("load", "--all", "--raw", str(raw))
    assert load.pop()[0] == [(2017, "370321"), (2017, "370322"), (2018, "370321")]
    assert ran.code == 1 and ran.out == "" and "磁盘已满" in ran.err and "未受影响" in ran.err
    ran = junheng("load", "--all", "--provisional", "--raw", str(raw))
    assert ran.code == 1 and "数据已经发布" in ran.err and "磁盘已满" in ran.err and "未受影响" not in ran.err


def test_check_lists_faults_and_is_2_on_errors(junheng: Junheng, raw: Path, load: list[tuple[Any, ...]]) -> None:
    ran = junheng("check", "2017", "370321", "--raw", str(raw))
    assert ran.code == 0 and "质询" in ran.out and "请核对" in ran.out
    ran = junheng("check", "2017", "370321", "370322", "--raw", str(raw))
    assert ran.code == 2 and "错误 1" in ran.out


def test_the_bar_shows_the_file_in_hand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from orchestration import progress
    from orchestration.cli import progress_bar

    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with progress_bar.shown():
        progress.report("读取 2017 370321", "schools/[bold]\x1b[31m甲.xlsx", 3, 61)
    shown = capsys.readouterr()
    assert "schools/[bold]" in shown.err
    assert "\x1b[31m甲" not in shown.err
    assert "3/61" in shown.err
    assert shown.out == ""


def test_one_line_a_stage_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    from orchestration import progress
    from orchestration.cli import progress_bar

    with progress_bar.shown():
        progress.report("读取", "一.xlsx", 1, 2)
        progress.report("读取", "二.xlsx", 2, 2)
        progress.report("判定")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[-1] for line in lines] == ["读取", "判定"]


def test_check_of_one_county_takes_the_formats_of_readers(
    junheng: Junheng, raw: Path, load: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    ran = junheng("check", "2017", "370322", "--raw", str(raw), "--format", "json")
    assert ran.code == 2
    said = json.loads(ran.out)
    assert (said["year"], said["county"], said["standard"], said["run_id"]) == (2017, "370322", None, None)
    assert [row["severity"] for row in said["rows"]] == ["error"]
    target = tmp_path / "faults.xlsx"
    assert junheng("check", "2017", "370321", "--raw", str(raw), "--output", str(target)).code == 0
    assert target.stat().st_size > 0
    several = junheng("check", "2017", "370321", "370322", "--raw", str(raw), "--format", "json")
    assert several.code == 64
    assert "一次只能检查一个县" in several.err
