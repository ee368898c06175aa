"""corrections.xlsx: values the county mends where a school cannot resend, each with who, why and until when.

A correction is applied to the sheet before anything reads it, and only while the value it was made against still
stands and its day has not passed. One that no longer fits is an error at its own row, never silently dropped.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from orchestration.returns.faults import Fault, Place, fault
from orchestration.returns.listing import Listing, open_listing
from orchestration.returns.numbers import cast
from orchestration.returns.targets import best_sheet, position_of, resolve_cell, resolve_file, same_sheet
from orchestration.returns.text import a1, display
from orchestration.returns.values import Findings, Value
from orchestration.returns.workbook import Amended, Sheet, Workbook

STEM = "corrections"
SHEET = "更正"
HEADERS = ("文件", "工作表", "单元格", "原值", "更正值", "更正人", "理由", "依据", "有效期至")
_MAY_BE_BLANK = frozenset({"原值"})
BLANK_WORDS = frozenset({"空", "空格", "空白", "(空)"})
_FAR = 200  # rows or columns beyond a sheet's last value in which a blank cell may still be meant


@dataclass(frozen=True)
class Correction:
    """One row: the cell, the value found (``''``: blank), the value used, and why. ``places`` are the row's own cells
    by header, ``book`` and ``book_sheet`` where the row stands."""

    file: str
    sheet: str
    cell: str
    found: object
    used: object
    by: str
    why: str
    evidence: str
    until: dt.date
    book: str
    book_sheet: str
    places: Mapping[str, str]

    @property
    def note(self) -> str:
        """What is said of the cell wherever its figure shows."""
        return (
            f"由“{_shown(self.found)}”更正为“{_shown(self.used)}”：{self.why}"
            f"（{self.by}，依据 {self.evidence}，有效期至 {self.until.isoformat()}）"
        )

    def fault(self, code: str, header: str, found: str, expected: str, doubts: Iterable[Place] = ()) -> Fault:
        """A fault at this row's own cell."""
        return fault(
            code, self.book, sheet=self.book_sheet, cell=self.places[header], field=header, found=found,
            expected=expected, doubts=doubts,
        )  # fmt: skip


@dataclass
class FileCorrections:
    """The corrections of one file, and what became of each while the file was read."""

    rows: list[Correction]
    today: dt.date
    _met: dict[str, tuple[Correction, Sheet]] = field(default_factory=lambda: {})
    _faults: list[Fault] = field(default_factory=lambda: [])
    _seen: set[int] = field(default_factory=set)

    def amend(self, sheet: Sheet) -> None:
        """Put the values to be used into the sheet. Call before anything reads it."""
        for number, row in enumerate(self.rows):
            if not same_sheet(row.sheet, sheet.name):
                continue
            self._seen.add(number)
            place = position_of(row.cell)
            raw = sheet.at(*place)
            if raw == "" and row.cell in sheet.hollow:
                raw = sheet.hollow[row.cell]
            if self.today > row.until:
                self._faults.append(
                    row.fault(
                        "expired_correction", "有效期至", row.until.isoformat(), f"不早于今天 {self.today.isoformat()}"
                    )
                )
            elif not _same(raw, row.found):
                self._faults.append(
                    row.fault(
                        "stale_correction", "原值", _shown(row.found),
                        f"现值“{_shown(raw)}”（{row.file} › {sheet.name} › {row.cell}）",
                    )
                )  # fmt: skip
            elif not _write(sheet, place, row.used):
                self._faults.append(row.fault("unmatched_correction", "单元格", row.cell, f"{sheet.name} 表内的单元格"))
            else:
                source = f"{row.book} › {row.book_sheet} › {row.places['更正值']}"
                sheet.hollow = {cell: value for cell, value in sheet.hollow.items() if cell != row.cell}
                sheet.amended[row.cell] = Amended(display(raw), row.note, source)
                self._met[f"{sheet.name}\0{row.cell}"] = (replace(row, sheet=sheet.name, found=raw), sheet)
        sheet.asked.clear()

    def report(self, values: Iterable[Value]) -> list[Fault]:
        """Every applied correction, and every one that could not be. Call once the file has been read whole."""
        labels = {(value.sheet, value.cell): value for value in values}
        faults = list(self._faults)
        for row, sheet in self._met.values():
            value = labels.get((row.sheet, row.cell))
            read = value is not None or position_of(row.cell) in sheet.asked
            if not read and not _is_text(row.found) and not _is_text(row.used):
                faults.append(row.fault("unmatched_correction", "单元格", row.cell, "本表要读的单元格"))
                continue
            applied = fault(
                "corrected", row.file, sheet=row.sheet, cell=row.cell, field=value.label if value else None,
                found=display(row.found) or "空", subject_id=value.record_id if value else None,
                detail=f"采用“{_shown(row.used)}”（{row.by}：{row.why}）",
            )  # fmt: skip
            faults.append(replace(applied, expected=_shown(row.used), explanation=row.note, explained_by=row.by))
        for number, row in enumerate(self.rows):
            if number not in self._seen:
                faults.append(row.fault("unmatched_correction", "工作表", row.sheet, f"{row.file} 中要读的工作表"))
        return faults

    def distrusted(self) -> list[tuple[str, str, str]]:
        """(file, sheet, cell) of values once said to be wrong whose correction has run out."""
        return [(row.file, row.sheet, row.cell) for row in self.rows if self.today > row.until]


