"""How figures and gaps are put into words in the Word papers: one place, so that report and plans say the same.

Numbers come as the marts hold them; here they are only printed, never across the line they are judged by.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.publication import wording

Row = Mapping[str, object]

ABSENT = "—"
MISSING = "缺报"
TO_BE_FILLED = "（待填）"
# What a test of the gap list found, by name of the test.
FOUND = {
    "standard": "低于标准",
    "floor": "低于底线",
    "balance": "差异系数超过限值",
    "rule": "不符合要求",
    "detail": "其中不足的学校",
}
_LIMIT_DECIMALS = 6  # as many as the standards are written with


def fixed(value: object, least: int, *limits: object) -> str:
    """A number with ``least`` decimals, more where it would otherwise meet a limit it does not meet; 缺报 for None."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return MISSING
    number = float(value)
    decimals = max(
        [least]
        + [
            wording.decimals_needed(number, float(limit), least)
            for limit in limits
            if isinstance(limit, int | float) and not isinstance(limit, bool)
        ]
    )
    return wording.rounded(number, decimals)


def limit(value: object) -> str:
    """A limit as the standard writes it, without a unit; a dash where there is none."""
    return wording.figure(value, "", None, _LIMIT_DECIMALS)


def counted(value: object) -> str:
    """A whole number, 缺报 for None."""
    return MISSING if value is None else str(value)


def or_dash(value: object) -> str:
    """Text, a dash where there is none."""
    return wording.joined(value) or ABSENT


def yes_or_no(value: object) -> str:
    """是, 否, or a dash."""
    return ABSENT if value is None else "是" if value else "否"


def verdict(value: object) -> str:
    """达标, 不达标, 数据缺失; a dash where nothing was judged."""
    return wording.VERDICTS.get(str(value), ABSENT)


def of_seven(standard: object, floor: object) -> str:
    """The verdict on one of the seven in words, from its verdicts against standard and floor."""
    if standard == "not_met":
        return "低于底线" if floor == "not_met" else "低于标准，达到底线"
    return verdict(standard)


def shortfall(row: Row | None) -> str:
    """``2人``, ``134.52㎡``; a dash where nothing is lacking."""
    return ABSENT if row is None or row.get("shortfall") is None else wording.shortfall(row)


def observed(row: Row) -> str:
    """The value of a test with its unit, or its conclusion; ratios with the two numbers behind them."""
    if row.get("direction") == "in_set":
        return or_dash(row.get("text")) if row.get("text") else MISSING
    if row.get("observed") is None:
        return MISSING
    text = wording.figure(row["observed"], row.get("unit"), row.get("required"))
    return f"{text}{fraction(row)}" if row.get("unit") == wording.RATIO_UNIT else text


def fraction(row: Row) -> str:
    """（2893/3105）, '' where the two are not both known."""
    parts = [row.get("numerator"), row.get("denominator")]
    if any(part is None for part in parts):
        return ""
    return f"（{'/'.join(wording.figure(part, '') for part in parts)}）"


def required(row: Row) -> str:
    """``不少于 5间``, ``不超过 2000人``; a dash where the requirement is no number."""
    if row.get("required") is None:
        return ABSENT
    amount = wording.figure(row["required"], row.get("unit"), None, _LIMIT_DECIMALS)
    if row.get("direction") == "max" and not row["required"]:
        return f"为 {amount}"
    return f"{'不超过' if row.get('direction') == 'max' else '不少于'} {amount}"


def gap(row: Row, direction: object, floor: Row | None = None) -> str:
    """One gap in a sentence: what is, what should be, what is lacking. ``floor`` is the row below the floor, if any."""
    whose = "".join(
        part
        for part in (wording.joined(wording.word("level", row.get("level"))), wording.joined(row.get("item")))
        if part
    )
    head = f"{whose}：" if whose else ""
    note = f"（{row['note']}）" if row.get("note") not in (None, "数据缺报") else ""
    if row.get("verdict") == "missing":
        return f"{head}{wording.VERDICTS['missing']}，不能判定{note}。"
    if row.get("observed") is None:
        return f"{head}不达标{note}。"
    is_max = direction == "max"
    if is_max and not row.get("required"):  # nothing of the kind may be there
        return f"{head}超过规定的有 {observed(row)}，应{required({**row, 'direction': direction})}{note}。"
    over = "超出" if is_max else "还差"
    line = f"{head}实际 {observed(row)}，应{required({**row, 'direction': direction})}，{over} {shortfall(row)}"
    if floor is not None:
        line += f"；并低于底线 {limit(floor.get('required'))}，到底线还差 {shortfall(floor)}"
    return f"{line}{note}。"
