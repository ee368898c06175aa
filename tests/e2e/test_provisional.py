"""A provisional load: what an error speaks of is missing, nothing is met by it, and no school vanishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.e2e.tools import load, read
from tests.unit.returns.exports import CODES, COMPLETE, NINE_YEAR, POINT, TOWN_PRIMARY, County


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``var`` of a small county with an error in each of several places."""
    base = tmp_path_factory.mktemp("trial")
    county = County(base / "raw")
    county.set("小学", NINE_YEAR, {"教学及辅助用房/计": 20000})
    county.set("小学", POINT, {"按班额分/66人及以上": 1})
    county.copy_row("小学", TOWN_PRIMARY, TOWN_PRIMARY, {"教学及辅助用房/计": 9000})
    for sheet in county.supplement.worksheets:
        for row in range(sheet.max_row, 1, -1):
            if sheet.cell(row, 1).value == COMPLETE:
                sheet.delete_rows(row)
    county.read()
    path = county.folder / "county_return.xlsx"
    book = openpyxl.load_workbook(path)
    book["政府保障程度"].append(["B18", "实际交流轮岗教师数", 50, "人"])
    book.save(path)
    assert load(base / "refused", base / "raw", "2017", "370321").returncode == 2
    outcome = load(base / "var", base / "raw", "2017", "370321", "--provisional")
    assert outcome.returncode == 0, outcome.stderr
    return base / "var"


def verdicts_of(trial: Path, code: str) -> dict[tuple[str, str | None], set[str]]:
    """Verdicts of a school's gaps by indicator and level; what is met has no gap."""
    found: dict[tuple[str, str | None], set[str]] = {}
    for row in read("gaps", trial, 2017, "370321")["rows"]:
        if row["subject_id"] == code:
            found.setdefault((row["indicator"], row["level"]), set()).add(row["verdict"])
    return found


def section(trial: Path, code: str, indicator: str) -> list[dict[str, Any]]:
    rows = read("metrics", trial, 2017, "370321")["rows"]
    return [
        row for row in rows if row["kind"] == "section" and (row["school_code"], row["indicator"]) == (code, indicator)
    ]


def test_neither_of_two_areas_is_judged(trial: Path) -> None:
    assert [row["value"] for row in section(trial, NINE_YEAR, "B4")] == [None, None]
    assert all(row["value"] for row in section(trial, NINE_YEAR, "B5"))
    gaps = verdicts_of(trial, NINE_YEAR)
    assert gaps["B4", "primary"] == gaps["B4", "junior"] == {"missing"}


def test_classes_that_do_not_add_up_are_not_judged(trial: Path) -> None:
    gaps = verdicts_of(trial, POINT)
    assert gaps["B12", "primary"] == {"missing"}
    assert gaps["B10", None] == {"missing"}


def test_a_school_with_two_rows_is_missing_and_one_that_nobody_lists_stays(trial: Path) -> None:
    gaps = verdicts_of(trial, TOWN_PRIMARY)
    assert {f"B{number}" for number in (*range(1, 8), 10, 11, 12)} <= {indicator for indicator, _ in gaps}
    assert {verdict for found in gaps.values() for verdict in found} == {"missing"}
    assert section(trial, COMPLETE, "B1")[0]["value"]
    assert verdicts_of(trial, COMPLETE)["B26", None] == {"missing"}
    counts = read("verdicts", trial, 2017, "370321")["school_verdicts"]
    assert sum(counts.values()) == len(CODES) - 1  # 特教 has no section


def test_the_county_is_not_said_to_meet_what_rests_on_them(trial: Path) -> None:
    result = read("verdicts", trial, 2017, "370321")
    assert result["provisional"] is True
    met = {row["indicator"] for row in result["rows"] if row["verdict"] == "met"}
    assert not met & {*(f"B{number}" for number in range(1, 8)), "B10", "B12", "B16", "B18", "B19", "B26"}
