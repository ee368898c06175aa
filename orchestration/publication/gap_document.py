"""The gap list as a Word paper: the plan's Annex 2, then one row a gap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.publication import annex, wording
from orchestration.publication.annex import Row
from orchestration.publication.book import Heading
from orchestration.publication.documents import Cell, Paper

_SHARES = (26, 27, 30, 10, 14)
_DETAIL = (
    *(("序号", 5), ("学段", 5), ("对象", 22), ("标识码", 12), ("项目", 14), ("检验", 8)),
    *(("结论", 8), ("实际", 15), ("限值", 15), ("差额", 11), ("说明", 20)),
)
_CENTRED = frozenset({"序号", "学段", "标识码", "检验", "结论", "实际", "限值", "差额"})


def write_gap_document(
    path: Path, heading: Heading, verdicts: Sequence[Row], gaps: Sequence[Row], groups: Sequence[Row] = ()
) -> None:
    """Write ``gap_list.docx``: the list in the form of Annex 2, then 明细 with what is lacking in natural units.

    Rows are those of ``reader.verdict_rows``, ``reader.gap_rows`` and ``reader.group_rows``, in their order. Raises
    OSError where the file cannot be written.
    """
    paper = Paper(heading)
    paper.title(f"{heading.place}义务教育优质均衡发展问题清单")
    table = paper.table(list(zip(annex.COLUMNS, _SHARES, strict=True)))
    for line in annex.lines(verdicts, groups):
        if line.band:
            table.band(line.band)
        table.row(
            [
                Cell(text, strong=column < 2 and not line.met, centred=column == 3)  # noqa: PLR2004 - 指标, 达标情况 | 时限
                for column, text in enumerate(line.texts)
            ]
        )
    paper.signatures()
    paper.break_page()
    paper.title(f"{heading.place}问题清单明细")
    _detail(paper, verdicts, gaps)
    paper.save(path)


def _detail(paper: Paper, verdicts: Sequence[Row], gaps: Sequence[Row]) -> None:
    if not gaps:
        paper.line("没有差距，也没有缺报。", size=12)
        return
    by_indicator = {str(verdict["indicator"]): verdict for verdict in verdicts}
    table = paper.table(_DETAIL)
    indicator = None
    for gap in gaps:
        if gap["indicator"] != indicator:
            indicator = gap["indicator"]
            table.band(_band(by_indicator.get(str(indicator), gap), gap))
        table.row(
            [
                Cell(text, strong=name == "结论", centred=name in _CENTRED)
                for (name, _), text in zip(_DETAIL, _texts(gap), strict=True)
            ]
        )


def _band(verdict: Row, gap: Row) -> str:
    """What all gaps of an indicator share: who mends it, how, until when."""
    told = {
        "整改措施": wording.joined(gap.get("measure")),
        "完成时限": wording.deadline(gap),
        "责任单位": wording.joined(gap.get("responsible_units")),
    }
    words = "　".join(f"{name}：{text}" for name, text in told.items() if text)
    return f"{annex.clause(verdict)}\n{words}" if words else annex.clause(verdict)


def _texts(gap: Row) -> list[str]:
    """The cells of one gap, as _DETAIL; a figure never rounded across its limit."""
    unit, observed, required = gap.get("unit"), gap.get("observed"), gap.get("required")
    texts = [
        wording.joined(gap.get("position")),
        wording.joined(wording.word("level", gap.get("level"))),
        wording.joined(gap.get("subject_name") or gap.get("subject_id")),
        wording.joined(gap.get("subject_id")),
        wording.joined(gap.get("item")),
        wording.joined(wording.word("test", gap.get("test"))),
        wording.joined(wording.word("verdict", gap.get("verdict"))),
        "" if observed is None else wording.figure(observed, unit, required),
        "" if required is None else wording.figure(required, unit, None, 4),
        "" if gap.get("shortfall") is None else wording.shortfall(gap),
        wording.joined(gap.get("note")),
    ]
    return texts
