"""The generator says what its spec says, and the oracle judges the cases that Huantai has not."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from . import Gap, OracleResult, compute
from .county import write_county
from .county_spec import KINDS, CountySpec, LevelSpec, SchoolSpec, random_spec
from .returns import read_partition

PRIMARY = SchoolSpec("211", {"primary": LevelSpec(1000, 40, pe_and_arts=9)})
JUNIOR = SchoolSpec("311", {"junior": LevelSpec(600, 45)})
Make = Callable[[CountySpec], tuple[OracleResult, list[str]]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a county and compute it."""

    def written(spec: CountySpec) -> tuple[OracleResult, list[str]]:
        codes = write_county(tmp_path, spec, seed=1)
        return compute(tmp_path, spec.year, spec.code), codes

    return written


def rows(result: OracleResult, indicator: str, code: str | None = None) -> list[Gap]:
    """The gap rows of an indicator (and one subject)."""
    return [gap for gap in result.gaps if gap.indicator == indicator and code in (None, gap.subject_id)]


def verdict(result: OracleResult, indicator: str) -> str:
    """The verdict of an indicator."""
    return next(row.verdict for row in result.verdicts if row.indicator == indicator)


def test_nine_teachers_for_a_thousand_pupils_are_enough(make: Make) -> None:
    """A school exactly on the threshold passes B3."""
    result, codes = make(CountySpec((PRIMARY, JUNIOR)))
    assert not rows(result, "B3", codes[0])


def test_eight_teachers_for_a_thousand_pupils_are_one_short(make: Make) -> None:
    """0.8 against 0.9 is above the floor of 0.765: one row, short by one teacher."""
    eight = SchoolSpec("211", {"primary": LevelSpec(1000, 40, pe_and_arts=8)})
    result, codes = make(CountySpec((eight, JUNIOR)))
    (gap,) = rows(result, "B3", codes[0])
    assert (gap.test, gap.shortfall, gap.shortfall_unit) == ("standard", 1, "人")
    assert gap.ratio == Fraction(8, 9)


def test_a_blank_area_is_missing_and_never_met(make: Make) -> None:
    """B4 misses its figure, B5 (ground and gym) does not."""
    blank = SchoolSpec(
        "211", {"primary": LevelSpec(500)}, blanks=frozenset({"teaching_area"}), sports_ground=Decimal(3750)
    )
    result, codes = make(CountySpec((blank, JUNIOR)))
    (gap,) = rows(result, "B4", codes[0])
    assert (gap.verdict, gap.observed, gap.required) == ("missing", None, Fraction("4.5"))
    assert not rows(result, "B5", codes[0])
    assert verdict(result, "B4") in ("missing", "not_met")


def test_blank_pupils_leave_the_other_level_of_a_mixed_school_without_its_share(make: Make) -> None:
    """B4–B7 of the primary section need the junior pupils; B1–B3 do not."""
    mixed = SchoolSpec(
        "312",
        {"primary": LevelSpec(500, above_degree=40, pe_and_arts=10, backbone=9), "junior": LevelSpec(400)},
        blanks=frozenset({"junior.pupils"}),
    )
    result, codes = make(CountySpec((PRIMARY, mixed)))
    primary = [gap for gap in result.gaps if gap.subject_id == codes[1] and gap.level == "primary"]
    missing = {gap.indicator for gap in primary if gap.verdict == "missing"}
    assert missing == {"B4", "B5", "B6", "B7"}
    junior = {gap.indicator for gap in result.gaps if gap.subject_id == codes[1] and gap.level == "junior"}
    assert {f"B{number}" for number in range(1, 8)} <= junior


def test_a_listed_school_without_workbook_is_missing(make: Make) -> None:
    """It has no section, a row for each of B1–B7, and a verdict `missing`."""
    absent = SchoolSpec("211", {"primary": LevelSpec(300)}, workbook=False)
    result, codes = make(CountySpec((PRIMARY, JUNIOR, absent)))
    for indicator in ("B1", "B2", "B3", "B4", "B5", "B6", "B7"):
        (gap,) = rows(result, indicator, codes[2])
        assert (gap.test, gap.subject_type, gap.verdict) == ("standard", "school", "missing")
    assert {gap.item for gap in rows(result, "B10", codes[2])} == {"音乐", "美术"}
    assert result.school_results[codes[2]] == "missing"
    assert not [figure for figure in result.sections if figure.school_code == codes[2]]
    assert result.county_verdict != "met"


