"""Papers as xlsx: the gap list in the form of the plan's Annex 2, and any reading command's rows.

Made to be printed on A4 landscape: fitted to the width, header row on every page, page numbers, Chinese fonts.
Text is always written as text, so that nothing in a return can become a formula. The same rows give the same
bytes: no time is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.publication import annex, wording
from orchestration.publication.annex import Row
from orchestration.publication.book import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Book, Heading, TooMuchError

__all__ = ["Heading", "TooMuchError", "write_gap_list", "write_rows"]

_LIST_WIDTHS = (36, 40, 46, 15, 22)
_DETAIL_COLUMNS = (
    ("序号", 5),
    ("指标", 6),
    ("学段", 6),
    ("对象", 24),
    ("标识码", 13),
    ("项目", 18),
    ("检验", 9),
    ("结论", 9),
    ("实际", 10),
    ("限值", 9),
    ("单位", 14),
    ("差额", 9),
    ("差额单位", 7),
    ("整改措施", 40),
    ("完成时限", 12),
    ("责任单位", 15),
)
# The last three are the same for all gaps of an indicator: printed once, above them, and kept beside the print for
# who sorts and filters.
_DETAIL_PRINTED = len(_DETAIL_COLUMNS) - 3
# Above this a spreadsheet's numbers lose their last digits: such a one is text there.
_EXACT = 10**15
# The widest column of a plain sheet, and of fields that read well in less; longer text is wrapped.
_WIDEST = 32
_WIDEST_OF = {"title": 24, "responsible_units": 20, "deadline_text": 14, "sha256": 24, "label": 24}


def write_gap_list(
    path: Path, heading: Heading, verdicts: Sequence[Row], gaps: Sequence[Row], groups: Sequence[Row] = ()
) -> None:
    """Write the official gap list (问题清单): sheet 问题清单, all indicators; sheet 明细, one row a gap.

    ``verdicts``, ``gaps`` and ``groups`` are rows of ``reader.verdict_rows``, ``reader.gap_rows`` and
    ``reader.group_rows``, in their order.
    """
    paper = Book(path, heading)
    _list_sheet(paper, verdicts, groups)
    _detail_sheet(paper, gaps)
    paper.close()


def write_rows(path: Path, heading: Heading, name: str, fields: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows as one sheet with Chinese headings; coded values as their Chinese words.

    Raises TooMuchError, and writes nothing, where not all of it can be held.
    """
    if len(fields) > MOST_COLUMNS:
        raise TooMuchError(f"xlsx 的一张表最多 {MOST_COLUMNS} 列")
    if len(rows) > MOST_ROWS:  # known before they are laid out, which takes its time
        raise TooMuchError(f"xlsx 的一张表最多 {MOST_ROWS} 行")
    paper = Book(path, heading)
    texts = [[_value(row.get(field), field) for field in fields] for row in rows]
    if any(isinstance(value, str) and len(value) > MOST_CHARACTERS for row in texts for value in row):
        raise TooMuchError(f"xlsx 的一格最多 {MOST_CHARACTERS} 字")
    columns = [
        (wording.HEADINGS.get(field, field), _fitting(field, [t[n] for t in texts])) for n, field in enumerate(fields)
    ]
    sheet = paper.sheet(name, columns, f"{heading.place}{name}")
    for values in texts:
        sheet.row(values)
    sheet.finish(filtered=True)
    paper.close()


def _list_sheet(paper: Book, verdicts: Sequence[Row], groups: Sequence[Row]) -> None:
    columns = list(zip(annex.COLUMNS, _LIST_WIDTHS, strict=True))
    sheet = paper.sheet("问题清单", columns, f"{paper.heading.place}义务教育优质均衡发展问题清单")
    for line in annex.lines(verdicts, groups):
        if line.band:
            sheet.band(line.band)
        sheet.row(list(line.texts), strong=() if line.met else (0, 1))
    sheet.finish()


def _detail_sheet(paper: Book, gaps: Sequence[Row]) -> None:
    sheet = paper.sheet("明细", _DETAIL_COLUMNS, f"{paper.heading.place}问题清单明细", _DETAIL_PRINTED)
    indicator = None
    for gap in gaps:
        if gap["indicator"] != indicator:
            indicator = gap["indicator"]
            sheet.band(f"{indicator} {wording.joined(gap.get('title'))}\n{annex.remedy(gap)}".rstrip())
        sheet.row(
            [
                gap.get("position"),
                gap["indicator"],
                wording.word("level", gap.get("level")),
                gap.get("subject_name"),
                gap.get("subject_id"),
                gap.get("item"),
                wording.word("test", gap.get("test")),
                wording.word("verdict", gap.get("verdict")),
                gap.get("observed") if gap.get("observed") is not None else gap.get("note"),
                gap.get("required"),
                gap.get("unit"),
                gap.get("shortfall"),
                gap.get("shortfall_unit"),
                gap.get("measure"),
                wording.deadline(gap),
                wording.joined(gap.get("responsible_units")),
            ],
            strong=(7,),
            number_formats=_number_formats(gap),
        )
    if not gaps:
        sheet.band("没有差距，也没有数据缺失。")
    sheet.finish(filtered=bool(gaps))


def _number_formats(gap: Row) -> dict[int, str]:
    """Formats of 实际, 限值 and 差额: as many decimals as keep a value visibly on its side of the limit."""
    observed, required = gap.get("observed"), gap.get("required")
    if gap.get("unit") == wording.RATIO_UNIT:
        scaled = 100.0
        least, percent = 1, "%"
    else:
        scaled = 1.0
        least, percent = (4 if gap.get("test") == "balance" else 2), ""
    decimals = least
    if isinstance(observed, int | float) and isinstance(required, int | float):
        decimals = wording.decimals_needed(observed * scaled, required * scaled, least)
    whole = isinstance(observed, int | float) and float(observed).is_integer() and not percent
    form = ("0" if whole else f"0.{'0' * decimals}") + percent
    limit = _plain_form(required, percent)
    shortfall = gap.get("shortfall")
    if gap.get("test") == "balance":
        difference = "0.0000"
    else:
        difference = "#,##0.00" if isinstance(shortfall, float) and not shortfall.is_integer() else "#,##0"
    return {8: form, 9: limit, 11: difference}


def _plain_form(value: object, percent: str) -> str:
    if not isinstance(value, int | float):
        return "General"
    return f"0.0{percent}" if percent else "General"


def _value(value: object, field: str) -> object:
    coded = wording.word(field, value)
    if isinstance(coded, bool):
        return "是" if coded else "否"
    if isinstance(coded, float) or coded is None:
        return coded
    if isinstance(coded, int):
        return coded if abs(coded) < _EXACT else str(coded)
    return wording.joined(coded)


def _fitting(field: str, values: Sequence[object]) -> float:
    """A column width for these values: wide enough for most, never endless."""
    title = wording.HEADINGS.get(field, field)
    longest = max((_width(value) for value in values if value is not None), default=0)
    heading = wording.width(title) if wording.width(title) <= 8 else 8  # a longer heading is wrapped
    return min(max(longest, heading) + 3, _WIDEST_OF.get(field, _WIDEST))


def _width(value: object) -> int:
    """Columns that a value takes; of a long fraction only the first places need be seen."""
    return min(wording.width(str(value)), 9) if isinstance(value, float) else wording.width(str(value))
