"""explanations.xlsx and 数据核查结果说明: which query an answer names, and what becomes of one that names none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from orchestration.returns.explanations import HEADERS, SCHOOL_SHEET, Explanation, explain, stale
from orchestration.returns.faults import Fault, fault
from orchestration.returns.landing import returns_digest
from orchestration.returns.partition import PartitionReturns, read_partition
from tests.returns_tools import COUNTY, PRIMARY, YEAR, code_of, copy_small, edit, find_row

SUPPLEMENT = "school_supplement.xlsx"
AREA = [PRIMARY, "基础基512", "E10", "number_as_text"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound partition but for one query: an area written as text."""
    folder = copy_small(tmp_path)
    edit(folder, PRIMARY, "基础基512", {"E10": "5,417.50"})
    return folder


def say(folder: Path, *rows: Sequence[object], headers: Sequence[str] = HEADERS) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(headers))
    for row in rows:
        sheet.append(list(row))
    book.save(folder / "explanations.xlsx")


def say_in_school(folder: Path, file: str, *rows: Sequence[object], headers: Sequence[str]) -> None:
    book = openpyxl.load_workbook(folder / file)
    sheet = book.create_sheet(SCHOOL_SHEET)
    sheet.append(["2017/2018学年初 数据核查结果说明"])
    sheet.append(list(headers))
    for row in rows:
        sheet.append(list(row))
    book.save(folder / file)


def read(folder: Path) -> PartitionReturns:
    return read_partition(folder.parent.parent, YEAR, COUNTY)


def queries(returns: PartitionReturns) -> dict[str, tuple[str | None, str | None]]:
    return {f.code: (f.explanation, f.explained_by) for f in returns.faults if f.severity == "query"}


def test_a_query_is_open_until_it_is_explained(folder: Path) -> None:
    assert queries(read(folder)) == {"number_as_text": (None, None)}
    say(folder, [*AREA, "系统导出即为文本", "张三", dt.date(2018, 5, 2)])
    returns = read(folder)
    assert queries(returns) == {"number_as_text": ("系统导出即为文本", "张三")}
    [value] = [value for value in returns.values if value.explanation]
    assert (value.cell, value.explanation) == ("E10", "系统导出即为文本（张三）")


@pytest.mark.parametrize(
    "row",
    [
        [Path(PRIMARY).name, "基础基512", "e10", "number_as_text"],
        [PRIMARY.replace("/", "\\"), " 基础基 512", "$E$10", "数字是按文本填写的"],
        [PRIMARY, "基础基512", "Ｅ１０", "number_as_text 数字是按文本填写的"],
        [PRIMARY, None, "E10", None],
        [PRIMARY, None, None, "number_as_text"],
    ],
)
def test_the_place_is_understood_however_it_is_written(folder: Path, row: list[object]) -> None:
    say(folder, [*row, "属实", "张三", None])
    assert queries(read(folder)) == {"number_as_text": ("属实", "张三")}


@pytest.mark.parametrize(
    "row",
    [
        [PRIMARY, "基础基512", "E11", "number_as_text"],
        [PRIMARY, "基础基522", "E10", "number_as_text"],
        [PRIMARY, "基础基512", "E10", "name_mismatch"],
        [SUPPLEMENT, "基础基512", "E10", "number_as_text"],
    ],
)
def test_one_that_names_no_query_is_itself_a_query(folder: Path, row: list[object]) -> None:
    say(folder, [*row, "属实", "张三", None])
    returns = read(folder)
    assert queries(returns) == {"number_as_text": (None, None), "stale_explanation": (None, None)}
    [found] = [found for found in returns.faults if found.code == "stale_explanation"]
    assert (found.file, found.cell) == ("explanations.xlsx", "C2")
    assert returns.errors == 0


def test_what_could_mean_two_queries_answers_neither(folder: Path) -> None:
    edit(folder, PRIMARY, "基础基522", {"F9": "5663.7"})
    say(folder, [PRIMARY, None, None, "number_as_text", "属实", "张三", None])
    open_ones = [found for found in read(folder).faults if found.severity == "query" and not found.explanation]
    assert sorted(found.code for found in open_ones) == ["number_as_text", "number_as_text", "stale_explanation"]


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ([*AREA, None, "张三", None], "E2"),
        ([*AREA, "属实", None, None], "F2"),
        ([None, *AREA[1:], "属实", "张三", None], "A2"),
        ([*AREA[:3], "no_such_code", "属实", "张三", None], "D2"),
        ([*AREA[:2], "第十行", AREA[3], "属实", "张三", None], "C2"),
        ([PRIMARY, None, None, None, "属实", "张三", None], "C2"),
        ([*AREA, "属实", "张三", "上周"], "G2"),
    ],
)
def test_half_an_answer_is_none(folder: Path, row: list[object], cell: str) -> None:
    say(folder, row)
    returns = read(folder)
    assert queries(returns) == {"number_as_text": (None, None), "incomplete_explanation": (None, None)}
    assert [found.cell for found in returns.faults if found.code == "incomplete_explanation"] == [cell]


