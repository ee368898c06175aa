"""The year before, as published, is what this year's returns are held against."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from orchestration.last_year import figures_of_last_year
from orchestration.returns.comparisons import Former
from tests.returns_tools import NINE_YEAR, PRIMARY, code_of


def test_published_figures_of_last_year(huantai: Path) -> None:
    figures = figures_of_last_year(huantai, 2018, "370321")
    assert figures is not None
    code = code_of(PRIMARY)
    place = f"{PRIMARY} › 基础基522 › F9"
    assert figures["school_resource", code, None, "sports_ground_area_m2"] == Former(Decimal("5663.7000"), place)
    assert figures["school_level", code, "primary", "pupils"].number == 572
    # Two cells are one figure.
    assert figures["school_resource", code, None, "multimedia_rooms"].number == 14 + 3
    assert figures["school_level", code_of(NINE_YEAR), "junior", "pupils"].number == 690
    assert not any(key[0] == "supplement" for key in figures)


def test_a_year_that_is_not_published(huantai: Path) -> None:
    assert figures_of_last_year(huantai, 2017, "370321") is None
    assert figures_of_last_year(huantai, 2018, "370399") is None
