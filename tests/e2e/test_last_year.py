"""The year before, as published or as just read, is what this year's returns are held against."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestration.last_year import published_last_year
from orchestration.returns.comparisons import Former
from tests.e2e.tools import current, load, read
from tests.oracle.county import write_county
from tests.oracle.county_spec import random_spec
from tests.returns_tools import NINE_YEAR, PRIMARY, code_of


def test_published_published_last_year(huantai: Path) -> None:
    figures = published_last_year(huantai, 2018, "370321")
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
    assert published_last_year(huantai, 2017, "370321") is None
    assert published_last_year(huantai, 2018, "370399") is None


def test_two_years_at_once_come_out_like_one_after_the_other(tmp_path: Path) -> None:
    raw, spec = tmp_path / "raw", random_spec(7, 5)
    # The same schools, their figures drawn anew.
    for year in (2018, 2019):
        folder = raw / str(year) / spec.code
        folder.mkdir(parents=True)
        write_county(folder, replace(spec, year=year), seed=year)
    at_once, in_turn = tmp_path / "at_once", tmp_path / "in_turn"
    assert load(at_once, raw, "--all").returncode == 0
    for year in (2018, 2019):
        assert load(in_turn, raw, str(year), spec.code).returncode == 0

    def told(var: Path) -> tuple[list[dict[str, Any]], set[str]]:
        faults = read("faults", var, 2019, spec.code)["rows"]
        return faults, {partition["fingerprint"] for partition in current(var)["partitions"]}

    assert told(at_once) == told(in_turn)
    assert any("上年" in fault["message"] for fault in told(at_once)[0])
    # Alone, with nothing before it, the year asks less, and its fingerprint is another.
    alone = tmp_path / "alone"
    assert load(alone, raw, "2019", spec.code).returncode == 0
    assert told(alone)[0] != told(at_once)[0]
    assert not told(alone)[1] & told(at_once)[1]
