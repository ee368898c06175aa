"""The oracle itself against published figures: the books' worked examples and Huantai's Annex 2."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from . import OracleResult, coefficient_of_variation, compute, dispersion, split_shares
from .arithmetic import printed

HUANTAI = Path(__file__).parents[2] / "raw" / "2017" / "370321"
LEVELS = {"小学": "primary", "初中": "junior"}
Published = dict[str, Any]


@pytest.fixture(scope="module")
def published() -> Published:
    """Annex 2 of 桓政发〔2017〕21号, as transcribed."""
    return json.loads((HUANTAI / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def huantai() -> OracleResult:
    """The oracle's reading of the Huantai returns."""
    return compute(HUANTAI, 2017, "370321")


def test_the_five_school_example_of_the_books() -> None:
    """rules.md §2: mean 6.33, variance 10.65, CV 0.52 of five schools."""
    spread = dispersion([279, 137, 935, 160, 402], [45, 37, 89, 76, 55])
    assert printed(spread.mean, 3) == "6.334"
    assert printed(spread.variance, 2) == "10.65"
    assert printed(spread.cv, 4) == "0.5153"


def test_the_plain_or_unweighted_forms_do_not_give_the_published_cv() -> None:
    """The example tells the weighted population form from the others."""
    totals, pupils = [279, 137, 935, 160, 402], [45, 37, 89, 76, 55]
    values = [Fraction(total, count) for total, count in zip(totals, pupils, strict=True)]
    plain = coefficient_of_variation(values, [1] * 5)
    assert printed(plain, 2) != "0.52"


def test_the_published_split_of_a_nine_year_school() -> None:
    """166 primary and 210 junior pupils share 23226."""
    shares = split_shares(23226, primary=166, junior=210)
    assert (printed(shares["primary"], 2), printed(shares["junior"], 2)) == ("9711.63", "13514.37")
    assert sum(shares.values()) == 23226


def test_the_splits_of_the_other_kinds() -> None:
    """完全中学 1:1.2, 十二年一贯制 1:1.1:1.32."""
    assert split_shares(220, junior=100, senior=100) == {"primary": 0, "junior": 100, "senior": 120}
    assert split_shares(342, primary=1, junior=1, senior=1) == {
        "primary": 100,
        "junior": 110,
        "senior": 132,
    }


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        (Fraction(3, 2), 2, "1.5"),
        (Fraction(2084), 0, "2084"),
        (Fraction("2.675"), 2, "2.68"),
        (Fraction(100), 2, "100"),
    ],
)
def test_figures_print_rounded_half_up_without_trailing_zeros(number: Fraction, decimals: int, text: str) -> None:
    """2.675 is the case that binary floats print as 2.67."""
    assert printed(number, decimals) == text


def test_means_and_cvs_of_huantai(huantai: OracleResult, published: Published) -> None:
    """Every published mean and CV, rounded as the plan printed it."""
    balance = {(row.level, row.indicator): row for row in huantai.balance}
    for level, indicators in published["aggregates"].items():
        for indicator, figure in indicators.items():
            row = balance[LEVELS[level], indicator]
            assert row.mean is not None
            assert row.cv is not None
            assert float(printed(row.mean, figure["mean_decimals"])) == figure["mean"], (level, indicator)
            assert float(printed(row.cv, figure["cv_decimals"])) == figure["cv"], (level, indicator)


def test_the_31_verdicts_of_huantai(huantai: OracleResult, published: Published) -> None:
    """不达标 exactly for the seven that the plan names."""
    words = {"met": "达标", "not_met": "不达标", "missing": "数据缺失"}
    computed = {row.indicator: words[row.verdict] for row in huantai.verdicts}
    assert {key: computed[key] for key in published["verdicts"]} == published["verdicts"]
    assert (computed["C1"], computed["V"]) == ("达标", "达标")
    assert len(huantai.verdicts) == 33
    assert huantai.county_verdict == "not_met"


def test_short_sections_and_cvs_over_the_limit_of_huantai(huantai: OracleResult, published: Published) -> None:
    """部分学校不达标, and the levels whose CV is over."""
    short = {gap.indicator for gap in huantai.gaps if gap.test == "standard"}
    assert sorted(short) == published["some_schools_short"]
    over: dict[str, list[str]] = {}
    names = {value: key for key, value in LEVELS.items()}
    for gap in huantai.gaps:
        if gap.test == "balance":
            assert gap.level is not None
            over.setdefault(gap.indicator, []).append(names[gap.level])
    assert over == published["cv_over_limit"]


def test_rooms_sizes_and_classes_of_huantai(huantai: OracleResult, published: Published) -> None:
    """B10 passes in three schools, B11 fails in 4, B12 in 59 and 4 classes."""
    rooms = next(row for row in huantai.verdicts if row.indicator == "B10")
    low, high = published["b10_other_room_area_m2"]
    assert set(rooms.mentions) == {*published["b10_schools_pass"], f"{low}-{high}平方米"}
    assert sum(1 for gap in huantai.gaps if gap.indicator == "B11") == published["b11_schools_over"]
    classes = {
        name: sum(gap.observed or 0 for gap in huantai.gaps if gap.indicator == "B12" and gap.level == level)
        for name, level in LEVELS.items()
    }
    assert classes == published["b12_classes_over"]


def test_statements_of_huantai_letter_for_letter(huantai: OracleResult, published: Published) -> None:
    """The 达标情况 sentences of Annex 2, the final 。 aside; B10 names schools by other names there."""
    for row in huantai.verdicts:
        if row.indicator in published["status_text"] and row.indicator != "B10":
            assert row.statement_exact, row.indicator
            assert row.statement.rstrip("。") == published["status_text"][row.indicator].rstrip("。")


def test_scope_of_huantai(huantai: OracleResult) -> None:
    """45 primary and 22 junior sections; the 教学点 of 32 pupils and the 特教 school have none."""
    counts = {level: sum(1 for row in huantai.section_results if row.level == level) for level in LEVELS.values()}
    assert counts == {"primary": 45, "junior": 22}
    assert sum(huantai.section_verdicts.values()) == 67
    assert sum(huantai.school_verdicts.values()) == 60
    assert not {"2137032137", "5137032101"} & {figure.school_code for figure in huantai.sections}


def test_gap_rows_are_unique_and_say_how_much(huantai: OracleResult) -> None:
    """One row a (indicator, test, level, subject, item), each floor row beside a standard row."""
    keys = [gap.key for gap in huantai.gaps]
    assert len(keys) == len(set(keys))
    standards = {(*gap.key[2:], gap.indicator) for gap in huantai.gaps if gap.test == "standard"}
    floors = [gap for gap in huantai.gaps if gap.test == "floor"]
    assert floors
    assert {(*gap.key[2:], gap.indicator) for gap in floors} <= standards
    for gap in huantai.gaps:
        assert gap.shortfall is not None
        assert gap.shortfall > 0