def test_a_small_teaching_point_counts_for_classes_and_funds_only(make: Make) -> None:
    """32 pupils: no section of B1–B7, but B13 asks for the money of 100."""
    point = SchoolSpec(
        "218", {"primary": LevelSpec(32)}, listed={"funded_pupils": 99, "allocated": 70999}, urban_rural_code="220"
    )
    result, codes = make(CountySpec((PRIMARY, JUNIOR, point)))
    assert codes[2] not in result.school_results
    funds = {gap.item: (gap.shortfall, gap.shortfall_unit) for gap in rows(result, "B13", codes[2])}
    assert funds == {"核定人数": (1, "人"), "拨付": (1, "元")}


def test_a_county_ratio_over_its_limit_lists_no_school(make: Make) -> None:
    """B20 junior: 94% in one of two schools, 95% and more together."""
    first = SchoolSpec("311", {"junior": LevelSpec(1000)}, listed={"junior.catchment": 1000})
    second = SchoolSpec("311", {"junior": LevelSpec(100)}, listed={"junior.catchment": 94})
    result, _ = make(CountySpec((first, second)))
    assert verdict(result, "B20") == "met"
    assert not rows(result, "B20")


def test_a_county_ratio_under_its_limit_lists_the_schools_behind(make: Make) -> None:
    """B16: one teacher untrained."""
    short = SchoolSpec(
        "211", {"primary": LevelSpec(500, teachers=40, above_degree=30, pe_and_arts=6)}, listed={"trained": 39}
    )
    full = SchoolSpec(
        "311", {"junior": LevelSpec(600, teachers=60, above_degree=40, pe_and_arts=6)}, listed={"trained": 60}
    )
    result, codes = make(CountySpec((short, full)))
    county, school = rows(result, "B16")
    assert (county.subject_type, county.observed, county.shortfall) == ("county", Fraction(99, 100), 1)
    assert (school.test, school.subject_id, school.observed) == ("detail", codes[0], Fraction(39, 40))


def test_conclusions_grades_and_vetoes(make: Make) -> None:
    """A veto that happened, a grade below Ⅲ, a rate of exactly 0.15, a blank conclusion."""
    spec = CountySpec(
        (PRIMARY, JUNIOR),
        figures={"语文校际差异率": Decimal("0.15"), "数学校际差异率": Decimal("0.1499"), "毕业班学生数": None},
        conclusions={"违规择校": "发生", "科学学业水平等级": "Ⅱ", "德育学业水平等级": "Ⅳ", "学校规划布局": None},
    )
    result, _ = make(spec)
    assert [gap.item for gap in rows(result, "V")] == ["违规择校"]
    items = {gap.item for gap in rows(result, "B31")}
    assert {"语文校际差异率", "科学学业水平等级"} <= items
    assert not {"数学校际差异率", "德育学业水平等级"} & items
    assert (verdict(result, "B8"), verdict(result, "B23")) == ("missing", "missing")
    assert result.county_name == spec.name


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_random_counties_are_read_as_they_were_drawn(seed: int, tmp_path: Path) -> None:
    """Pupils and teachers of every workbook are those of the spec; sums agree within each form."""
    spec = random_spec(seed, schools=5)
    codes = write_county(tmp_path, spec, seed)
    returns = read_partition(tmp_path)
    for code, school in zip(codes, spec.schools, strict=True):
        read = returns.schools[code]
        assert (read.type_code, read.operator_code, read.urban_rural_code) == (
            school.type_code, school.operator_code, school.urban_rural_code,
        )  # fmt: skip
        for level, drawn in school.levels.items():
            pupils = read.senior_pupils if level == "senior" else read.levels[level].pupils
            assert pupils == drawn.pupils
        for level in read.levels.values():
            assert sum(level.bands) == level.classes
            assert level.teachers is not None
            assert level.above_degree <= level.teachers
    result = compute(tmp_path, spec.year, spec.code)
    assert len({gap.key for gap in result.gaps}) == len(result.gaps)


def test_every_kind_of_school_can_be_written(tmp_path: Path) -> None:
    """One school of each kind; hosts of 附设班 have two sections, 特教 and 职业 none."""
    from random import Random

    from .county_spec import random_school

    spec = CountySpec(tuple(random_school(kind, Random(7)) for kind in KINDS))
    codes = dict(zip(KINDS, write_county(tmp_path, spec, 7), strict=True))
    result = compute(tmp_path, spec.year, spec.code)
    levels: dict[str, set[str]] = {}
    for figure in result.sections:
        levels.setdefault(figure.school_code, set()).add(figure.level)
    for kind in ("312", "345", "211+junior", "311+primary"):
        assert levels[codes[kind]] == {"primary", "junior"}
    assert levels[codes["341"]] == {"junior"}
    assert not {codes["514"], codes["361"], codes["218 small"]} & set(levels)
