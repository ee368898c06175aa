"""Fields are found by header text; units are told, members of a sum that nobody knows are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.returns.layout import FieldPlace, split_unit, units
from orchestration.returns.locate import Locator, NotFound, Position
from orchestration.returns.school_workbook import read_school
from orchestration.returns.text import normalise
from orchestration.returns.workbook import Sheet
from tests.returns_tools import COUNTY, YEAR
from tests.unit.returns.shapes import SHAPES


def place(how: str, row: str = "", column: str = "", block: str = "") -> FieldPlace:
    def accepted(text: str) -> frozenset[str]:
        return frozenset(split_unit(normalise(part))[0] for part in text.split("|") if part)

    steps = tuple(accepted(step) for step in column.split("/") if step)
    return FieldPlace("表", "school_level", None, "pupils", how, accepted(row), accepted(block), steps, row, column)


def find(grid: list[list[Any]], sought: FieldPlace, merges: list[Any] | None = None, *others: FieldPlace) -> Any:
    width = max(len(row) for row in grid)
    sheet = Sheet("表", [row + [""] * (width - len(row)) for row in grid], merges or [])
    found = Locator(sheet, (sought, *others)).find(sought)
    return found.code if isinstance(found, NotFound) else (found.row, found.column)


HEADED = [
    ["表名", "", "", "", ""],
    ["", "", "初中", "", "高中"],
    ["", "编号", "合计", "一年级", "合计"],
    ["甲", "乙", "1", "2", "3"],
    ["总  计", "1", 15.0, 4.0, 20.0],
    ["其中：女", "2", 7.0, 2.0, 9.0],
]
SPREAD = [((0, 0), (0, 4)), ((1, 2), (1, 3))]


@pytest.mark.parametrize(("row", "column", "wanted"), [
    ("总计", "初中/合计", (4, 2)), ("总计", "高中/合计", (4, 4)), ("女", "初中/一年级", (5, 3)),
    ("总计|合计", "初中 / 一年级", (4, 3)), ("总计", "合计", "ambiguous_column"), ("总计", "二年级", "missing_column"),
    ("男", "初中/合计", "missing_row"),
])  # fmt: skip
def test_matrix(row: str, column: str, wanted: object) -> None:
    assert find(HEADED, place("matrix", row, column), SPREAD) == wanted


def test_a_row_label_twice_is_ambiguous() -> None:
    assert (
        find([*HEADED, ["总计", "3", 1.0, 1.0, 1.0]], place("matrix", "总计", "初中/合计"), SPREAD) == "ambiguous_row"
    )


def test_header_texts_through_breaks_widths_and_prefixes() -> None:
    grid = [["＃在 校\n生　数", "其中：\n女"], ["合计（人）", ""], ["总　计", 45.0]]
    assert find([["", *grid[0]], ["", *grid[1]], ["总　计", 45.0, 20.0]], place("matrix", "总计", "在校生数/合计")) == (
        2,
        1,
    )


def test_blocks_bound_the_rows_of_a_level() -> None:
    grid = [["", "合计"], ["甲", "1"], ["初中", 9.0], ["本科", 7.0], ["高中", 5.0], ["本科", 4.0]]
    junior, senior = (place("matrix", "本科", "合计", level) for level in ("初中", "高中"))
    assert find(grid, junior, None, senior) == (3, 1)
    assert find(grid, senior, None, junior) == (5, 1)


def test_the_parents_own_total_is_the_shallowest() -> None:
    """校舍/教学用房/计 beside 校舍/教学用房/公共教学用房/计."""
    grid = [["", "校舍", "", ""], ["", "教学用房", "", ""], ["", "计", "公共教学用房", ""], ["", "", "计", "体育"],
            ["甲", "1", "2", "3"], ["总计", 9.0, 4.0, 2.0]]  # fmt: skip
    merges = [((0, 1), (0, 3)), ((1, 1), (1, 3)), ((2, 1), (3, 1)), ((2, 2), (2, 3))]
    assert find(grid, place("matrix", "总计", "校舍/教学用房/计"), merges) == (5, 1)
    assert find(grid, place("matrix", "总计", "教学用房/公共教学用房/计"), merges) == (5, 2)


def test_below_and_right() -> None:
    grid = [["", "举办者", "", "建校年月"], ["名称", "教育部门", "", "198509"], ["代码", "831", "", ""]]
    assert find(grid, place("below", "代码", "举办者")) == (2, 1)
    assert find(grid, place("right", "名称")) == (1, 1)
    assert find(grid, place("below", "", "建校年月")) == (1, 3)
    assert find(grid, place("below", "", "校长")) == "missing_column"


def test_entries_begin_below_merged_headers_and_numbering() -> None:
    grid = [["标题", "", ""], ["名称", "标识码", "班数"], ["", "", "合计"], ["1", "2", "3"], ["", "", "个"],
            ["甲小学", "2137032101", 12.0]]  # fmt: skip
    columns = (place("column", "", "标识码"), place("column", "", "名称"), place("column", "", "班数/合计"))
    sheet = Sheet("表", grid, [((1, 0), (2, 0)), ((1, 1), (2, 1)), ((0, 0), (0, 2))])
    locator = Locator(sheet, columns)
    assert locator.data_start == 5
    assert [locator.column(column) for column in columns] == [1, 0, 2]


# -- units -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "wanted"), [
    ("固定资产总值（万元）", ("固定资产总值", "万元")), ("占地面积(平方米)", ("占地面积", "平方米")),
    ("面积（㎡）", ("面积", "m2")), ("县级及以上骨干教师（小学）", ("县级及以上骨干教师(小学)", None)),
    ("（元）", ("(元)", None)), ("合计", ("合计", None)),
])  # fmt: skip
def test_units_in_brackets_are_split_off(text: str, wanted: tuple[str, str | None]) -> None:
    assert split_unit(normalise(text)) == wanted


def test_the_nearest_unit_comes_first() -> None:
    grid = [["表号：一 单位：平方米", "", ""], ["指标", "计量单位", "数量（元）"], ["设备值（万元）", "千元", 5.0]]
    locator = Locator(Sheet("表", grid), (place("matrix", "设备值", "数量"),))
    assert [unit for unit, _ in locator.stated_units(Position(2, 2))] == ["千元", "万元", "元", "平方米"]
    assert set(units()) >= {"千元", "万元", "元", "平方米", "m2"}


def spoil(shape: str, name: str, tmp_path: Path, change: Any) -> Any:
    source = next(path for path in (SHAPES[shape] / "schools").iterdir() if name in path.name)
    book = openpyxl.load_workbook(source)
    change(book)
    book.save(tmp_path / source.name)
    return read_school(tmp_path, source.name, YEAR, COUNTY)


def faults(school: Any) -> list[tuple[str, str | None, str | None]]:
    return [(found.code, found.sheet, found.cell) for found in school.findings.faults]


def _value(school: Any, field: str, level: str | None = None) -> list[Any]:
    return [v.value for v in school.findings.values if v.field == field and v.level in (level, None)]


@pytest.mark.parametrize(("shape", "sheet", "cell", "text", "field"), [
    ("jichuji", "基础基522", "O4", "固定资产总值（元）", "equipment_value_wan"),
    ("jichuji", "基础基512", "B3", "基础基512 单位：亩", "teaching_area_m2"),
    ("jiaoji", "教基5176_小学", "C19", "元", "equipment_value_wan"),
    ("jiaoji", "教基5176_小学", "A19", "#教学仪器设备资产值（元）", "equipment_value_wan"),
    ("jiaoji", "教基5176_小学", "C7", "亩", "sports_ground_area_m2"),
])  # fmt: skip
def test_a_figure_in_another_unit_is_an_error_and_not_used(
    shape: str, sheet: str, cell: str, text: str, field: str, tmp_path: Path
) -> None:
    def change(book: Any) -> None:
        book[sheet][cell] = text
        if cell == "A19":
            book[sheet]["C19"] = None  # where the column says nothing, the label does

    school = spoil(shape, "索镇中心小学", tmp_path, change)
    assert ("wrong_unit", sheet, cell) in faults(school)
    assert {code for code, _, _ in faults(school)} == {"wrong_unit"}
    assert _value(school, field) == [None]


# -- members that nobody knows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "sheet", "row", "label", "column"), [
    ("jichuji", "基础基212", 18, "71人及以上", 3), ("jichuji", "基础基212", 18, "70-75人", 3),
    ("jichuji", "基础基423", 16, "研究生结业", 2), ("jiaoji", "教基2106_小学", 16, "超过70人", 1),
    ("jiaoji", "教基4155_小学", 15, "其他学历", 1),
])  # fmt: skip
def test_an_unknown_band_or_degree_with_a_number_is_an_error(
    shape: str, sheet: str, row: int, label: str, column: int, tmp_path: Path
) -> None:
    total = {"基础基212": 5, "基础基423": 4}.get(sheet, 3)

    def change(book: Any, number: object) -> None:
        book[sheet].cell(row, column, label)
        book[sheet].cell(row, total, number)

    school = spoil(shape, "索镇中心小学", tmp_path, lambda book: change(book, 2))
    [(code, where, cell)] = faults(school)
    assert (code, where, cell) == ("unknown_row", sheet, f"{'ABCDE'[total - 1]}{row}")
    group = "classes_26_30" if "人" in label else "teachers_bachelor"
    assert _value(school, group, "primary") == [None]
    for blank in (None, 0, "*"):
        assert faults(spoil(shape, "索镇中心小学", tmp_path, lambda book, nought=blank: change(book, nought))) == []


def test_an_unknown_grade_column_with_a_number_is_an_error(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["教基3112_小学"]
        sheet["R3"], sheet["R5"], sheet["R6"] = "七年级", "16", 12

    assert faults(spoil("jiaoji", "索镇中心小学", tmp_path, change)) == [("unknown_column", "教基3112_小学", "R6")]


def test_other_rows_and_columns_do_not_matter(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["教基5176_小学"]
        sheet["A21"], sheet["D21"] = "#智慧教室", 12
        sheet["F3"], sheet["F5"] = "上年数", 99
        book.create_sheet("说明")["A1"] = "见附件"

    assert faults(spoil("jiaoji", "索镇中心小学", tmp_path, change)) == []


def test_an_unknown_form_is_a_query_and_a_double_an_error(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book.create_sheet("教基9999_小学")
        book.copy_worksheet(book["教基2106_小学"]).title = "教基2106_副本"

    assert set(faults(spoil("jiaoji", "索镇中心小学", tmp_path, change))) == {
        ("unknown_sheet", "教基9999_小学", None),
        ("duplicate_sheet", "教基2106_副本", None),
    }


def test_a_renamed_form_is_missing_and_what_is_there_is_named(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book["教基2106_小学"].title = "教基2016_小学"

    school = spoil("jiaoji", "索镇中心小学", tmp_path, change)
    [found] = school.findings.faults
    assert (found.code, found.sheet) == ("missing_sheet", "教基2106")
    assert "教基2016_小学" in str(found.found)
