"""The gap list as a Word paper: the plan's Annex 2, then one row a gap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.publication import annex, wording
from orchestration.publication.annex import Row
from orchestration.publication.book import Heading
from orchestration.publication.documents import Cell, Paper

_SHARES = (25, 27, 30, 12, 14)
_DETAIL = (
    *(("序号", 12), ("学段", 13), ("对象", 40), ("标识码", 25), ("项目", 26), ("检验", 19)),
    *(("结论", 18), ("实际", 34), ("限值", 34), ("差额", 22), ("说明", 24)),
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
        paper.line("没有差距，也没有数据缺失。", size=12)
        return
    by_indicator = {str(verdict["indicator"]): verdict for verdict in verdicts}
    table = paper.table(_DETAIL)
    indicator = None
    for gap in gaps:
        if gap["indicator"] != indicator:
            indicator = gap["indicator"]
            table.band(f"{annex.clause(by_indicator.get(str(indicator), gap))}\n{annex.remedy(gap)}".rstrip())
        table.row(
            [
                Cell(text, strong=name == "结论", centred=name in _CENTRED)
                for (name, _), text in zip(_DETAIL, _texts(gap), strict=True)
            ]
        )


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