@dataclass
class Corrections:
    """All corrections of a partition, by file."""

    today: dt.date
    by_file: dict[str, list[Correction]] = field(default_factory=lambda: {})
    findings: Findings = field(default_factory=Findings)

    def of(self, file: str) -> FileCorrections | None:
        """The corrections of one file, None where there are none."""
        rows = self.by_file.get(file)
        return FileCorrections(rows, self.today) if rows else None

    def unread(self, files: Iterable[str]) -> list[Fault]:
        """Errors for the corrections of files that were not read as returns."""
        read = set(files)
        return [
            row.fault("unmatched_correction", "文件", file, "已报送、可更正的文件")
            for file, rows in self.by_file.items()
            if file not in read
            for row in rows
        ]

    def distrusted(self) -> list[tuple[str, str, str]]:
        """(file, sheet, cell) of every expired correction's target."""
        return [place for rows in self.by_file.values() for place in FileCorrections(rows, self.today).distrusted()]


def read_corrections(book: Workbook, files: Iterable[str], today: dt.date) -> Corrections:
    """Read corrections.xlsx. Faults are in ``findings``; Refused only for an unreadable sheet."""
    result = Corrections(today)
    listing = open_listing(book, best_sheet(book, SHEET, HEADERS), HEADERS, result.findings)
    if listing is None:
        return result
    known = list(files)
    seen: dict[tuple[str, str, str], str] = {}
    for row in listing.rows():
        correction = _read_row(listing, row, known, result.findings)
        if correction is None:
            continue
        key = (correction.file, correction.sheet, correction.cell)
        if key in seen:
            result.findings.faults.append(
                correction.fault("duplicate_row", "单元格", correction.cell, f"一格一行（{seen[key]} 已填）", [key])
            )
            continue
        seen[key] = correction.places["单元格"]
        result.by_file.setdefault(correction.file, []).append(correction)
    return result


def _read_row(listing: Listing, row: int, files: list[str], findings: Findings) -> Correction | None:
    places = {header: a1(row, listing.columns[header]) for header in HEADERS}
    raw = {header: listing.raw(row, header) for header in HEADERS}
    for header, cell in places.items():  # an error value (#REF!), copied as the value found, stands there as one
        if raw[header] == "":
            raw[header] = listing.sheet.hollow.get(cell, "")
    texts = {header: display(value).strip() for header, value in raw.items()}
    complaints: list[tuple[str, str, str]] = [
        ("incomplete_correction", header, f"填写{header}" + ("（要改为空格的，写“空”）" if header == "更正值" else ""))
        for header in HEADERS
        if not texts[header] and header not in _MAY_BE_BLANK
    ]
    target = resolve_cell(texts["单元格"])
    if texts["单元格"] and target is None:
        complaints.append(("unmatched_correction", "单元格", "E6 这样的单元格地址"))
    until = cast(raw["有效期至"], "date")
    if until.complaint:
        complaints.append((until.complaint, "有效期至", until.expected or ""))
    elif until.blank == "mark":
        complaints.append(("incomplete_correction", "有效期至", "填写有效期至"))
    for code, header, expected in complaints:
        findings.faults.append(
            fault(
                code, listing.source.file, sheet=listing.sheet.name, cell=places[header], field=header,
                found=texts[header] or "空", expected=expected,
            )
        )  # fmt: skip
    if complaints or target is None or not isinstance(until.value, str):
        return None
    return Correction(
        resolve_file(texts["文件"], files), texts["工作表"], target, _blank_if_said(raw["原值"]),
        _blank_if_said(raw["更正值"]), texts["更正人"], texts["理由"], texts["依据"],
        dt.date.fromisoformat(until.value), listing.source.file, listing.sheet.name, places,
    )  # fmt: skip


def _blank_if_said(raw: object) -> object:
    """'' where the cell is blank or says 空; every other value as it is."""
    if isinstance(raw, str) and _folded(raw) in BLANK_WORDS | {""}:
        return ""
    return raw


def _same(raw: object, stated: object) -> bool:
    """Whether the value found is the one stated: as numbers where both are, else as texts, white space aside."""
    left, right = _folded(display(raw)), _folded(display(stated))
    if left == right:
        return True
    numbers = [_number(left), _number(right)]
    return None not in numbers and numbers[0] == numbers[1]


def _is_text(value: object) -> bool:
    """A header, a heading, a unit: read by what it says, wherever it stands."""
    return isinstance(value, str) and bool(value) and _number(_folded(value)) is None


def _number(text: str) -> Decimal | None:
    """A plain number; a code with a leading zero is none."""
    digits = text.replace(",", "")
    if len(digits) > 1 and digits.startswith("0") and not digits.startswith("0."):
        return None
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _shown(value: object) -> str:
    return display(value) or "空"


def _write(sheet: Sheet, place: tuple[int, int], value: object) -> bool:
    """Set a cell, also one a little beyond the last that carries a value. False where it is nowhere near the table."""
    row, column = place
    width = max((len(cells) for cells in sheet.grid), default=0)
    if row >= len(sheet.grid) + _FAR or column >= width + _FAR:
        return False
    while len(sheet.grid) <= row:
        sheet.grid.append([])
    cells = sheet.grid[row]
    cells.extend([""] * (column + 1 - len(cells)))
    cells[column] = value
    return True
