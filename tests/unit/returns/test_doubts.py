"""What a provisional load may use of returns with errors: nothing that an error speaks of, and nobody vanishes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.returns.landing import build_frames
from orchestration.returns.partition import PartitionReturns, read_partition
from tests.returns_tools import COUNTY, PRIMARY, YEAR, code_of, copy_small, edit, find_row
from tests.returns_tools import NINE_YEAR as NINE_YEAR_FILE
from tests.unit.returns.exports import COMPLETE, NINE_YEAR, POINT, TOWN_PRIMARY
from tests.unit.returns.exports import County as Export

CAMPUS = "2137039001"
RESOURCES = ("teaching_area_m2", "gym_area_m2", "sports_ground_area_m2", "equipment_value_wan", "multimedia_rooms")


@pytest.fixture
def county(tmp_path: Path) -> Export:
    return Export(tmp_path)


@pytest.fixture
def workbooks(tmp_path: Path) -> Path:
    return copy_small(tmp_path / "raw")


def read(folder: Path) -> PartitionReturns:
    return read_partition(folder.parents[1], YEAR, COUNTY)


def landed(returns: PartitionReturns, table: str, code: str, level: str | None = None) -> dict[str, Any]:
    """The one row of a school as a provisional load lands it."""
    frame = build_frames(returns, "national-2017", provisional=True)[table]
    [row] = [row for row in frame.to_dicts() if row["school_code"] == code and level in (None, row.get("level"))]
    return row


def missing(row: dict[str, Any]) -> set[str]:
    return {name for name, value in row.items() if value is None}


def errors(returns: PartitionReturns) -> set[str]:
    return {found.code for found in returns.faults if found.severity == "error"}


def is_on_the_roster_without_figures(returns: PartitionReturns, code: str) -> bool:
    """Listed, and without a return: the warehouse then finds everything of it missing."""
    frames = build_frames(returns, "national-2017", provisional=True)
    kept = {table: set(frames[table]["school_code"]) for table in ("schools", "school_levels", "school_resources")}
    return landed(returns, "supplement", code)["school_name"] and not any(code in codes for codes in kept.values())


# -- an export ---------------------------------------------------------------------------------------------------


def test_of_two_rows_that_disagree_neither_figure_is_used(county: Export) -> None:
    county.set("小学", NINE_YEAR, {"教学及辅助用房/计": 20000})
    returns = county.read()
    assert errors(returns) == {"rows_disagree"}
    assert missing(landed(returns, "school_resources", NINE_YEAR)) == {"teaching_area_m2", "teachers_total"}
    states = {v.state for v in returns.values if (v.record_id, v.field) == (NINE_YEAR, "teaching_area_m2")}
    assert states == {"error"}


def test_a_figure_beside_an_error_on_the_other_row_is_not_used(county: Export) -> None:
    county.set("初中", NINE_YEAR, {"教学及辅助用房/计": -5})
    returns = county.read()
    assert errors(returns) == {"negative"}
    assert "teaching_area_m2" in missing(landed(returns, "school_resources", NINE_YEAR))


def test_pupils_stated_otherwise_are_not_used(county: Export) -> None:
    county.set("小学", NINE_YEAR, {"各学段在校生数/小学": 500})
    county.set("初中", NINE_YEAR, {"各学段在校生数/小学": 500})
    returns = county.read()
    assert errors(returns) == {"rows_disagree"}
    assert missing(landed(returns, "school_levels", NINE_YEAR, "primary")) == {"pupils"}
    assert missing(landed(returns, "school_levels", NINE_YEAR, "junior")) == set()


@pytest.mark.parametrize("changes", [{"办学类型码": "345"}, {"是否计校数": 0}])
def test_a_school_of_two_kinds_is_missing(county: Export, changes: dict[str, Any]) -> None:
    county.set("初中", NINE_YEAR, changes)
    returns = county.read()
    assert errors(returns) == {"rows_disagree"}
    assert is_on_the_roster_without_figures(returns, NINE_YEAR)


def test_where_nobody_knows_whether_a_school_is_asked_its_catchment_is_missing(county: Export) -> None:
    county.set("初中", NINE_YEAR, {"举办者码": "999"})
    returns = county.read()
    assert errors(returns) == {"rows_disagree"}
    assert landed(returns, "schools", NINE_YEAR)["operator_code"] is None
    assert missing(landed(returns, "supplement", NINE_YEAR)) == {"primary_in_catchment", "junior_in_catchment"}


def test_a_total_that_disagrees_takes_its_parts_along(county: Export) -> None:
    county.set("小学", TOWN_PRIMARY, {"按班额分/66人及以上": 7})
    returns = county.read()
    assert errors(returns) == {"sum_mismatch"}
    row = landed(returns, "school_levels", TOWN_PRIMARY)
    assert missing(row) == {name for name in row if name.startswith("classes")}


def test_a_school_with_two_rows_on_a_sheet_is_missing(county: Export) -> None:
    county.copy_row("小学", NINE_YEAR, NINE_YEAR, {"教学及辅助用房/计": 9000})
    returns = county.read()
    assert errors(returns) == {"duplicate_school"}
    assert is_on_the_roster_without_figures(returns, NINE_YEAR)


def test_a_school_that_is_not_listed_stays(county: Export) -> None:
    for sheet in county.supplement.worksheets:
        for row in range(sheet.max_row, 1, -1):
            if sheet.cell(row, 1).value == TOWN_PRIMARY:
                sheet.delete_rows(row)
    returns = county.read()
    assert errors(returns) == {"unlisted_school"}
    assert landed(returns, "school_levels", TOWN_PRIMARY)["pupils"]
    assert TOWN_PRIMARY not in set(
        build_frames(returns, "national-2017", provisional=True)["supplement"]["school_code"]
    )


def test_a_row_of_another_county_that_nobody_lists_stays_as_missing(county: Export) -> None:
    county.copy_row("小学", TOWN_PRIMARY, CAMPUS, {"统计三级": "高青县", "学校（机构）名称": "无名小学"})
    returns = county.read()
    assert errors(returns) == {"wrong_county", "unlisted_school"}
    assert is_on_the_roster_without_figures(returns, CAMPUS)


# -- campuses ----------------------------------------------------------------------------------------------------


def add_campus(county: Export, name: str, town: str | None, **changes: object) -> None:
    values = {"学校（机构）名称": name, "是否计校数": 0, **changes}
    county.copy_row("小学", TOWN_PRIMARY, CAMPUS, values)
    county.list_school(TOWN_PRIMARY, CAMPUS, name, town)


def without_figures(returns: PartitionReturns) -> set[str]:
    """Schools of which neither pupils nor buildings nor certified teachers are left."""
    frames = build_frames(returns, "national-2017", provisional=True)
    levels = [row for row in frames["school_levels"].to_dicts() if row["pupils"] is None and row["classes"] is None]
    areas = {r["school_code"] for r in frames["school_resources"].to_dicts() if missing(r) >= set(RESOURCES)}
    teachers = {r["school_code"] for r in frames["supplement"].to_dicts() if r["certified_teachers"] is None}
    return {row["school_code"] for row in levels} & areas & teachers


def test_a_campus_of_nobody_leaves_every_school_of_its_town_in_doubt(county: Export) -> None:
    county.set_listed(TOWN_PRIMARY, {"所在乡镇": "索镇"})
    for code in (NINE_YEAR, COMPLETE):
        county.set_listed(code, {"所在乡镇": "城区街道"})
    add_campus(county, "红旗分校", "城区街道")
    returns = county.read()
    assert errors(returns) == {"campus_without_parent"}
    assert without_figures(returns) == {NINE_YEAR, COMPLETE}
    assert is_on_the_roster_without_figures(returns, CAMPUS)
    assert landed(returns, "supplement", CAMPUS)["budget_yuan"] is None
    assert landed(returns, "school_levels", TOWN_PRIMARY)["pupils"]


def test_a_campus_of_no_known_town_leaves_the_whole_county_in_doubt(county: Export) -> None:
    add_campus(county, "红旗分校", None)
    returns = county.read()
    assert without_figures(returns) == {TOWN_PRIMARY, NINE_YEAR, COMPLETE}
    assert not missing(landed(returns, "school_levels", POINT))  # a 教学点 has no campus


def test_a_campus_that_may_be_of_two_leaves_those_two_in_doubt(county: Export) -> None:
    county.copy_row("小学", TOWN_PRIMARY, "2137039002", {"学校（机构）名称": "索镇中心小学"})
    county.list_school(TOWN_PRIMARY, "2137039002", "索镇中心小学", "索镇")
    county.set_listed(TOWN_PRIMARY, {"所在乡镇": "索镇"})
    add_campus(county, "索镇中心小学东校区", "索镇")
    assert without_figures(county.read()) == {TOWN_PRIMARY, "2137039002"}


@pytest.mark.parametrize("changes", [{"统计三级": "高青县"}, {"办学类型码": "998"}])
def test_the_parent_of_a_campus_that_cannot_be_used_is_in_doubt(county: Export, changes: dict[str, str]) -> None:
    county.set_listed(TOWN_PRIMARY, {"所在乡镇": "索镇"})
    add_campus(county, "索镇中心小学东校区", "索镇", **changes)
    returns = county.read()
    assert errors(returns) & {"wrong_county", "unknown_type"}
    assert without_figures(returns) == {TOWN_PRIMARY}


def test_a_campus_with_two_rows_leaves_its_parent_in_doubt(county: Export) -> None:
    county.set_listed(TOWN_PRIMARY, {"所在乡镇": "索镇"})
    add_campus(county, "索镇中心小学东校区", "索镇")
    county.copy_row("小学", TOWN_PRIMARY, CAMPUS, {"学校（机构）名称": "索镇中心小学东校区", "是否计校数": 0})
    returns = county.read()
    assert errors(returns) == {"duplicate_school"}
    assert missing(landed(returns, "school_resources", TOWN_PRIMARY)) >= set(RESOURCES)
    assert landed(returns, "school_levels", TOWN_PRIMARY)["pupils"] is None


def test_a_campus_under_the_code_of_its_school_that_cannot_be_used_leaves_the_school_in_doubt(county: Export) -> None:
    county.copy_row("小学", TOWN_PRIMARY, TOWN_PRIMARY, {"是否计校数": 0, "统计三级": "高青县"})
    returns = county.read()
    assert errors(returns) == {"wrong_county"}
    assert without_figures(returns) == {TOWN_PRIMARY}


# -- workbooks ---------------------------------------------------------------------------------------------------


def test_of_two_workbooks_of_one_school_neither_is_used(workbooks: Path) -> None:
    shutil.copy(workbooks / PRIMARY, workbooks / "schools" / "副本.xlsx")
    edit(workbooks, PRIMARY, "基础基512", {"E10": 90000})
    returns = read(workbooks)
    assert errors(returns) == {"duplicate_school"}
    assert is_on_the_roster_without_figures(returns, code_of(PRIMARY))


def test_a_workbook_of_two_codes_is_not_used(workbooks: Path) -> None:
    edit(workbooks, PRIMARY, "封面", {"D12": "2137032199"})
    returns = read(workbooks)
    assert errors(returns) == {"code_mismatch"}
    assert is_on_the_roster_without_figures(returns, code_of(PRIMARY))


def test_an_unreadable_workbook_of_a_school_that_nobody_lists_stays_as_missing(workbooks: Path) -> None:
    (workbooks / "schools" / f"{CAMPUS}_无名小学.xlsx").write_bytes(b"junk")
    returns = read(workbooks)
    assert errors(returns) == {"not_a_workbook", "unlisted_school"}
    assert is_on_the_roster_without_figures(returns, CAMPUS)


def test_teachers_that_disagree_between_forms_are_not_used(workbooks: Path) -> None:
    edit(workbooks, NINE_YEAR_FILE, "基础基412", {"E7": 124})
    returns = read(workbooks)
    assert errors(returns) == {"sum_mismatch"}
    for level in ("primary", "junior"):
        row = landed(returns, "school_levels", NINE_YEAR, level)
        assert {"teachers", "teachers_bachelor"} <= missing(row)
        assert row["pupils"]
        assert row["teachers_pe"] is not None


def test_a_part_and_the_whole_it_exceeds_are_not_used(workbooks: Path) -> None:
    edit(workbooks, NINE_YEAR_FILE, "基础基512", {"E16": 99_999})
    returns = read(workbooks)
    assert errors(returns) == {"part_exceeds_whole"}
    assert missing(landed(returns, "school_resources", NINE_YEAR)) == {"gym_area_m2", "teaching_area_m2"}


@pytest.mark.parametrize(("column", "field"), [("E", "certified_teachers"), ("F", "trained_teachers")])
def test_neither_teachers_of_the_supplement_nor_those_they_exceed_are_used(
    workbooks: Path, column: str, field: str
) -> None:
    row = find_row(workbooks, "school_supplement.xlsx", "学校情况", code_of(PRIMARY))
    edit(workbooks, "school_supplement.xlsx", "学校情况", {f"{column}{row}": 999})
    returns = read(workbooks)
    assert errors(returns) == {"part_exceeds_whole"}
    assert field in missing(landed(returns, "supplement", TOWN_PRIMARY))
    assert "teachers" in missing(landed(returns, "school_levels", TOWN_PRIMARY))


def test_a_figure_of_two_columns_is_not_known_from_one(workbooks: Path) -> None:
    edit(workbooks, PRIMARY, "基础基522", {"N7": "其他教室"})
    returns = read(workbooks)
    assert errors(returns) & {"missing_column", "ambiguous_column"}
    assert landed(returns, "school_resources", TOWN_PRIMARY)["multimedia_rooms"] is None


def test_of_a_sheet_that_is_there_twice_nothing_is_used(workbooks: Path) -> None:
    book = openpyxl.load_workbook(workbooks / PRIMARY)
    book.copy_worksheet(book["基础基522"]).title = "基础基522 (2)"
    book.save(workbooks / PRIMARY)
    returns = read(workbooks)
    assert errors(returns) == {"duplicate_sheet"}
    assert missing(landed(returns, "school_resources", TOWN_PRIMARY)) >= {"sports_ground_area_m2", "multimedia_rooms"}
    assert landed(returns, "school_resources", TOWN_PRIMARY)["teaching_area_m2"]


# -- the county's own forms --------------------------------------------------------------------------------------


def test_of_two_rows_of_the_supplement_neither_is_used(workbooks: Path) -> None:
    book = openpyxl.load_workbook(workbooks / "school_supplement.xlsx")
    sheet = book["学校情况"]
    sheet.append([cell.value for cell in sheet[2]])
    sheet.cell(sheet.max_row, 5).value = 1
    book.save(workbooks / "school_supplement.xlsx")
    returns = read(workbooks)
    assert errors(returns) == {"duplicate_row"}
    row = landed(returns, "supplement", str(sheet["A2"].value))
    assert missing(row) == set(row) - {"year", "county", "school_code", "school_name"}


def test_of_two_rows_of_an_item_neither_is_used(workbooks: Path) -> None:
    book = openpyxl.load_workbook(workbooks / "county_return.xlsx")
    book["政府保障程度"].append(["B18", "实际交流轮岗教师数", 50, "人"])
    book.save(workbooks / "county_return.xlsx")
    returns = read(workbooks)
    assert errors(returns) == {"duplicate_row"}
    rows = build_frames(returns, "national-2017", provisional=True)["county_return"].to_dicts()
    assert [row["value"] for row in rows if row["item"] == "实际交流轮岗教师数"] == [None]


@pytest.mark.parametrize(("code", "year"), [("370322", "2017/2018"), ("370321", "2016/2017")])
def test_nothing_in_a_return_of_another_county_or_year_is_used(workbooks: Path, code: str, year: str) -> None:
    heading = f"县（市、区）：桓台县　　行政区划代码：{code}　　统计年度：{year}学年初"
    edit(workbooks, "county_return.xlsx", "表Ⅰ", {"A2": heading})
    returns = read(workbooks)
    frames = build_frames(returns, "national-2017", provisional=True)
    assert set(frames["county_return"]["value"]) == {None}
    assert set(frames["county_return"]["text"]) == {None}
    assert set(frames["county_profile"]["value"]) == {None}


def test_rooms_whose_school_is_in_doubt_are_nobodys(workbooks: Path) -> None:
    book = openpyxl.load_workbook(workbooks / "school_supplement.xlsx")
    book.copy_worksheet(book["音乐美术专用教室"]).title = "音乐美术专用教室 (2)"
    book["音乐美术专用教室 (2)"].sheet_state = "hidden"
    book.save(workbooks / "school_supplement.xlsx")
    returns = read(workbooks)
    assert errors(returns) == {"hidden_sheet"}
    assert build_frames(returns, "national-2017", provisional=True)["rooms"].is_empty()
