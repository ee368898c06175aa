"""是否计校数 0: a 教学点 stands by itself, any other is a campus whose figures join its school, or an error."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.returns.landing import build_frames
from tests.unit.returns.exports import NINE_YEAR, POINT, TOWN_PRIMARY, County, unexpected

CAMPUS = "2137039001"
EAST = {"学校（机构）名称": "索镇中心小学东校区", "是否计校数": 0}


@pytest.fixture
def county(tmp_path: Path) -> County:
    return County(tmp_path)


def town(county: County) -> str:
    sheet = county.supplement["学校情况"]
    column = [cell.value for cell in sheet[1]].index("所在乡镇") + 1
    return next(
        str(sheet.cell(row, column).value) for row in range(2, sheet.max_row + 1)
        if sheet.cell(row, 1).value == TOWN_PRIMARY
    )  # fmt: skip


def landed(returns: Any, table: str, code: str) -> list[dict[str, Any]]:
    frame = build_frames(returns, "national-2017", provisional=False)[table]
    return [row for row in frame.to_dicts() if row["school_code"] == code]


def test_a_listed_campus_joins_the_school_its_name_begins_with(county: County) -> None:
    alone = county.read()
    county.copy_row("小学", TOWN_PRIMARY, CAMPUS, EAST)
    county.list_school(TOWN_PRIMARY, CAMPUS, "索镇中心小学东校区", town(county))
    rooms = county.supplement["音乐美术专用教室"]
    rooms.append([CAMPUS, "索镇中心小学东校区", "音乐", "音乐教室", 96, 2016])
    returns = county.read()
    cell = county.cell("小学", CAMPUS, "是否计校数")
    assert unexpected(returns) == {("out_of_scope", "campus_joined", "小学", cell)}
    [told] = (found for found in returns.faults if found.code == "campus_joined")
    assert f"索镇中心小学东校区（{CAMPUS}）并入索镇中心小学（{TOWN_PRIMARY}）" in told.message

    assert CAMPUS not in returns.schools
    assert landed(returns, "supplement", CAMPUS) == []
    for table in ("school_levels", "school_resources", "supplement"):
        [one], [both] = landed(alone, table, TOWN_PRIMARY), landed(returns, table, TOWN_PRIMARY)
        for name, value in one.items():
            doubled = isinstance(value, int | Decimal) and name not in ("year", "built_year", "boarding")
            assert both[name] == (2 * value if doubled else value), name
    assert len(landed(returns, "rooms", TOWN_PRIMARY)) == len(landed(alone, "rooms", TOWN_PRIMARY)) + 1
    cells = [v.cell for v in returns.values if (v.record_id, v.field) == (TOWN_PRIMARY, "pupils")]
    assert cells == [county.cell("小学", code, "在校生数/合计") for code in (TOWN_PRIMARY, CAMPUS)]


def test_a_campus_that_is_not_listed_joins_by_its_name(county: County) -> None:
    county.copy_row("小学", TOWN_PRIMARY, CAMPUS, EAST)
    assert {(severity, code) for severity, code, _, _ in unexpected(county.read())} == {
        ("out_of_scope", "campus_joined")
    }


@pytest.mark.parametrize("changes", [
    {"学校（机构）名称": "红旗分校", "是否计校数": 0}, {"学校（机构）名称": "索镇中心小学", "是否计校数": 0},
])  # fmt: skip
def test_a_campus_without_a_clear_parent_is_an_error(county: County, changes: dict[str, Any]) -> None:
    county.copy_row("小学", TOWN_PRIMARY, CAMPUS, changes)
    returns = county.read()
    cell = county.cell("小学", CAMPUS, "是否计校数")
    assert unexpected(returns) == {("error", "campus_without_parent", "小学", cell)}


def test_a_campus_of_another_town_does_not_join(county: County) -> None:
    county.copy_row("小学", TOWN_PRIMARY, CAMPUS, EAST)
    county.list_school(TOWN_PRIMARY, CAMPUS, "索镇中心小学东校区", "别的镇")
    faults = unexpected(county.read())
    assert ("error", "campus_without_parent", "小学", county.cell("小学", CAMPUS, "是否计校数")) in faults


def test_the_longest_name_is_the_parent(county: County) -> None:
    longer = "2137039002"
    county.copy_row("小学", TOWN_PRIMARY, longer, {"学校（机构）名称": "索镇中心小学东校"})
    county.list_school(TOWN_PRIMARY, longer, "索镇中心小学东校", town(county))
    county.copy_row("小学", TOWN_PRIMARY, CAMPUS, EAST)
    returns = county.read()
    [told] = (found for found in returns.faults if found.code == "campus_joined")
    assert f"并入索镇中心小学东校（{longer}）" in told.message


def test_a_campus_under_the_code_of_its_school_joins_it(county: County) -> None:
    county.copy_row("小学", TOWN_PRIMARY, TOWN_PRIMARY, EAST)
    returns = county.read()
    row = county.book["小学"].max_row
    assert unexpected(returns) == {("out_of_scope", "campus_joined", "小学", f"L{row}")}
    [one] = landed(returns, "school_levels", TOWN_PRIMARY)
    assert one["pupils"] == 2 * Decimal(county.book["小学"][county.cell("小学", TOWN_PRIMARY, "在校生数/合计")].value)


def test_a_campus_of_another_level_adds_a_level(county: County) -> None:
    county.copy_row("初中", NINE_YEAR, CAMPUS, {
        "学校（机构）名称": "索镇中心小学初中部", "办学类型": "附设普通初中班", "办学类型码": "319", "是否计校数": 0,
        "各学段在校生数/小学": None,
    })  # fmt: skip
    returns = county.read()
    assert {code for _, code, _, _ in unexpected(returns) if code != "missing_value"} == {"campus_joined"}
    assert returns.schools[TOWN_PRIMARY].levels == ("primary", "junior")


def test_a_teaching_point_is_no_campus(county: County) -> None:
    returns = county.read()
    assert returns.schools[POINT].levels == ("primary",)
    assert [row["counted_as_school"] for row in landed(returns, "schools", POINT)] == [False]


def test_one_school_stated_both_ways_is_no_campus(county: County) -> None:
    """The rows of a 九年一贯制 school that disagree on 是否计校数 are one school; its buildings are not added up."""
    county.set("初中", NINE_YEAR, {"是否计校数": 0})
    returns = county.read()
    cell = county.cell("初中", NINE_YEAR, "是否计校数")
    assert unexpected(returns) == {("error", "rows_disagree", "初中", cell)}
    assert len([v for v in returns.values if (v.record_id, v.field) == (NINE_YEAR, "gym_area_m2")]) == 1
