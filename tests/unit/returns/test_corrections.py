"""corrections.xlsx: applied while the found value stands and the day has not passed; otherwise an error at its row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from orchestration.returns.corrections import HEADERS
from orchestration.returns.landing import returns_digest
from orchestration.returns.partition import PartitionReturns, read_partition
from orchestration.returns.values import Value
from tests.returns_tools import COUNTY, PRIMARY, YEAR, code_of, copy_small, edit

TODAY = dt.date(2018, 6, 1)
UNTIL = dt.date(2018, 12, 31)
SUPPLEMENT = "school_supplement.xlsx"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_small(tmp_path)


def correct(folder: Path, *rows: Sequence[object], headers: Sequence[str] = HEADERS) -> None:
    """Write corrections.xlsx: file, sheet, cell, found, used; the rest is filled in where it is left out."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(headers))
    for row in rows:
        sheet.append([*row, *("王五", "笔误", "实测表", UNTIL)[len(row) - 5 :]])
    book.save(folder / "corrections.xlsx")


def read(folder: Path, today: dt.date = TODAY) -> PartitionReturns:
    return read_partition(folder.parent.parent, YEAR, COUNTY, today=today)


def value_at(returns: PartitionReturns, file: str, sheet: str, cell: str) -> Value:
    return next(v for v in returns.values if (v.file, v.sheet, v.cell) == (file, sheet, cell))


def errors(returns: PartitionReturns) -> list[tuple[str, str, str | None]]:
    return [(found.code, found.file, found.cell) for found in returns.faults if found.severity == "error"]


def test_the_value_used_enters_and_the_value_found_still_shows(folder: Path) -> None:
    correct(folder, [PRIMARY, "基础基522", "F9", 5663.7, 6000])
    returns = read(folder)
    value = value_at(returns, PRIMARY, "基础基522", "F9")
    assert (value.value, value.as_written, value.state) == (6000, "5663.7", "reported")
    for part in ("5663.7", "6000", "王五", "笔误", "实测表", "2018-12-31"):
        assert value.correction is not None and part in value.correction
    [listed] = [found for found in returns.faults if found.code == "corrected"]
    assert (listed.severity, listed.file, listed.sheet, listed.cell) == ("query", PRIMARY, "基础基522", "F9")
    assert (listed.found, listed.expected, listed.explained_by) == ("5663.7", "6000", "王五")
    assert listed.subject_id == code_of(PRIMARY) and listed.explanation
    assert errors(returns) == []


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("5,663.70", 5663.7),
        (5663.7, "5,663.7"),
        ("５６６３．７", 5663.7),
        ("约五千", "约五千"),
        (None, None),
        (None, "空"),
    ],
)
def test_the_found_value_is_compared_as_people_mean_it(folder: Path, written: object, stated: object) -> None:
    edit(folder, PRIMARY, "基础基522", {"F9": written})
    correct(folder, [PRIMARY, "基础基522", "F9", stated, 6000])
    returns = read(folder)
    assert errors(returns) == []
    assert value_at(returns, PRIMARY, "基础基522", "F9").value == 6000
    assert {found.code for found in returns.faults} == {"corrected", "special_school"}


def test_nought_is_a_value_and_not_a_blank(folder: Path) -> None:
    edit(folder, PRIMARY, "基础基512", {"E16": 0})
    correct(folder, [PRIMARY, "基础基512", "E16", 0, 12.5], [PRIMARY, "基础基522", "F9", 5663.7, 0])
    returns = read(folder)
    assert errors(returns) == []
    assert value_at(returns, PRIMARY, "基础基512", "E16").value == 12.5
    assert value_at(returns, PRIMARY, "基础基522", "F9").value == 0
    correct(folder, [PRIMARY, "基础基512", "E16", None, 12.5])
    assert errors(read(folder)) == [("stale_correction", "corrections.xlsx", "D2")]


def test_a_formula_without_a_value_and_an_error_value_can_be_corrected(folder: Path) -> None:
    edit(folder, PRIMARY, "基础基512", {"E10": "=SUM(E11:E16)"})
    edit(folder, PRIMARY, "基础基522", {"F9": "#REF!"})
    assert {code for code, *_ in errors(read(folder))} == {"formula_without_value", "error_value"}
    correct(folder, [PRIMARY, "基础基512", "E10", None, 5417.5], [PRIMARY, "基础基522", "F9", "#REF!", 5663.7])
    returns = read(folder)
    assert errors(returns) == []
    assert value_at(returns, PRIMARY, "基础基522", "F9").as_written == "#REF!"


def test_checks_see_the_value_used(folder: Path) -> None:
    edit(folder, PRIMARY, "基础基212", {"E6": 99})
    assert [code for code, *_ in errors(read(folder))] == ["sum_mismatch"]
    sound = value_at(read(copy_small(folder.parents[1] / "sound")), PRIMARY, "基础基212", "E6").as_written
    correct(folder, [PRIMARY, "基础基212", "E6", 99, int(sound)])
    assert errors(read(folder)) == []


