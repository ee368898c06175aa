"""Query exports: what stands on several rows agrees, what is missing or doubled is told, year and county hold."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.returns.export import is_export, same_county
from tests.unit.returns.exports import COMPLETE, NINE_YEAR, POINT, SPECIAL, TOWN_PRIMARY, County, unexpected
from tests.unit.returns.shapes import EXPORT, SHAPES, figures, read

PRIMARY_ONLY = {"持证专任教师数": 60, "完成360学时教师数": 60, "初中片内在校生数": None}


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


def numbers(returns: Any, code: str, field: str) -> dict[str | None, Decimal | None]:
    return {v.level: v.value for v in returns.values if v.record_id == code and v.field == field}


def test_the_small_county_is_sound(county: County) -> None:
    returns = county.read()
    assert unexpected(returns) == set()
    assert {code: school.levels for code, school in returns.schools.items()} == {
        TOWN_PRIMARY: ("primary",), POINT: ("primary",), NINE_YEAR: ("primary", "junior"),
        COMPLETE: ("junior", "senior"), SPECIAL: ("special",),
    }  # fmt: skip
    assert numbers(returns, NINE_YEAR, "pupils") == {"primary": Decimal(1120), "junior": Decimal(690)}
    assert numbers(returns, COMPLETE, "pupils") == {"junior": Decimal(640), "senior": Decimal(980)}
    assert [v.cell for v in returns.values if (v.record_id, v.field) == (NINE_YEAR, "gym_area_m2")] == ["BJ7"]
    assert (returns.schools[POINT].counted, returns.schools[NINE_YEAR].counted) == (False, True)


@pytest.mark.parametrize(("path", "value", "severity", "code"), [
    ("网络多媒体教室（间）", 51, "error", "rows_disagree"),
    ("教学仪器设备资产值(万元)", 462.24, "error", "rows_disagree"),
    ("占地面积（平方米）/其中/运动场地面积", None, "missing", "missing_value"),
    ("各学段在校生数/初中", 691, "error", "rows_disagree"),
    ("学校（机构）名称", "桓台县实验中学", "error", "rows_disagree"),
    ("办学类型码", "311", "error", "rows_disagree"),
    ("城乡类型码", "121", "error", "rows_disagree"),
    ("班数/合计", 16, "error", "sum_mismatch"),
    ("专任教师/合计", "约50", "error", "not_a_number"),
])  # fmt: skip
def test_a_spoilt_cell_is_told_where_it_stands(
    county: County, path: str, value: object, severity: str, code: str
) -> None:
    county.set("初中", NINE_YEAR, {path: value})
    assert unexpected(county.read()) == {(severity, code, "初中", county.cell("初中", NINE_YEAR, path))}


def test_a_figure_blank_on_one_row_is_taken_from_the_other(county: County) -> None:
    county.set("小学", NINE_YEAR, {"网络多媒体教室（间）": None})
    returns = county.read()
    cell = county.cell("小学", NINE_YEAR, "网络多媒体教室（间）")
    assert unexpected(returns) == {("missing", "missing_value", "小学", cell)}
    [value] = [v for v in returns.values if (v.record_id, v.field) == (NINE_YEAR, "multimedia_rooms")]
    assert (value.value, value.sheet) == (Decimal(52), "初中")


def test_a_level_with_pupils_and_no_row_is_an_error(county: County) -> None:
    county.book["初中"].delete_rows(county.row("初中", NINE_YEAR))
    returns = county.read()
    assert unexpected(returns) == {
        ("error", "missing_level_row", "小学", county.cell("小学", NINE_YEAR, "各学段在校生数/初中"))
    }
    [row] = [
        row for row in figures(returns)["school_levels"] if (row["school_code"], row["level"]) == (NINE_YEAR, "junior")
    ]
    assert {row[name] for name in ("pupils", "classes", "teachers", "classes_56_60", "backbone_teachers")} == {None}


def test_a_level_without_pupils_needs_no_row(county: County) -> None:
    county.book["初中"].delete_rows(county.row("初中", NINE_YEAR))
    county.set("小学", NINE_YEAR, {"各学段在校生数/初中": 0})
    county.set_listed(NINE_YEAR, PRIMARY_ONLY)
    returns = county.read()
    assert {(severity, code) for severity, code, _, _ in unexpected(returns)} == {("out_of_scope", "level_without_row")}
    assert returns.schools[NINE_YEAR].levels == ("primary",)


def test_a_level_of_no_pupils_with_a_row_is_read(county: County) -> None:
    county.set("初中", NINE_YEAR, {
        "在校生数/合计": 0, "班数/合计": 0, "专任教师/合计": 0, "各学段在校生数/初中": 0,
        **{f"在校生数/{grade}年级": 0 for grade in "一二三四"}, "班数/按班额分/41-45人": 0, "班数/按班额分/46-50人": 0,
        **{f"专任教师/#按学历分/{degree}": 0 for degree in ("硕士研究生", "本科", "专科")},
        "专任教师/#按授课课程分/体育与健康": 0, "专任教师/#按授课课程分/艺术/计": 0,
    })  # fmt: skip
    county.set("小学", NINE_YEAR, {"各学段在校生数/初中": 0})
    county.set_listed(NINE_YEAR, PRIMARY_ONLY)
    returns = county.read()
    assert unexpected(returns) == set()
    assert numbers(returns, NINE_YEAR, "pupils") == {"primary": Decimal(1120), "junior": Decimal(0)}


def test_a_listed_school_without_a_row_is_missing(county: County) -> None:
    county.book["小学"].delete_rows(county.row("小学", TOWN_PRIMARY))
    [(severity, code, sheet, _)] = unexpected(county.read())
    assert (severity, code, sheet) == ("missing", "missing_school", "学校情况")


def test_an_unlisted_row_is_an_error(county: County) -> None:
    county.copy_row("小学", TOWN_PRIMARY, "2137039999", {"学校（机构）名称": "无名小学"})
    cell = county.cell("小学", "2137039999", "学校（机构）标识码")
    assert unexpected(county.read()) == {("error", "unlisted_school", "小学", cell)}


def test_a_row_twice_is_an_error(county: County) -> None:
    county.copy_row("小学", TOWN_PRIMARY, TOWN_PRIMARY, {})
    row = county.book["小学"].max_row
    assert unexpected(county.read()) == {("error", "duplicate_school", "小学", f"B{row}")}


@pytest.mark.parametrize("code", [None, "21370321", "213703210X"])
def test_a_row_without_a_good_code_is_told_once(county: County, code: object) -> None:
    cell = county.cell("小学", TOWN_PRIMARY, "学校（机构）标识码")
    county.book["小学"][cell] = code
    assert unexpected(county.read()) == {("error", "bad_code", "小学", cell)}


def test_a_numeric_code_is_read_and_told(county: County) -> None:
    cell = county.cell("特教", SPECIAL, "学校（机构）标识码")
    county.book["特教"][cell] = int(SPECIAL)
    assert unexpected(county.read()) == {("query", "code_as_number", "特教", cell)}


def test_totals_and_remarks_below_are_no_schools(county: County) -> None:
    sheet = county.book["小学"]
    total, remark = sheet.max_row + 1, sheet.max_row + 3
    sheet.cell(total, 1, "全县合计")
    sheet.cell(total, county.column("小学", "在校生数/合计"), 4000)
    sheet.cell(remark, 1, "注：本表由系统导出")
    assert unexpected(county.read()) == set()


@pytest.mark.parametrize(("title", "code"), [
    ("桓台县小学综合查询（2018/2019学年初）", "wrong_year"), ("桓台县小学综合查询", "year_not_stated"),
    ("高青县小学综合查询（2017/2018学年初）", "wrong_county"),
])  # fmt: skip
def test_year_and_county_of_the_title(county: County, title: str, code: str) -> None:
    county.book["小学"]["A1"] = title
    cell = None if code == "year_not_stated" else "A1"
    assert unexpected(county.read()) == {("error", code, "小学", cell)}


@pytest.mark.parametrize("title", [
    "淄博市桓台县小学综合查询（2017／2018 学年初）", "小学综合查询（2017-2018学年）",
    "桓台县　小学\n综合查询（2017/2018学年初）",
])  # fmt: skip
def test_titles_that_say_the_same(county: County, title: str) -> None:
    county.book["小学"]["A1"] = title
    assert unexpected(county.read()) == set()


def test_a_row_of_another_county_is_an_error(county: County) -> None:
    cell = county.cell("小学", TOWN_PRIMARY, "统计三级")
    county.book["小学"][cell] = "高青县"
    returns = county.read()
    assert unexpected(returns) == {("error", "wrong_county", "小学", cell)}
    assert TOWN_PRIMARY not in returns.schools


def test_a_workbook_beside_the_export_is_a_duplicate(county: County) -> None:
    [workbook] = (path for path in (SHAPES["jichuji"] / "schools").iterdir() if TOWN_PRIMARY in path.name)
    (county.folder / "schools").mkdir()
    shutil.copy(workbook, county.folder / "schools" / workbook.name)
    returns = county.read()
    assert unexpected(returns) == {("error", "duplicate_school", "基础基111", "B7")}
    assert TOWN_PRIMARY not in returns.schools
    assert TOWN_PRIMARY in returns.listed


def test_a_workbook_of_another_school_may_stand_beside_the_export(county: County) -> None:
    county.book["小学"].delete_rows(county.row("小学", TOWN_PRIMARY))
    [workbook] = (path for path in (SHAPES["jichuji"] / "schools").iterdir() if TOWN_PRIMARY in path.name)
    (county.folder / "schools").mkdir()
    shutil.copy(workbook, county.folder / "schools" / workbook.name)
    returns = county.read()
    assert unexpected(returns) == set()
    assert {school.edition for school in returns.schools.values()} == {"wide", "jichuji"}


def test_a_sheet_missing_is_one_fault(county: County) -> None:
    del county.book["初中"]
    assert unexpected(county.read()) == {("error", "missing_sheet", "初中", None)}


def test_a_header_missing_is_one_fault(county: County) -> None:
    column = county.column("小学", "网络多媒体教室（间）")
    county.book["小学"].cell(2, column, "多媒体")
    assert unexpected(county.read()) == {("error", "missing_column", "小学", None)}


@pytest.mark.parametrize(("header", "wanted"), [
    ("教学仪器设备资产值(元)", {("error", "wrong_unit", "小学", "BO2")}), ("教学仪器设备资产值\n（ 万元 ）", set()),
    ("教学仪器设备资产值", set()),
])  # fmt: skip
def test_the_unit_of_a_header(county: County, header: str, wanted: set[Any]) -> None:
    county.book["小学"]["BO2"] = header
    returns = county.read()
    assert unexpected(returns) == wanted
    values = {v.value for v in returns.values if v.field == "equipment_value_wan" and v.sheet == "小学"}
    assert (values == {None}) == bool(wanted)


def test_an_unknown_band_with_numbers_is_an_error_in_each_row_that_has_one(county: County) -> None:
    sheet = county.book["小学"]
    sheet.cell(2, 70, "71人及以上")
    sheet.cell(county.row("小学", TOWN_PRIMARY), 70, 2)
    returns = county.read()
    assert unexpected(returns) == {("error", "unknown_column", "小学", f"BR{county.row('小学', TOWN_PRIMARY)}")}
    assert numbers(returns, TOWN_PRIMARY, "classes_41_45") == {"primary": None}
    assert numbers(returns, NINE_YEAR, "classes_41_45")["primary"] == Decimal(25)


def test_another_sheet_is_a_query(county: County) -> None:
    county.book.create_sheet("普通高中")
    assert unexpected(county.read()) == {("query", "unknown_sheet", "普通高中", None)}


def test_a_county_without_special_schools_has_an_empty_sheet(tmp_path: Path) -> None:
    returns = County(tmp_path, (TOWN_PRIMARY, COMPLETE)).read()
    assert unexpected(returns) == set()
    assert set(returns.schools) == {TOWN_PRIMARY, COMPLETE}


def test_an_export_that_is_none_is_one_fault(county: County) -> None:
    county.read()
    (county.folder / EXPORT).write_bytes(b"PK\x03\x04 not really")
    assert {code for _, code, _, _ in unexpected(read(county.raw))} == {"unreadable_file"}


def test_an_export_named_for_another_year_is_a_query(county: County) -> None:
    county.read()
    (county.folder / EXPORT).rename(county.folder / "export_2016.xlsx")
    assert unexpected(read(county.raw)) == {("query", "file_year_mismatch", None, None)}


@pytest.mark.parametrize(("name", "wanted"), [
    ("export_2017.xlsx", True), ("EXPORT_2017.XLS", True), ("export_2017_二稿.xlsx", True), ("export.xlsx", False),
    ("schools/export_2017.xlsx", False), ("export_2017.csv", False),
])  # fmt: skip
def test_names_of_exports(name: str, wanted: bool) -> None:
    assert is_export(name) is wanted


def test_names_of_counties() -> None:
    assert same_county("桓台县", " 淄博市桓台县")
    assert not same_county("桓台县", "高青县")
    assert not same_county("", "高青县")
