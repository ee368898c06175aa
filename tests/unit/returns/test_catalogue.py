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


@pytest.mark.parametrize(
    ("code", "written", "expected", "says"),
    [
        ("not_a_number", "约五千", "数字", "不是数字，填的是“约五千”。请改为阿拉伯数字。"),
        ("not_an_integer", "3.5", "整数", "不是整数，填的是“3.5”。请改为整数。"),
        ("negative", "-3", "0 或正数", "不应为负数，填的是“-3”，应为0 或正数。请核对后改正。"),
    ],
)
def test_what_is_expected_is_said_once(code: str, written: str, expected: str, says: str) -> None:
    made = fault(code, "一.xlsx", found=written, expected=expected)
    assert (made.found, made.expected, made.message) == (written, expected, f"一.xlsx：{says}")


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
