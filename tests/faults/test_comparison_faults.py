"""What only the county as a whole, or last year, can tell: units, shells, totals, changes. One fault a case."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from orchestration.returns.checks import Key
from orchestration.returns.comparisons import Former, LastYear, tolerances
from orchestration.returns.partition import read_partition
from tests.faults.cases import BASELINE, COUNTY_RETURN, SUPPLEMENT, Cases, folder_of, reported
from tests.returns_tools import COMPLETE, COUNTY, NINE_YEAR, POINT, PRIMARY, YEAR, code_of, edit, find_row

REGISTRY = Cases()
CASES, case, cell_case = REGISTRY.by_name, REGISTRY.case, REGISTRY.cell


# -- units -------------------------------------------------------------------------------------------------------

cell_case("equipment_in_yuan", "error", "unit_suspect", PRIMARY, "基础基522", "O9", 948600)
cell_case("equipment_in_hundreds", "error", "unit_suspect", PRIMARY, "基础基522", "O9", 9486)
cell_case("equipment_in_millions", "error", "unit_suspect", PRIMARY, "基础基522", "O9", 0.9486)
cell_case("equipment_in_hundred_millions", "error", "unit_suspect", COMPLETE, "基础基522", "O9", 0.0464)
cell_case("equipment_of_a_small_school", "error", "unit_suspect", POINT, "基础基522", "O9", 256800)
cell_case("area_in_square_decimetres", "error", "unit_suspect", NINE_YEAR, "基础基512", "E10", 1_190_900)
cell_case("sports_ground_in_hectares", "error", "unit_suspect", PRIMARY, "基础基522", "F9", 0.56637)
cell_case("sports_ground_times_hundred", "error", "unit_suspect", COMPLETE, "基础基522", "F9", 1_903_500)


# -- shells ------------------------------------------------------------------------------------------------------


def set_supplement(folder: Path, file: str, values: Mapping[str, object]) -> None:
    row = find_row(folder, SUPPLEMENT, "学校情况", code_of(file))
    edit(folder, SUPPLEMENT, "学校情况", {f"{column}{row}": value for column, value in values.items()})


@case("query", "school_without_pupils", POINT, "基础基312", "H7")
def no_pupils(folder: Path) -> None:
    edit(folder, POINT, "基础基312", dict.fromkeys(("H7", "J7", "K7", "L7", "M7", "N7"), 0))
    set_supplement(folder, POINT, {"K": 0})
    edit(folder, COUNTY_RETURN, "表Ⅰ", {"G10": 0, "E12": 1692})


@case("query", "school_without_teachers", POINT, "基础基423", "D8")
def no_teachers(folder: Path) -> None:
    edit(folder, POINT, "基础基423", dict.fromkeys(("D8", "D12", "D13", "M8", "Q8"), 0))
    edit(folder, POINT, "基础基412", {"E7": 0})
    set_supplement(folder, POINT, {"E": 0, "F": 0})
    edit(folder, COUNTY_RETURN, "表Ⅰ", {"C14": 100})


@case("query", "school_without_classrooms", POINT, "基础基522", "K9")
def no_classrooms(folder: Path) -> None:
    edit(folder, POINT, "基础基522", {"K9": 0, "L9": 0})


# -- the county's own totals -------------------------------------------------------------------------------------

for line, cell, value in (
    ("L9", "A8", 2), ("L10", "C8", 7), ("L11", "E8", 1), ("L12", "G8", 0), ("L13", "A10", 1), ("L14", "C10", 2),
    ("L15", "E10", 2), ("L16", "G10", 0), ("L17", "A12", 46), ("L18", "C12", 28), ("L19", "E12", 1771),
    ("L20", "G12", 1329), ("L22", "C14", 108), ("L24", "G14", 104),
):  # fmt: skip
    cell_case(f"profile_{line}", "query", "workbooks_differ", COUNTY_RETURN, "表Ⅰ", cell, value)
cell_case("special_pupils_of_B14", "query", "workbooks_differ", COUNTY_RETURN, "政府保障程度", "C10", 119)
cell_case("special_pupils_of_B24", "query", "workbooks_differ", COUNTY_RETURN, "教育质量", "C9", 117)


@pytest.mark.parametrize("name", sorted(CASES))
def test_single_fault(name: str, raw: Path) -> None:
    CASES[name].spoil(folder_of(raw))
    assert reported(raw) - BASELINE == {CASES[name].wanted}


# -- last year ---------------------------------------------------------------------------------------------------


def pupils(number: int, file: str = PRIMARY, level: str = "primary") -> LastYear:
    key: Key = ("school_level", code_of(file), level, "pupils")
    return {key: Former(Decimal(number), "去年.xlsx › 基础基312 › H7")}


def asset(field: str, number: str, file: str = PRIMARY) -> LastYear:
    return {("school_resource", code_of(file), None, field): Former(Decimal(number), "去年.xlsx › 表 › A1")}


@pytest.mark.parametrize(
    ("last", "code", "file", "sheet", "cell"),
    [
        (pupils(439), "pupils_changed", PRIMARY, "基础基312", "H7"),  # 572 is 30.3 % more
        (pupils(818), "pupils_changed", PRIMARY, "基础基312", "H7"),  # and 30.1 % less
        (pupils(400, NINE_YEAR, "junior"), "pupils_changed", NINE_YEAR, "基础基313", "G7"),
        (asset("equipment_value_wan", "94.87"), "assets_fell", PRIMARY, "基础基522", "O9"),
        (asset("teaching_area_m2", "2201.5"), "assets_fell", PRIMARY, "基础基512", "E10"),
        (asset("sports_ground_area_m2", "6000"), "assets_fell", PRIMARY, "基础基522", "F9"),
        (asset("gym_area_m2", "9000", NINE_YEAR), "assets_fell", NINE_YEAR, "基础基512", "E16"),
    ],
)
def test_change_since_last_year(last: LastYear, code: str, file: str, sheet: str, cell: str, sound: Path) -> None:
    assert reported(sound, last) - BASELINE == {("query", code, file, sheet, cell)}


@pytest.mark.parametrize(
    "last",
    [
        pupils(440),  # exactly 30 % more
        pupils(817),  # 29.99 % less
        pupils(0),  # a new section
        asset("equipment_value_wan", "94.86"),
        asset("equipment_value_wan", "10"),
        {("school_level", "9999999999", "primary", "pupils"): Former(Decimal(5), "x")},  # a school that closed
    ],
)
def test_ordinary_change(last: LastYear, sound: Path) -> None:
    assert reported(sound, last) == BASELINE


def test_last_year_is_named_with_its_place(sound: Path) -> None:
    [found] = [f for f in read_partition(sound, YEAR, COUNTY, last_year=pupils(300)).faults if f.severity == "query"]
    assert found.expected == "上年 300（去年.xlsx › 基础基312 › H7），增减 +90.7%"


# -- honest outliers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "sheet", "cell", "times"),
    [
        (PRIMARY, "基础基522", "O9", 12),  # a rich school
        (PRIMARY, "基础基522", "O9", 0.1),  # a poor one
        (NINE_YEAR, "基础基522", "F9", 0.15),  # in a crowded town
        (COMPLETE, "基础基512", "E10", 15),
    ],
)
def test_an_outlier_is_no_unit_suspect(file: str, sheet: str, cell: str, times: float, raw: Path) -> None:
    folder = folder_of(raw)
    value = openpyxl.load_workbook(folder / file)[sheet][cell].value
    edit(folder, file, sheet, {cell: round(float(value) * times, 2)})
    assert reported(raw) == BASELINE


def test_a_school_that_lost_its_pupils_keeps_its_buildings(raw: Path) -> None:
    """A hundred times the county's median a pupil, and honest: the school itself is as large as others."""
    folder = folder_of(raw)
    edit(folder, PRIMARY, "基础基312", {"H7": 4, "J7": 4, **dict.fromkeys(("K7", "L7", "M7", "N7", "O7"), 0)})
    edit(folder, PRIMARY, "基础基522", {"O9": 240})
    set_supplement(folder, PRIMARY, {"K": 4})
    edit(folder, COUNTY_RETURN, "表Ⅰ", {"E12": 1202})
    assert reported(raw) == BASELINE


def test_two_schools_in_yuan_are_both_told(raw: Path) -> None:
    """The large one must not hide the small one."""
    folder = folder_of(raw)
    edit(folder, PRIMARY, "基础基522", {"O9": 948600})
    before = reported(raw)
    edit(folder, POINT, "基础基522", {"O9": 256800})
    # Two of four: half the county is not a majority to measure by, so nothing is said rather than the wrong thing.
    assert before - BASELINE == {("error", "unit_suspect", PRIMARY, "基础基522", "O9")}
    assert reported(raw) == BASELINE


def test_tolerances_are_data() -> None:
    assert tolerances()["pupils_change"] == (Decimal("0.30"),)
