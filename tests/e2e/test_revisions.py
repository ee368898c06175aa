"""A revision, an explanation and a correction, loaded as people load them: only what must change does, and is named."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import openpyxl
import pytest

from orchestration.returns.corrections import HEADERS as CORRECTION_HEADERS
from orchestration.returns.explanations import HEADERS as EXPLANATION_HEADERS
from tests.e2e import tools
from tests.e2e.tools import current, mart_rows, read, run
from tests.returns_tools import COUNTY, PRIMARY, YEAR, code_of, copy_small, edit

DAY = "2018-06-01"
UNTIL = dt.date(2018, 12, 31)
KEYS = ("kind", "change", "file", "sheet", "cell", "old", "new")


def load(var: Path, raw: Path, today: str = DAY) -> subprocess.CompletedProcess[str]:
    """``junheng load`` on a given day."""
    with mock.patch.dict(os.environ, {"JUNHENG_TODAY": today}):
        return tools.load(var, raw, str(YEAR), COUNTY)


def listed(folder: Path, name: str, headers: tuple[str, ...], *rows: list[object]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (list(headers), *rows):
        sheet.append(row)
    book.save(folder / name)


def changes(var: Path) -> dict[str, Any]:
    return read("changes", var, YEAR, COUNTY)


def verdicts_of(var: Path) -> list[dict[str, Any]]:
    return read("verdicts", var, YEAR, COUNTY)["rows"]


def figures_of_others(var: Path, code: str) -> list[tuple[Any, ...]]:
    """Every section metric of the other schools, but for its share of the variance."""
    with duckdb.connect(current(var)["duckdb"], read_only=True) as book:
        return book.execute(
            "select * exclude (variance_share, variance_rank, cumulative_variance_share) from marts.section_metrics "
            "where school_code <> ? order by all",
            [code],
        ).fetchall()


def told(rows: list[dict[str, Any]], kind: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in KEYS[1:]) for row in rows if row["kind"] == kind]


def status(var: Path) -> dict[str, Any]:
    return json.loads(run("status", "--format", "json", "--var", str(var)).stdout)["rows"][0]


def register(var: Path) -> dict[str, list[dict[str, Any]]]:
    content = json.loads((var / "register" / str(YEAR) / f"{COUNTY}.json").read_text(encoding="utf-8"))
    entries: dict[str, list[dict[str, Any]]] = {}
    for entry in content["received"]:
        entries.setdefault(entry["key"], []).append(entry)
    return entries


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """raw, folder and var of a small county, loaded once."""
    base = tmp_path_factory.mktemp("revisions")
    folder = copy_small(base / "raw")
    edit(folder, PRIMARY, "基础基512", {"E10": "5,417.50"})
    outcome = load(base / "var", base / "raw")
    assert outcome.returncode == 0, outcome.stderr
    return base / "raw", folder, base / "var"


def test_the_whole_story(place: tuple[Path, Path, Path]) -> None:
    raw, folder, var = place
    code = code_of(PRIMARY)
    first = changes(var)
    assert first["rows"] == [] and first["previous_run_id"] is None
    asked = status(var)["queries"]
    assert asked >= 1

    # The same again: no change, no new revision.
    assert load(var, raw).returncode == 0
    again = changes(var)
    assert again["rows"] == [] and again["previous_run_id"] == first["run_id"]
    assert [entry["revision"] for entry in register(var)[code]] == [1]
    before, seen, first_verdicts = mart_rows(var), register(var), verdicts_of(var)
    others_before = figures_of_others(var, code)

    # A new revision of one school: one number, and what follows from it.
    edit(folder, PRIMARY, "基础基522", {"F9": 1000})
    outcome = load(var, raw)
    assert outcome.returncode == 0 and f"junheng changes {YEAR} {COUNTY}" in outcome.stdout
    rows = changes(var)["rows"]
    assert told(rows, "value") == [("changed", PRIMARY, "基础基522", "F9", 5663.7, 1000.0)]
    assert [row[:2] for row in told(rows, "file")] == [("changed", PRIMARY)]
    moved = [row for row in rows if row["kind"] == "verdict"]
    # A section's own verdicts are this school's; the rest is the county's.
    assert {row["subject_id"] for row in moved} <= {code, COUNTY}
    assert {row["indicator"] for row in moved if row["subject_id"] == code} <= {"B5", None}
    assert all(row["old"] != row["new"] for row in moved)
    after = mart_rows(var)
    changed = {mart: set(map(repr, after[mart])) ^ set(map(repr, before[mart])) for mart in after}
    assert all(code in row for row in changed["sections"] | changed["schools"])
    # Of the others only their shares of B5's variance have moved: the county's mean is another.
    assert figures_of_others(var, code) == others_before
    assert all(code in row or "'B5'" in row for row in changed["section_metrics"])
    assert {row for row in changed["county_balance"] if "'B5'" not in row} == set()
    assert [entry["revision"] for entry in register(var)[code]] == [1, 2]
    now = register(var)
    assert {key: entries for key, entries in now.items() if key != code} == {
        key: entries for key, entries in seen.items() if key != code
    }
    assert now[code][0]["received_at"] == seen[code][0]["received_at"]

    # What moved among the indicators is what differs between the two snapshots, and nothing else.
    words = [{row["indicator"]: row["verdict"] for row in verdicts} for verdicts in (first_verdicts, verdicts_of(var))]
    assert {row["indicator"]: (row["old"], row["new"]) for row in moved if row["scope"] == "indicator"} == {
        name: (words[0][name], words[1][name]) for name in words[0] if words[0][name] != words[1][name]
    }

    # Explained: no longer open, still shown, in faults, trace and gap rows.
    listed(
        folder, "explanations.xlsx", EXPLANATION_HEADERS,
        [PRIMARY, "基础基512", "E10", "number_as_text", "系统导出即为文本", "张三", dt.date(2018, 5, 2)],
        ["task_decomposition.csv", "创建工作任务分解表", "E999", "claim_differs", "没有这样的质询", "张三", None],
    )  # fmt: skip
    # Corrected: the equipment of the school, until the end of the year.
    listed(
        folder, "corrections.xlsx", CORRECTION_HEADERS,
        [PRIMARY, "基础基522", "O9", 94.86, 10, "王五", "多填一位", "资产账", UNTIL],
    )  # fmt: skip
    outcome = load(var, raw)
    assert outcome.returncode == 0, outcome.stderr
    rows = changes(var)["rows"]
    assert told(rows, "value") == [("changed", PRIMARY, "基础基522", "O9", 94.86, 10.0)]
    faults = read("faults", var, YEAR, COUNTY)["rows"]
    answered = {row["code"]: (row["explanation"], row["explained_by"]) for row in faults if row["explanation"]}
    assert answered["number_as_text"] == ("系统导出即为文本", "张三")
    assert answered["corrected"][1] == "王五" and "资产账" in answered["corrected"][0]
    assert [row["cell"] for row in faults if row["code"] == "stale_explanation"] == ["C3"]
    assert status(var)["queries"] == asked, "one answered, one stale answer more"

    traced = read("trace", var, YEAR, COUNTY, "B6", code)["rows"]
    [equipment] = [row for row in traced if row["role"] == "addend" and row["field"] == "equipment_value_wan"]
    assert (equipment["value"], equipment["as_written"]) == (10.0, "94.86")
    assert equipment["correction"] == answered["corrected"][0]
    area = [row for row in read("trace", var, YEAR, COUNTY, "B4", code)["rows"] if row["field"] == "teaching_area_m2"]
    assert area and {row["explanation"] for row in area} == {"系统导出即为文本（张三）"}
    notes = {
        row["indicator"]: row["note"]
        for row in read("gaps", var, YEAR, COUNTY)["rows"]
        if row["subject_id"] == code and row["test"] == "standard"
    }
    assert "更正：由“94.86”更正为“10”" in notes["B6"] and "王五" in notes["B6"]
    assert "更正" not in (notes["B5"] or "")


def test_an_expired_correction_refuses_the_county_and_names_its_row(place: tuple[Path, Path, Path]) -> None:
    raw, folder, var = place
    listed(
        folder, "corrections.xlsx", CORRECTION_HEADERS,
        [PRIMARY, "基础基522", "O9", 94.86, 10, "王五", "多填一位", "资产账", UNTIL],
    )  # fmt: skip
    before = mart_rows(var)
    outcome = load(var, raw, "2019-01-01")
    assert outcome.returncode == 2 and "corrections.xlsx" in outcome.stderr and "I2" in outcome.stderr
    assert mart_rows(var) == before
    errors = [row for row in read("faults", var, YEAR, COUNTY)["rows"] if row["severity"] == "error"]
    assert [(row["code"], row["file"], row["cell"]) for row in errors] == [
        ("expired_correction", "corrections.xlsx", "I2")
    ]
    assert "JUNHENG_TODAY" not in os.environ


@pytest.mark.parametrize("kind", ["county-return", "school-supplement", "explanations", "corrections"])
def test_the_template_command(kind: str, tmp_path: Path) -> None:
    target = tmp_path / "表.xlsx"
    said = run("template", kind, "--output", str(target), "--year", "2017", "--county", COUNTY, "--var", str(tmp_path))
    assert said.returncode == 0, said.stderr
    assert "填写说明" in openpyxl.load_workbook(target).sheetnames