def test_two_answers_to_one_query_stand_together(folder: Path) -> None:
    say(folder, [*AREA, "属实", "张三", None], [*AREA, "已与教育科核对", "李四", None])
    assert queries(read(folder)) == {"number_as_text": ("属实；已与教育科核对", "张三、李四")}


def test_a_school_explains_in_its_own_workbook(folder: Path) -> None:
    say_in_school(
        folder, PRIMARY,
        ["基础基512", "E10", "number_as_text", "属实", "校长"], [None, None, None, None, "填表人：某某"],
        headers=["工作表", "单元格", "代码", "说明", "说明人"],
    )  # fmt: skip
    assert queries(read(folder)) == {"number_as_text": ("属实", "校长")}


def test_without_a_name_the_school_itself_speaks(folder: Path) -> None:
    say_in_school(folder, PRIMARY, ["E10", "属实"], headers=["单元格", "说明"])
    assert queries(read(folder)) == {"number_as_text": ("属实", "索镇中心小学")}


def test_a_school_answers_for_its_own_queries_also_elsewhere_but_for_no_other(folder: Path) -> None:
    code = code_of(PRIMARY)
    row = find_row(folder, SUPPLEMENT, "学校情况", code)
    other = next(n for n in range(2, 7) if n != row)
    edit(folder, SUPPLEMENT, "学校情况", {f"B{row}": "旧名小学", f"B{other}": "旧名学校"})
    say_in_school(
        folder, PRIMARY, *([SUPPLEMENT, "学校情况", f"B{n}", "name_mismatch", "已更名"] for n in (row, other)),
        headers=["文件", "工作表", "单元格", "代码", "说明"],
    )  # fmt: skip
    found = {f.cell: f.explanation for f in read(folder).faults if f.code == "name_mismatch"}
    assert found == {f"B{row}": "已更名", f"B{other}": None}
    assert [f.file for f in read(folder).faults if f.code == "stale_explanation"] == [PRIMARY]


def answer(found: Fault) -> Explanation:
    return Explanation(
        found.file, found.sheet, found.cell, found.code, "属实", "张三", None, "explanations.xlsx", "s", "C2"
    )  # fmt: skip


def test_an_explained_unit_suspect_stops_nothing_and_another_error_is_not_lifted() -> None:
    suspect = fault("unit_suspect", PRIMARY, sheet="基础基522", cell="O9", field="x", found="1", expected="2")
    error = fault("negative", PRIMARY, sheet="基础基522", cell="F9")
    assert (suspect.severity, error.severity) == ("error", "error")
    rows = [answer(suspect), answer(error)]
    faults, used = explain([suspect, error], rows)
    assert [(found.severity, found.explanation) for found in faults] == [("query", "属实"), ("error", None)]
    assert used == {rows[0]}
    assert [found.code for found in stale(rows, used, late=False)] == ["stale_explanation"]


def test_late_queries_are_not_called_stale_before_they_are_known() -> None:
    late = fault("claim_differs", "task_decomposition.csv", sheet="创建工作任务分解表", cell="E6")
    rows = [answer(late)]
    assert stale(rows, set(), late=False) == []
    assert [found.code for found in stale(rows, set(), late=True)] == ["stale_explanation"]
    assert stale(rows, explain([late], rows)[1], late=True) == []


def test_the_file_is_part_of_the_fingerprint_and_a_broken_one_an_error(folder: Path) -> None:
    plain = returns_digest(read(folder))
    say(folder, [*AREA, "属实", "张三", None])
    assert returns_digest(read(folder)) != plain
    say(folder, [*AREA, "属实", "张三", None], headers=[*HEADERS[:4], "情况", *HEADERS[5:]])
    assert [(f.code, f.file) for f in read(folder).faults if f.severity == "error"] == [
        ("missing_column", "explanations.xlsx")
    ]
    (folder / "explanations.xlsx").write_bytes(b"")
    assert [(f.code, f.file) for f in read(folder).faults if f.severity == "error"] == [
        ("not_a_workbook", "explanations.xlsx")
    ]
