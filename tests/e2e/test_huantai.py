"""Raw workbooks in, official gap list out: the plan's Annex 2, the oracle, and every cell behind a figure."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.e2e.tools import ROOT, read, run
from tests.oracle import compute
from tests.oracle.comparison import differences

HUANTAI = ROOT / "raw" / "2017" / "370321"
EXPECTED = json.loads((HUANTAI / "expected.json").read_text(encoding="utf-8"))
LEVELS = {"小学": "primary", "初中": "junior"}


@pytest.fixture(scope="module")
def verdicts(huantai: Path) -> dict[str, Any]:
    return read("verdicts", huantai, 2017, "370321")


@pytest.fixture(scope="module")
def by_indicator(verdicts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["indicator"]: row for row in verdicts["rows"]}


@pytest.fixture(scope="module")
def gaps(huantai: Path) -> list[dict[str, Any]]:
    return read("gaps", huantai, 2017, "370321")["rows"]


def rounded(value: float, decimals: int) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@pytest.mark.parametrize("indicator", sorted(EXPECTED["verdicts"]))
def test_annex_2_verdict(by_indicator: dict[str, dict[str, Any]], indicator: str) -> None:
    wanted = "met" if EXPECTED["verdicts"][indicator] == "达标" else "not_met"
    assert by_indicator[indicator]["verdict"] == wanted


@pytest.mark.parametrize("indicator", ["B3", "B4", "B5", "B6", "B11", "B12"])
def test_annex_2_statement_letter_for_letter(by_indicator: dict[str, dict[str, Any]], indicator: str) -> None:
    assert by_indicator[indicator]["statement"].rstrip("。") == EXPECTED["status_text"][indicator].rstrip("。")


@pytest.mark.parametrize(("level", "indicator"), [(level, i) for level in LEVELS for i in ("B3", "B4", "B5", "B6")])
def test_annex_2_mean_and_cv(by_indicator: dict[str, dict[str, Any]], level: str, indicator: str) -> None:
    published = EXPECTED["aggregates"][level][indicator]
    row, name = by_indicator[indicator], LEVELS[level]
    assert rounded(row[f"{name}_mean"], published["mean_decimals"]) == Decimal(str(published["mean"]))
    assert rounded(row[f"{name}_cv"], published["cv_decimals"]) == Decimal(str(published["cv"]))


def test_annex_2_details(by_indicator: dict[str, dict[str, Any]], gaps: list[dict[str, Any]]) -> None:
    short = {row["indicator"] for row in gaps if row["test"] == "standard"}
    assert short == set(EXPECTED["some_schools_short"])
    over = {(row["indicator"], row["level"]) for row in gaps if row["test"] == "balance"}
    assert over == {(i, LEVELS[level]) for i, levels in EXPECTED["cv_over_limit"].items() for level in levels}
    assert sum(row["indicator"] == "B11" for row in gaps) == EXPECTED["b11_schools_over"]
    for level, name in LEVELS.items():
        classes = sum(row["observed"] for row in gaps if row["indicator"] == "B12" and row["level"] == name)
        assert classes == EXPECTED["b12_classes_over"][level]
    statement = by_indicator["B10"]["statement"]
    assert all(name in statement for name in EXPECTED["b10_schools_pass"])
    low, high = EXPECTED["b10_other_room_area_m2"]
    assert f"{low}-{high}平方米" in statement


def test_everything_agrees_with_the_plain_python_oracle(huantai: Path, verdicts: dict[str, Any]) -> None:
    oracle = compute(HUANTAI, 2017, "370321")
    found = differences(
        oracle, read("gaps", huantai, 2017, "370321")["rows"], verdicts["rows"],
        read("metrics", huantai, 2017, "370321")["rows"],
    )  # fmt: skip
    assert found == []
    assert verdicts["county_verdict"] == oracle.county_verdict
    assert {k: v for k, v in verdicts["school_verdicts"].items() if v} == {
        k: v for k, v in oracle.school_verdicts.items() if v
    }
    assert {k: v for k, v in verdicts["section_verdicts"].items() if v} == {
        k: v for k, v in oracle.section_verdicts.items() if v
    }


def test_claims_of_the_task_decomposition_are_never_a_source(huantai: Path) -> None:
    faults = read("faults", huantai, 2017, "370321")["rows"]
    assert not [row for row in faults if row["code"] == "claim_differs"]  # Annex 2's own claims are right
    assert {row["code"] for row in faults} == {"special_school", "small_teaching_point"}


def test_trace_leads_to_the_cells_it_came_from(huantai: Path) -> None:
    outcome = run("trace", "2017", "370321", "B4", "桓台县实验学校", "--level", "primary", "--format", "json",
                  "--var", str(huantai))  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    rows = json.loads(outcome.stdout)["rows"]
    cells = [row for row in rows if row["cell"]]
    written = {(row["sheet"], row["cell"]): row["as_written"] for row in cells}
    assert written[("基础基512", "E10")] == "11906.1"
    assert written[("基础基512", "E16")] == "820"
    assert written[("基础基312", "H7")] == "1120"
    book = openpyxl.load_workbook(HUANTAI / cells[0]["file"])
    for row in cells:
        value = book[row["sheet"]][row["cell"]].value
        assert float(row["as_written"] or 0) == float(value or 0)
    import hashlib

    digest = hashlib.sha256((HUANTAI / cells[0]["file"]).read_bytes()).hexdigest()
    assert {row["sha256"] for row in cells} == {digest}
    numerator = next(row["value"] for row in rows if row["role"] == "numerator")
    share = 10 * 1120 / (10 * 1120 + 11 * 690)
    assert numerator == pytest.approx((11906.1 - 820) * share, rel=1e-12)


def test_reading_commands_start_no_engine(huantai: Path) -> None:
    import subprocess
    import sys

    from tests.e2e.tools import environment

    script = (
        "import sys\nfrom orchestration.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "heavy = {'dagster', 'dbt', 'great_expectations', 'pandas', 'pandera'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for arguments in (
        ["gaps", "2017", "370321"], ["verdicts", "2017", "370321"], ["metrics", "2017", "370321"],
        ["faults", "2017", "370321"], ["status"], ["trace", "2017", "370321", "B11", "桓台县第一小学"],
    ):  # fmt: skip
        outcome = subprocess.run(
            [sys.executable, "-c", script, *arguments, "--var", str(huantai)], capture_output=True, text=True,
            encoding="utf-8", env=environment(), check=False,
        )  # fmt: skip
        assert outcome.returncode == 0, (arguments, outcome.stderr)


def test_papers_are_there(huantai: Path) -> None:
    reports = huantai / "reports" / "2017" / "370321"
    book = openpyxl.load_workbook(reports / "gap_list.xlsx")
    assert book.sheetnames == ["问题清单", "明细"]
    assert (reports / "data_docs" / "index.html").exists()
