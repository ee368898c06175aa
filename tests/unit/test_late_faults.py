"""Faults that show only once the figures are known."""

from __future__ import annotations

import pytest

from orchestration.late_faults import _claim, _out_of_scope


@pytest.mark.parametrize(("pupils", "code"), [("0", "no_pupils"), ("32", "small_teaching_point")])
def test_sections_left_out(pupils: str, code: str) -> None:
    row = (
        "2137032139",
        "教学点",
        "primary",
        pupils if pupils != "0" else None,
        "没有在校生",
        "一.xlsx",
        "表",
        "H7",
        pupils,
    )
    found = _out_of_scope(row)
    assert (found.code, found.severity, found.file, found.cell) == (code, "out_of_scope", "一.xlsx", "H7")
    assert (found.found, found.expected, found.subject_id) == (pupils, "没有在校生", "2137032139")


def test_a_claim_that_the_result_contradicts() -> None:
    found = _claim(("B4", "达标", "not_met", "不达标，均值 4.1", "task_decomposition.csv", "表", "E6"))
    assert (found.code, found.severity, found.cell) == ("claim_differs", "query", "E6")
    assert found.expected == "计算结果：不达标（不达标，均值 4.1）"