def test_codes_and_headings_can_be_corrected_too(folder: Path) -> None:
    edit(folder, SUPPLEMENT, "学校情况", {"A2": 137032108})
    heading = "县（市、区）：桓台县　　行政区划代码：370322　　统计年度：2017/2018学年初"
    edit(folder, "county_return.xlsx", "表Ⅰ", {"A2": heading})
    edit(folder, PRIMARY, "基础基522", {"F6": "操场"})
    assert len(errors(read(folder))) >= 3
    right = openpyxl.load_workbook(copy_small(folder.parents[1] / "sound") / SUPPLEMENT)["学校情况"]["A2"].value
    correct(
        folder,
        [SUPPLEMENT, "学校情况", "A2", 137032108, right],
        ["county_return.xlsx", "表Ⅰ", "A2", heading, heading.replace("370322", "370321")],
        [PRIMARY, "基础基522", "F6", "操场", "运动场地面积"],
    )
    assert errors(read(folder)) == []


@pytest.mark.parametrize(
    ("row", "code", "cell"),
    [
        ([PRIMARY, "基础基522", "F9", 5000, 6000], "stale_correction", "D2"),
        ([PRIMARY, "基础基522", "F9", None, 6000], "stale_correction", "D2"),
        (
            [PRIMARY, "基础基522", "F9", 5663.7, 6000, "王五", "笔误", "表", dt.date(2018, 5, 31)],
            "expired_correction",
            "I2",
        ),
        ([PRIMARY, "基础基522", "Z9", None, 6000], "unmatched_correction", "C2"),
        ([PRIMARY, "基础基522", "ZZ9999", None, 6000], "unmatched_correction", "C2"),
        ([PRIMARY, "基础基522", "第九行", 5663.7, 6000], "unmatched_correction", "C2"),
        ([PRIMARY, "基础基599", "F9", 5663.7, 6000], "unmatched_correction", "B2"),
        (["无此文件.xlsx", "基础基522", "F9", 5663.7, 6000], "unmatched_correction", "A2"),
        ([PRIMARY, "基础基522", "F9", 5663.7, None], "incomplete_correction", "E2"),
        ([PRIMARY, "基础基522", "F9", 5663.7, 6000, None, "笔误", "实测表", UNTIL], "incomplete_correction", "F2"),
        ([PRIMARY, "基础基522", "F9", 5663.7, 6000, "王五", "笔误", None, UNTIL], "incomplete_correction", "H2"),
        ([PRIMARY, "基础基522", "F9", 5663.7, 6000, "王五", "笔误", "实测表", "年底"], "bad_date", "I2"),
    ],
)
def test_one_that_does_not_fit_is_an_error_at_its_own_row(
    folder: Path, row: list[object], code: str, cell: str
) -> None:
    correct(folder, row)
    returns = read(folder)
    assert errors(returns) == [(code, "corrections.xlsx", cell)]
    assert not [found for found in returns.faults if found.code == "corrected"]
    if code != "expired_correction":
        assert value_at(returns, PRIMARY, "基础基522", "F9").as_written == "5663.7"


def test_the_last_day_counts_and_the_day_after_does_not(folder: Path) -> None:
    correct(folder, [PRIMARY, "基础基522", "F9", 5663.7, 6000])
    assert errors(read(folder, UNTIL)) == []
    late = read(folder, UNTIL + dt.timedelta(days=1))
    assert errors(late) == [("expired_correction", "corrections.xlsx", "I2")]
    assert value_at(late, PRIMARY, "基础基522", "F9").value is None, "said to be wrong: not used in a trial either"


def test_a_cell_corrected_twice_and_a_wrong_value_used_are_errors(folder: Path) -> None:
    correct(folder, [PRIMARY, "基础基522", "F9", 5663.7, 6000], [PRIMARY, "基础基522", "$F$9", 5663.7, 7000])
    assert errors(read(folder)) == [("duplicate_row", "corrections.xlsx", "C3")]
    correct(folder, [PRIMARY, "基础基522", "F9", 5663.7, "六千"])
    [found] = [found for found in read(folder).faults if found.severity == "error"]
    assert (found.code, found.cell) == ("not_a_number", "F9") and "corrections.xlsx › Sheet › E2" in found.message


def test_every_kind_of_file_can_be_corrected(folder: Path) -> None:
    correct(
        folder,
        ["county_return.xlsx", "政府保障程度", "C7", 710, 800],
        [SUPPLEMENT, "学校情况", "D2", "否", "是"],
        ["task_decomposition.xlsx", "创建工作任务分解表", "F3", "另一种措施", "x"],
    )
    returns = read(folder)
    assert value_at(returns, "county_return.xlsx", "政府保障程度", "C7").value == 800
    assert value_at(returns, SUPPLEMENT, "学校情况", "D2").value == "是"
    assert errors(returns) == [("stale_correction", "corrections.xlsx", "D4")]


def test_the_file_is_part_of_the_fingerprint(folder: Path) -> None:
    plain = returns_digest(read(folder))
    correct(folder, [PRIMARY, "基础基522", "F9", 5663.7, 6000])
    assert returns_digest(read(folder)) != plain


def test_a_missing_column_is_an_error(folder: Path) -> None:
    correct(folder, [PRIMARY, "基础基522", "F9", 5663.7, 6000], headers=[*HEADERS[:-1], "期限"])
    assert errors(read(folder)) == [("missing_column", "corrections.xlsx", None)]
