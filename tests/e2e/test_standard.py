"""A load by another standard edition: its limits decide, and every table and the dictionary name it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from expectations.new_edition import copy_edition, main
from expectations.suites import SuiteError, editions, load_suites
from tests.e2e.tools import current, load, read, run
from tests.returns_tools import COUNTY, YEAR, copy_small

NAME = "test-2099"


def edition_with(place: Path, test_id: str, limit: float) -> None:
    folder = copy_edition("national-2017", NAME, place)
    path = folder / "judged_sections_primary.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    [test] = [one for one in suite["expectations"] if one["meta"]["test_id"] == test_id]
    test["kwargs"]["min_value"] = limit
    path.write_text(json.dumps(suite), encoding="utf-8")


def test_limits_of_another_edition_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUNHENG_STANDARDS", str(tmp_path / "standards"))
    edition_with(tmp_path / "standards", "B4.standard.primary", 400)
    raw, var = tmp_path / "raw", tmp_path / "var"
    copy_small(raw)
    # One county by ours, then the same by the other.
    assert load(var, raw, str(YEAR), COUNTY).returncode == 0
    ours = {row["subject_id"]: row for row in of_b4(var)}
    before = current(var)["partitions"][0]["fingerprint"]
    assert load(var, raw, str(YEAR), COUNTY, "--standard", NAME).returncode == 0
    [partition] = current(var)["partitions"]
    assert partition["standard"] == NAME
    assert partition["fingerprint"] != before
    theirs = {row["subject_id"]: row for row in of_b4(var)}
    assert len(theirs) == 3 > len(ours)
    assert {row["required"] for row in theirs.values()} == {400}
    assert all(abs(row["shortfall"] - (400 - row["observed"]) * row["denominator"]) < 0.011 for row in theirs.values())
    assert read("verdicts", var, YEAR, COUNTY)["standard"] == NAME


def of_b4(var: Path) -> list[dict[str, Any]]:
    rows = read("gaps", var, YEAR, COUNTY)["rows"]
    return [row for row in rows if (row["indicator"], row["test"], row["level"]) == ("B4", "standard", "primary")]


def test_an_unknown_standard_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    copy_small(tmp_path / "raw")
    refused = run("load", str(YEAR), COUNTY, "--raw", str(tmp_path / "raw"), "--var", str(tmp_path / "var"),
                  "--standard", "national-2099")  # fmt: skip
    assert refused.returncode == 64
    assert "没有标准“national-2099”；现有：national-2017" in refused.stderr
    assert not (tmp_path / "var").exists()


def test_a_copy_is_sound_and_takes_nobodys_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUNHENG_STANDARDS", str(tmp_path))
    made = CliRunner().invoke(main, ["national-2017", "city-2030"])
    assert made.exit_code == 0, made.output
    assert list(editions()) == ["national-2017", "city-2030"]
    ours, theirs = load_suites("national-2017"), load_suites("city-2030")
    assert [[test.limit for test in suite.tests] for suite in ours] == [
        [test.limit for test in suite.tests] for suite in theirs
    ]
    for name in ("city-2030", "national-2017", "City", "x"):
        with pytest.raises(SuiteError):
            copy_edition("national-2017", name, tmp_path)
    refused = CliRunner().invoke(main, ["nothing-1", "city-2031"])
    assert refused.exit_code == 2
    assert "没有标准“nothing-1”" in refused.output
