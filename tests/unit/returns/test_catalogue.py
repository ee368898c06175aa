"""The rule inventory: every rule is used, tested, and says how to mend."""

from __future__ import annotations

import csv

import pytest

from orchestration.returns.explanations import may_be_explained
from orchestration.returns.faults import APPLIES_TO, LATE_CODES, LAYOUTS, SEVERITIES, Rule, catalogue, fault
from tests.returns_tools import ROOT

CODES = sorted(catalogue())


def sources(folder: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / folder).rglob("*.py")))


def test_codes_are_unique() -> None:
    with (LAYOUTS / "faults.csv").open(encoding="utf-8", newline="") as lines:
        codes = [row["code"] for row in csv.DictReader(lines)]
    assert len(codes) == len(set(codes)) == len(catalogue())
    assert set(codes) >= LATE_CODES


@pytest.mark.parametrize("rule", catalogue().values(), ids=list(catalogue()))
def test_every_rule_is_whole(rule: Rule) -> None:
    assert rule.severity in SEVERITIES
    assert rule.applies_to
    assert APPLIES_TO.issuperset(rule.applies_to)
    assert rule.summary
    assert not rule.summary.endswith("。")
    assert rule.remedy.endswith("。")
    message = fault(rule.code, "一.xlsx", sheet="表", cell="A1").message
    assert message == f"一.xlsx › 表 › A1：{rule.summary}。{rule.remedy}"


def test_every_rule_is_used() -> None:
    code = sources("orchestration")
    assert [name for name in CODES if f'"{name}"' not in code] == []


def test_every_rule_has_a_test() -> None:
    tests = sources("tests")
    assert [name for name in CODES if f'"{name}"' not in tests] == []


def test_an_explanation_settles_queries_and_unit_suspects_only() -> None:
    explainable = {rule.code: rule.severity for rule in catalogue().values() if rule.explainable}
    assert {code for code, severity in explainable.items() if severity != "query"} == {"unit_suspect"}
    for code in CODES:
        assert may_be_explained(fault(code, "一.xlsx")) == (code in explainable)
