"""One sentence a test: what was found, how it stands to its line, and what is lacking."""

from __future__ import annotations

from orchestration.publication import wording
from orchestration.publication.reader import Row

_LINES = {"standard": "标准", "floor": "底线", "balance": "差异系数限值", "rule": "要求", "detail": "要求"}


def sentence(row: Row, title: str, direction: object = None) -> str:
    """A judged row, or a row of the gap list, as a sentence. ``direction`` is the test's: min, max or in_set."""
    subject = wording.joined(row.get("subject_name") or row.get("subject_id"))
    level = f"（{wording.word('level', row['level'])}）" if row.get("level") else ""
    item = f"（{row['item']}）" if row.get("item") else ""
    what = f"{subject}{level}{title}{item}"
    if row.get("verdict") == "missing":
        reason = wording.joined(row.get("note"))
        return f"{what}：{wording.VERDICTS['missing']}{f'（{reason}）' if reason else ''}，不能判为达标。"
    if row.get("observed") is None:
        text = wording.joined(row.get("text") or row.get("note")) or "没有填写"
        return f"{what}：结论为“{text}”，{wording.word('verdict', row.get('verdict'))}。"
    unit = "差异系数" if row.get("test") == "balance" else row.get("unit")
    observed = wording.figure(row["observed"], unit, row.get("required"))
    required = wording.figure(row.get("required"), unit, None, 4)
    line = _LINES.get(str(row.get("test")), "要求")
    stands = _stands(row.get("verdict") == "met", direction or row.get("direction"))
    share = ""
    ratio = row.get("ratio")
    if isinstance(ratio, float) and row.get("test") in {"standard", "floor"}:
        share = f"（为{line}的{wording.figure(ratio, wording.RATIO_UNIT, 1.0)}）"
    lacking = ""
    if row.get("shortfall") is not None:
        word = "超出" if (direction or row.get("direction")) == "max" else "差"
        lacking = f"，{word}{wording.shortfall(row)}"
    return f"{what}为{observed}，{stands}{line}{required}{share}{lacking}。"


def _stands(met: bool, direction: object) -> str:
    if direction == "max":
        return "未超过" if met else "超过"
    return "达到" if met else "低于"
