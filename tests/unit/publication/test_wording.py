"""Printed numbers and lines."""

from __future__ import annotations

import pytest

from expectations.data_docs_sections import VERDICT_LABELS
from orchestration.publication import sentences, wording
from orchestration.site import words


@pytest.mark.parametrize(
    ("value", "unit", "limit", "shown"),
    [
        (0.8996, "人/百名学生", 0.9, "0.8996人/百名学生"),
        (0.9, "人/百名学生", 0.9, "0.9人/百名学生"),
        (4.1, "㎡/生", 4.5, "4.1㎡/生"),
        (0.9995, "比值", 1.0, "99.95%"),
        (0.99999, "比值", 1.0, "99.999%"),
        (0.5046, "差异系数", 0.5, "0.5046"),
        (0.50004, "差异系数", 0.5, "0.50004"),
        (59, "个", 0, "59个"),
        (5417.7, "㎡", 0.0, "5417.7㎡"),
        (1200000.0, "元", 0.0, "1200000元"),
        (-0.0, "人", None, "0人"),
        (2.675, "", None, "2.68"),
        (None, "人", 1.0, "—"),
        (True, "人", 1.0, "—"),
    ],
)
def test_figures(value: object, unit: str, limit: object, shown: str) -> None:
    assert wording.figure(value, unit, limit) == shown


@pytest.mark.parametrize("columns", [8, 11, 20, 60])
def test_lines_never_exceed_the_width_nor_begin_with_a_stop(columns: int) -> None:
    text = "不达标。小学达13.63平方米，差异系数为0.769；（初中）达17.21平方米。schools/0370321001_桓台县.xlsx"
    lines = wording.wrapped(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(wording.width(line) <= columns for line in lines)
    if columns > 11:
        assert not any(line[0] in "，。；）" for line in lines)
        assert any("13.63" in line for line in lines), "a number is not broken"


def test_text_cannot_steer_a_terminal() -> None:
    assert wording.clean("\x1b[2J红\u202e\x07\n二") == "�[2J红��\n二"


@pytest.mark.parametrize("verdict", ["met", "not_met", "missing"])
def test_a_verdict_is_called_the_same_on_screens_in_papers_and_in_the_validation_docs(verdict: str) -> None:
    said = wording.word("verdict", verdict)
    assert said == sentences.verdict(verdict) == VERDICT_LABELS[verdict]
    assert str(words.verdict(verdict)).endswith(f">{said}</b>")
