"""The suites as they stand, and what the reader refuses."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from synthetic import EDITION, SUITES, TESTS

from expectations.suites import JUDGED_TABLES, SuiteError, edition_folder, load_suites

FOLDER = edition_folder(EDITION)
PLAN = Path(__file__).parents[3] / "raw" / "2017" / "370321" / "task_decomposition.csv"
ALL_INDICATORS = [*(f"B{number}" for number in range(1, 32)), "C1", "V"]


def test_every_indicator_has_a_test_and_its_position() -> None:
    positions = {test.indicator: test.position for test in TESTS.values()}
    assert sorted(positions, key=lambda name: positions[name]) == ALL_INDICATORS
    assert sorted(positions.values()) == list(range(1, 34))


def test_clauses_and_responsible_units_are_those_of_the_plan() -> None:
    with PLAN.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["指标"]: row for row in csv.DictReader(file)}
    assert sorted(rows) == sorted(ALL_INDICATORS[:31])
    for test in TESTS.values():
        if test.indicator in rows:
            assert test.clause == rows[test.indicator]["指标要求"]
            assert list(test.responsible_units) == rows[test.indicator]["责任单位"].split("、")


def test_the_seven_have_standard_floor_and_balance_for_both_levels() -> None:
    for number in range(1, 8):
        for level, cv in (("primary", 0.5), ("junior", 0.45)):
            standard = TESTS[f"B{number}.standard.{level}"]
            floor = TESTS[f"B{number}.floor.{level}"]
            balance = TESTS[f"B{number}.balance.{level}"]
            assert Decimal(repr(floor.limit)) == Decimal(repr(standard.limit)) * Decimal("0.85")
            assert (balance.limit, balance.direction, balance.strict) == (cv, "max", False)
            assert floor.judged_column == standard.judged_column == f"b{number}"


@pytest.mark.parametrize(
    ("number", "primary", "junior"),
    [(1, 4.2, 5.3), (2, 1, 1), (3, 0.9, 0.9), (4, 4.5, 5.8), (5, 7.5, 10.2), (6, 2000, 2500), (7, 2.3, 2.4)],
)
def test_the_seven_standards_are_those_of_the_rule(number: int, primary: float, junior: float) -> None:
    assert TESTS[f"B{number}.standard.primary"].limit == primary
    assert TESTS[f"B{number}.standard.junior"].limit == junior


def test_descriptions_say_the_limit_they_stand_for() -> None:
    for test in TESTS.values():
        assert test.clause in test.description
        said = test.description.partition(f"（{test.indicator} ")[0]
        if test.limit is not None:
            ways = {f"{test.limit:g}", f"{test.limit:.2f}", f"{test.limit * 100:g}%", f"{test.limit:.0f}"}
            assert any(way in said for way in ways), test.test_id
        for accepted in test.accepted or ():
            assert accepted[0] in said


def test_only_the_monitoring_rate_is_strict() -> None:
    strict = {test.test_id for test in TESTS.values() if test.strict}
    assert strict == {name for name in TESTS if re.fullmatch(r"B31\.rule\.[a-z_]+_rate", name)}
    assert len(strict) == 6


@pytest.mark.parametrize("table", JUDGED_TABLES)
def test_files_are_readable_and_stable(table: str) -> None:
    text = (FOLDER / f"{table}.json").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    assert "\\u" not in text


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.judged_table)
def test_tests_stand_in_the_order_of_the_rule(suite: Any) -> None:
    assert [test.position for test in suite.tests] == sorted(test.position for test in suite.tests)


def spoil(tmp_path: Path, change: Callable[[dict[str, Any]], object], table: str = "judged_schools") -> Path:
    folder = tmp_path / "edition"
    shutil.copytree(FOLDER, folder)
    content = json.loads((folder / f"{table}.json").read_text(encoding="utf-8"))
    change(content)
    (folder / f"{table}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def first(content: dict[str, Any]) -> dict[str, Any]:
    return content["expectations"][0]


SPOILT: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("meta key absent", lambda c: first(c)["meta"].pop("unit"), "meta 缺少 unit"),
    ("meta key unknown", lambda c: first(c)["meta"].update(colour="red"), "未知的键 colour"),
    ("meta of another type", lambda c: first(c)["meta"].update(position="10"), "meta.position 的类型不对"),
    ("a level outside the vocabulary", lambda c: first(c)["meta"].update(level="senior"), "不在词表内"),
    ("a test id of another indicator", lambda c: first(c)["meta"].update(test_id="B9.rule"), "test_id 应以"),
    ("no responsible unit", lambda c: first(c)["meta"].update(responsible_units=[]), "responsible_units"),
    ("no description", lambda c: first(c).pop("description"), "缺少 description"),
    ("another id", lambda c: first(c).update(id="6f1f0d5e-0000-4000-8000-000000000001"), "id 应为"),
    ("a test twice", lambda c: c["expectations"].append(first(c)), "test_id 重复"),
    ("more tests than can be told apart", lambda c: c["expectations"].extend([first(c)] * 62), "至多 62 项"),
    ("a row condition", lambda c: first(c)["kwargs"].update(row_condition="x > 1"), "不允许的参数 row_condition"),
    ("mostly", lambda c: first(c)["kwargs"].update(mostly=0.9), "不允许的参数 mostly"),
    ("NULL pairs not ignored", lambda c: first(c)["kwargs"].update(ignore_row_if="neither"), "ignore_row_if"),
    ("two limits", lambda c: c["expectations"][2]["kwargs"].update(min_value=1), "应恰有一个数值"),
    ("no limit", lambda c: c["expectations"][2]["kwargs"].pop("max_value"), "应恰有一个数值"),
    ("another type", lambda c: first(c).update(type="expect_column_to_exist"), "不支持的类型"),
    ("no column", lambda c: c["expectations"][2]["kwargs"].pop("column"), "缺少列名"),
    ("clauses that differ", lambda c: first(c)["meta"].update(clause="另一条"), "meta.clause 与"),
    ("another edition", lambda c: c["meta"].update(standard="national-2019"), "meta.standard"),
    ("no expectations", lambda c: c.update(expectations=[]), "没有 expectations"),
    ("a parameter elsewhere too",
     lambda c: c["meta"]["parameters"].update({"B10.art_room_min_area_m2": {"value": 1, "says": "x"}}), "只应写在一处"),
    ("a parameter without a value",
     lambda c: c["meta"]["parameters"].update({"SCHOOL.other": {"says": "x"}}), "应有数值 value"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "says"), [(c, s) for _, c, s in SPOILT], ids=[n for n, _, _ in SPOILT])
def test_a_spoilt_suite_is_refused_and_named(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], says: str
) -> None:
    with pytest.raises(SuiteError) as caught:
        load_suites(EDITION, spoil(tmp_path, change))
    assert says in str(caught.value)


def test_an_empty_set_of_accepted_words_is_refused(tmp_path: Path) -> None:
    folder = spoil(tmp_path, lambda c: first(c)["kwargs"].update(value_set=[]), "judged_conclusions")
    with pytest.raises(SuiteError, match="value_set"):
        load_suites(EDITION, folder)


def test_an_absent_broken_or_unknown_file_is_named(tmp_path: Path) -> None:
    folder = spoil(tmp_path, lambda c: None)
    (folder / "judged_counties.json").unlink()
    (folder / "judged_schools.json").write_text("{", encoding="utf-8")
    (folder / "judged_teachers.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        load_suites(EDITION, folder)
    for says in ("judged_counties.json：缺少此文件", "judged_schools.json：不是有效的 JSON", "judged_teachers.json"):
        assert says in str(caught.value)


def test_an_unknown_edition_names_the_known_ones() -> None:
    with pytest.raises(SuiteError, match="national-2017"):
        load_suites("national-1917")
