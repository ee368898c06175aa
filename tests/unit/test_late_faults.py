"""Faults that show only once the figures are known."""

from __future__ import annotations

import pytest

from orchestration.late_faults import _claim, _out_of_scope

_REASON = "教学点在校生不足50人，不参加资源配置评估"


@pytest.mark.parametrize(
    ("pupils", "code", "says"),
    [
        ("0", "no_pupils", "该学段没有在校生，不参加 B1–B7，填的是“0”。如有学生请补填。"),
        (
            "32",
            "small_teaching_point",
            "小规模教学点不参加 B1–B7，教学点在校生不足50人，填的是“32”。其余指标仍按规定计算。",
        ),
    ],
)
def test_sections_left_out(pupils: str, code: str, says: str) -> None:
    counted = pupils if pupils != "0" else None
    found = _out_of_scope(("2137032139", "南埠教学点", "primary", counted, _REASON, "一.xlsx", "表", "H7", pupils))
    assert (found.code, found.severity, found.file, found.cell) == (code, "out_of_scope", "一.xlsx", "H7")
    assert (found.found, found.expected, found.subject_id) == (pupils, None, "2137032139")
    assert found.message == f"一.xlsx › 表 › H7：“南埠教学点”{says}"


def test_a_claim_that_the_result_contradicts() -> None:
    found = _claim(("B4", "达标", "not_met", "不达标，均值 4.1", "task_decomposition.csv", "表", "E6"))
    assert (found.code, found.severity, found.cell) == ("claim_differs", "query", "E6")
    assert found.expected == "计算结果：不达标（不达标，均值 4.1）"
