"""task_decomposition.csv / .xlsx → measure, deadline and responsible units an indicator (LAYOUT §6). Optional input.

Its columns 达标情况 and 达标 are claims: landed beside the computed result, never a source of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.returns.faults import fault
from orchestration.returns.layout import FieldType
from orchestration.returns.listing import Listing, open_listing
from orchestration.returns.numbers import cast
from orchestration.returns.text import a1, normalise
from orchestration.returns.values import MISSING, Findings
from orchestration.returns.workbook import MAX_FILE_BYTES, Refused, Sheet, Workbook

SHEET = "创建工作任务分解表"
COLUMNS = {
    "组别": "group",
    "指标": "indicator",
    "指标要求": "requirement",
    "达标情况": "claimed_statement",
    "达标": "claimed_verdict",
    "整改措施": "measure",
    "完成时限": "deadline_text",
    "完成时限日期": "deadline",
    "责任单位": "responsible_units",
}
_ASKED = tuple(f"B{number}" for number in range(1, 32))
_KNOWN = frozenset({*_ASKED, "C1", "V"})


@dataclass
class TaskDecomposition:
    """Rows by indicator (field name → text), in the order written, and where each field stands."""

    rows: dict[str, dict[str, str]] = field(default_factory=lambda: {})
    places: dict[tuple[str, str], tuple[str, str, str]] = field(default_factory=lambda: {})
    findings: Findings = field(default_factory=Findings)


def read_task_workbook(book: Workbook) -> TaskDecomposition:
    """Read the .xlsx form; Refused only for an unreadable sheet."""
    result = TaskDecomposition()
    name = SHEET if SHEET in book.sheet_names or len(book.sheet_names) != 1 else book.sheet_names[0]
    listing = open_listing(book, name, list(COLUMNS), result.findings)
    if listing is not None:
        _read_rows(listing, result)
    return result


def read_task_csv(folder: Path, file: str, amend: Callable[[Sheet], None] | None = None) -> TaskDecomposition:
    """Read the .csv form (UTF-8, with or without BOM; GB18030 is understood). Raises Refused for an unreadable file.

    ``amend`` is called with the table before it is read.
    """
    try:
        if (folder / file).stat().st_size > MAX_FILE_BYTES:
            raise Refused(fault("file_too_large", file, expected=f"不超过 {MAX_FILE_BYTES // 1024**2} MB"))
        data = (folder / file).read_bytes()
    except OSError as error:
        raise Refused(fault("unreadable_file", file, found=error.strerror or str(error))) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise Refused(fault("unreadable_file", file, found="不是 UTF-8 编码")) from error
    try:
        grid: list[list[object]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise Refused(fault("unreadable_file", file, found=str(error))) from error
    book = _CsvBook(file, hashlib.sha256(data).hexdigest(), len(data), [SHEET], grid)
    if amend is not None:
        amend(book.sheet(SHEET))
    return read_task_workbook(book)


class _CsvBook(Workbook):
    """A .csv seen as a workbook of one sheet."""

    def __init__(self, file: str, sha256: str, size: int, names: list[str], grid: list[list[object]]) -> None:
        self.file, self.sha256, self.size, self.sheet_names = file, sha256, size, names
        self.hidden_names = []
        self._sheet = Sheet(names[0], grid)

    def sheet(self, name: str) -> Sheet:  # noqa: ARG002 - there is only one
        return self._sheet


def _read_rows(listing: Listing, result: TaskDecomposition) -> None:
    findings, source, sheet = result.findings, listing.source, listing.sheet
    doubled: set[str] = set()
    for row in listing.rows():
        indicator = normalise(listing.raw(row, "指标"))
        cell = a1(row, listing.columns["指标"])
        if indicator not in _KNOWN:
            findings.faults.append(
                fault(
                    "unknown_item",
                    source.file,
                    sheet=sheet.name,
                    cell=cell,
                    field="指标",
                    found=indicator or "空",
                    expected="B1–B31",
                )
            )
            continue
        if indicator in result.rows:
            findings.faults.append(
                fault(
                    "duplicate_row",
                    source.file,
                    sheet=sheet.name,
                    cell=cell,
                    field="指标",
                    found=indicator,
                    expected="一个指标一行",
                )
            )
            doubled.add(indicator)
            continue
        values: dict[str, str] = {}
        for header, name in COLUMNS.items():
            kind = {"deadline": "date", "claimed_verdict": "conclusion"}.get(name, "text")
            what = FieldType("task", name, header, kind, "", "optional")
            read = findings.read(source, sheet, row, listing.columns[header], what, indicator)
            result.places[indicator, name] = (source.file, sheet.name, read.cell)
            if read.state == MISSING:
                findings.values.pop()
            elif isinstance(read.value, str):
                values[name] = read.value
        result.rows[indicator] = values
        _check_deadline(listing, row, values, findings)
    for indicator in doubled:  # which of its rows is right, nobody can tell
        result.rows[indicator] = {}
    findings.faults += [
        fault("missing_item", source.file, sheet=sheet.name, field=indicator, expected=f"{indicator} 的一行")
        for indicator in _ASKED
        if indicator not in result.rows
    ]


def _check_deadline(listing: Listing, row: int, values: dict[str, str], findings: Findings) -> None:
    """完成时限日期 repeats a 完成时限 that is itself a date; another date there is a slip of the pen in one of them."""
    written, stated = cast(values.get("deadline_text", ""), "date").value, values.get("deadline")
    if isinstance(written, str) and stated and written != stated:
        cell = a1(row, listing.columns["完成时限日期"])
        own = a1(row, listing.columns["完成时限"])
        findings.faults.append(
            fault(
                "deadline_differs", listing.source.file, sheet=listing.sheet.name, cell=cell, field="完成时限日期",
                found=stated, expected=f"与完成时限“{values['deadline_text']}”（{own}）一致：{written}",
            )
        )  # fmt: skip


def split_units(text: str) -> list[str]:
    """县编办、县教体局（基教科） → the units, in order."""
    return [unit for unit in (part.strip() for part in re.split(r"[、,，;；]", text)) if unit]


def differences(first: TaskDecomposition, second: TaskDecomposition) -> list[tuple[str, str]]:
    """(indicator, field) pairs on which two forms of the same table differ (LAYOUT §6: that is an error)."""
    found: list[tuple[str, str]] = []
    for indicator in dict.fromkeys([*first.rows, *second.rows]):
        one, other = first.rows.get(indicator, {}), second.rows.get(indicator, {})
        found += [
            (indicator, name)
            for name in COLUMNS.values()
            if normalise(one.get(name, "")) != normalise(other.get(name, ""))
        ]
    return found


def header_of(name: str) -> str:
    """Field name → the header people read."""
    return next(header for header, field_name in COLUMNS.items() if field_name == name)
