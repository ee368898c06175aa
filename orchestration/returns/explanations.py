"""What people say to open queries: explanations.xlsx of the county, and 数据核查结果说明 of a school workbook.

A query stays open until an explanation names it; an explanation that names none is itself a query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from orchestration.returns.faults import LATE_CODES, Fault, catalogue, fault
from orchestration.returns.listing import Listing, open_listing
from orchestration.returns.numbers import cast
from orchestration.returns.targets import best_sheet, resolve_cell, resolve_file, same_sheet
from orchestration.returns.text import a1, display, normalise
from orchestration.returns.values import Findings
from orchestration.returns.workbook import Workbook

STEM = "explanations"
SHEET = "质询说明"
HEADERS = ("文件", "工作表", "单元格", "代码", "说明", "说明人", "日期")
SCHOOL_SHEET = "数据核查结果说明"
_SCHOOL_REQUIRED = ("单元格", "说明")
_NEVER_EXPLAINED = frozenset({"corrected", "stale_explanation", "incomplete_explanation"})


@dataclass(frozen=True)
class Explanation:
    """One row. What is None was left open and fits anything. A school (``of_school``) answers for its own queries
    only. ``book``, ``book_sheet``, ``book_cell`` say where the row stands."""

    file: str | None
    sheet: str | None
    cell: str | None
    code: str | None
    text: str
    by: str
    date: str | None
    book: str
    book_sheet: str
    book_cell: str
    of_school: bool = False
    school_code: str | None = None

    def answers(self, found: Fault) -> bool:
        """Whether the row names this finding."""
        own = found.file == self.book or (self.school_code is not None and found.subject_id == self.school_code)
        return (
            (own or not self.of_school)
            and (self.file is None or self.file == found.file)
            and (self.sheet is None or same_sheet(self.sheet, found.sheet or ""))
            and (self.cell is None or self.cell == found.cell)
            and (self.code is None or self.code == found.code)
        )

    @property
    def place(self) -> str:
        """What the row names."""
        return " › ".join(part for part in (self.file or self.book, self.sheet, self.cell, self.code) if part)


@dataclass
class Explanations:
    """Rows read so far and what is wrong with them."""

    rows: list[Explanation] = field(default_factory=lambda: [])
    findings: Findings = field(default_factory=Findings)


def read_explanations(book: Workbook, files: Iterable[str]) -> Explanations:
    """Read the county's file. Faults are in ``findings``; Refused only for an unreadable sheet."""
    result = Explanations()
    listing = open_listing(book, best_sheet(book, SHEET, HEADERS), HEADERS, result.findings)
    if listing is not None:
        known = list(files)
        for row in listing.rows():
            _read_row(listing, row, known, result, required=("文件", "说明", "说明人"))
    return result


def read_school_sheet(book: Workbook, code: str | None, name: str | None) -> Explanations:
    """Read 数据核查结果说明 of a school workbook, where it has one; 文件 and 说明人 may be left out there."""
    result = Explanations()
    if SCHOOL_SHEET not in book.sheet_names:
        return result
    optional = [header for header in HEADERS if header not in _SCHOOL_REQUIRED]
    listing = open_listing(book, SCHOOL_SHEET, _SCHOOL_REQUIRED, result.findings, optional)
    if listing is not None:
        for row in listing.rows():
            _read_row(listing, row, [book.file], result, ("说明",), name or code or "学校", code, of_school=True)
    return result


