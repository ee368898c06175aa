"""The rows of the plan's Annex 2, shared by its papers: 指标 | 达标情况 | 整改措施 | 完成时限 | 责任单位, in groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestration.publication import wording

Row = Mapping[str, object]

COLUMNS = ("指标", "达标情况", "整改措施", "完成时限", "责任单位")
# 组别 of the plan's table, by the indicator each begins with: 一、资源配置（B1–B7）.
_GROUPS = {
    indicators[0]: f"{number}、{name}（{'–'.join(dict.fromkeys((indicators[0], indicators[-1])))}）"
    for number, (name, indicators) in zip("一二三四五", wording.PARTS.values(), strict=True)
}


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator. ``band`` is the group's head where the indicator is the first of its group, else empty."""

    band: str
    texts: tuple[str, str, str, str, str]
    """As COLUMNS."""
    met: bool
    row: Row


def lines(verdicts: Sequence[Row], groups: Sequence[Row] = ()) -> Iterator[Line]:
    """Lines of ``verdicts`` (``reader.verdict_rows``) in their order; ``groups`` (``reader.group_rows``) add what each
    group asks as a whole."""
    asked = {str(group["first_indicator"]): wording.joined(group.get("requirement")) for group in groups}
    for verdict in verdicts:
        indicator = str(verdict["indicator"])
        band = _GROUPS.get(indicator, "")
        if band and asked.get(indicator):
            band = f"{band}：{asked[indicator]}"
        texts = (
            clause(verdict),
            wording.joined(verdict.get("statement")),
            wording.joined(verdict.get("measure")),
            wording.deadline(verdict),
            wording.joined(verdict.get("responsible_units")),
        )
        yield Line(band, texts, verdict["verdict"] == "met", verdict)


def clause(verdict: Row) -> str:
    """The indicator's code and clause: ``B3 每百名学生拥有…``."""
    indicator = str(verdict["indicator"])
    text = wording.joined(verdict.get("clause") or verdict.get("title"))
    return text if text.startswith(f"{indicator} ") else f"{indicator} {text}"


def remedy(row: Row) -> str:
    """What all gaps of an indicator share: how they are mended, until when, by whom; what is open is left out."""
    told = {
        "整改措施": wording.joined(row.get("measure")),
        "完成时限": wording.deadline(row),
        "责任单位": wording.joined(row.get("responsible_units")),
    }
    return "　".join(f"{name}：{text}" for name, text in told.items() if text)