def _read_row(
    listing: Listing, row: int, files: Sequence[str], result: Explanations, required: Sequence[str],
    speaker: str = "", school_code: str | None = None, of_school: bool = False,
) -> None:  # fmt: skip
    texts = {header: display(listing.raw(row, header)).strip() for header in HEADERS if header in listing.columns}
    names = ("文件", "工作表", "单元格", "代码")
    if of_school and not any(texts.get(header) for header in (*names, "说明")):
        return  # a signature line below the list
    complaints: list[tuple[str, str]] = [(header, f"填写{header}") for header in required if not texts.get(header)]
    cell = resolve_cell(texts.get("单元格", ""))
    if texts.get("单元格") and cell is None:
        complaints.append(("单元格", "E6 这样的单元格地址"))
    code = _code_of(texts.get("代码", ""))
    if texts.get("代码") and code is None:
        complaints.append(("代码", "junheng faults 所列的代码，如 name_mismatch"))
    when = cast(listing.raw(row, "日期"), "date") if "日期" in listing.columns else None
    if when is not None and when.complaint:
        complaints.append(("日期", when.expected or "日期"))
    if not any(texts.get(header) for header in names[1:]):
        complaints.append(("单元格", "说明的是哪一格"))
    for header, expected in complaints:
        result.findings.faults.append(
            fault(
                "incomplete_explanation", listing.source.file, sheet=listing.sheet.name,
                cell=a1(row, listing.columns[header]), field=header, found=texts.get(header) or "空",
                expected=expected, subject_id=school_code,
            )
        )  # fmt: skip
    if complaints:
        return
    result.rows.append(
        Explanation(
            resolve_file(texts["文件"], files) if texts.get("文件") else None,
            texts.get("工作表") or None, cell, code, texts["说明"], texts.get("说明人") or speaker,
            when.value if when is not None and isinstance(when.value, str) else None,
            listing.source.file, listing.sheet.name, a1(row, listing.columns["单元格"]), of_school, school_code,
        )
    )  # fmt: skip


def _code_of(written: str) -> str | None:
    """The fault code meant: the code itself, the sentence it stands for, or both as the drop-down writes them."""
    for part in (written, *written.split()):
        if part in catalogue():
            return part
    text = normalise(written)
    return next((code for code, rule in catalogue().items() if normalise(rule.summary) == text), None) if text else None


def may_be_explained(found: Fault) -> bool:
    """Open queries, and errors the catalogue marks explainable."""
    if found.explanation is not None or found.code in _NEVER_EXPLAINED:
        return False
    return found.severity == "query" or (found.severity == "error" and is_explainable(found.code))


def is_explainable(code: str) -> bool:
    """Whether an explanation lifts the error (the catalogue's column ``explainable``)."""
    return catalogue()[code].explainable


def explain(faults: Sequence[Fault], rows: Sequence[Explanation]) -> tuple[list[Fault], set[Explanation]]:
    """The faults with those named explained, and the rows that named one.

    An explained error is an error no more: it stands on as a query that has its answer. A row that leaves something
    open counts only where it can mean one thing.
    """
    said: dict[int, list[Explanation]] = defaultdict(list)
    used: set[Explanation] = set()
    open_ones = [(number, found) for number, found in enumerate(faults) if may_be_explained(found)]
    for row in rows:
        named = [(number, found) for number, found in open_ones if row.answers(found)]
        if len({(found.file, found.sheet, found.cell, found.code) for _, found in named}) == 1:
            used.add(row)
            for number, _ in named:
                said[number].append(row)
    result = list(faults)
    for number, answers in said.items():
        result[number] = replace(
            faults[number],
            severity="query",
            explanation="；".join(dict.fromkeys(answer.text for answer in answers)),
            explained_by="、".join(dict.fromkeys(answer.by for answer in answers)),
        )
    return result, used


def stale(rows: Iterable[Explanation], used: set[Explanation], *, late: bool) -> list[Fault]:
    """Queries about explanations that named nothing. Those of late codes are known only once the figures are."""
    return [
        fault(
            "stale_explanation", row.book, sheet=row.book_sheet, cell=row.book_cell, field="说明", found=row.place,
            expected="一个未了的质询", subject_id=row.school_code,
        )
        for row in rows
        if row not in used and (row.code in LATE_CODES) == late
    ]  # fmt: skip
