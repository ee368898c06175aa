"""school_supplement.xlsx → the roster with its figures, and the music and art rooms (LAYOUT §5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestration.returns.faults import fault
from orchestration.returns.layout import FieldType, field_types
from orchestration.returns.listing import Listing, open_listing
from orchestration.returns.text import a1, display, normalise
from orchestration.returns.values import ERROR, MISSING, Findings, Value, type_of
from orchestration.returns.workbook import Workbook

SCHOOLS_SHEET = "学校情况"
ROOMS_SHEET = "音乐美术专用教室"


@dataclass
class Supplement:
    """The supplement as read: the schools listed (code → name, in order) and where each is listed."""

    file: str
    listed: dict[str, str] = field(default_factory=lambda: {})
    code_cells: dict[str, str] = field(default_factory=lambda: {})
    rooms: list[str] = field(default_factory=lambda: [])
    room_schools: set[str] = field(default_factory=set)
    complete: bool = True
    findings: Findings = field(default_factory=Findings)


def read_supplement(book: Workbook) -> Supplement:
    """Read both sheets; faults are in ``findings``, Refused only for an unreadable sheet."""
    result = Supplement(book.file)
    _read_schools(book, result)
    _read_rooms(book, result)
    return result


def _fields(record: str) -> list[FieldType]:
    return [what for (owner, _), what in field_types().items() if owner == record]


def _school_of(listing: Listing, row: int, record: str, findings: Findings) -> str | None:
    """The 10-digit code of a row, or None with a fault."""
    what = type_of(record, "school_code")
    value = findings.read(listing.source, listing.sheet, row, listing.columns[what.label], what, "")
    findings.values.pop()  # the key of the row, not a figure of it
    if value.state == MISSING:
        findings.faults.append(
            fault(
                "bad_code",
                listing.source.file,
                sheet=listing.sheet.name,
                cell=value.cell,
                field=what.label,
                found=value.as_written or "空",
                expected="10 位标识码（文本）",
            )
        )
    return value.value if isinstance(value.value, str) else None


def _read_schools(book: Workbook, result: Supplement) -> None:
    findings = result.findings
    fields = _fields("supplement")
    listing = open_listing(book, SCHOOLS_SHEET, [what.label for what in fields], findings)
    if listing is None:
        result.complete = False
        return
    for row in listing.rows():
        code = _school_of(listing, row, "supplement", findings)
        if code is None:
            result.complete = False
            continue
        cell = a1(row, listing.columns["标识码"])
        if code in result.listed:
            findings.faults.append(
                fault(
                    "duplicate_row",
                    book.file,
                    sheet=SCHOOLS_SHEET,
                    cell=cell,
                    field="标识码",
                    found=code,
                    expected=f"只有一行（{result.code_cells[code]} 已填）",
                    subject_id=code,
                    doubts=[value.place for value in findings.values if value.record_id == code],
                )
            )
            continue
        result.code_cells[code] = cell
        result.listed[code] = display(listing.raw(row, "名称")).strip()
        for what in fields:
            if what.field == "school_code":
                continue
            value = findings.read(listing.source, listing.sheet, row, listing.columns[what.label], what, code)
            if what.label in listing.other_unit:
                value.value, value.state = None, ERROR
            if value.state == MISSING and what.blank == "missing":
                findings.report_missing(value)


def _read_rooms(book: Workbook, result: Supplement) -> None:
    findings = result.findings
    fields = _fields("room")
    listing = open_listing(book, ROOMS_SHEET, [what.label for what in fields], findings)
    if listing is None:
        result.complete = False
        return
    for row in listing.rows():
        code = _school_of(listing, row, "room", findings)
        if code is None:
            continue
        if result.complete and code not in result.listed:
            findings.faults.append(
                fault(
                    "unknown_school",
                    book.file,
                    sheet=ROOMS_SHEET,
                    cell=a1(row, listing.columns["标识码"]),
                    field="标识码",
                    found=code,
                    expected="“学校情况”中的标识码",
                    subject_id=code,
                )
            )
            continue
        room = str(row + 1)
        result.rooms.append(room)
        result.room_schools.add(code)
        for what in fields:
            value: Value = findings.read(
                listing.source, listing.sheet, row, listing.columns[what.label], what, room, None, code
            )
            if what.label in listing.other_unit:
                value.value, value.state = None, ERROR
            if what.field != "school_code" and value.state == MISSING and what.blank == "missing":
                findings.report_missing(value, code)


def same_name(left: str, right: str) -> bool:
    """Names are compared as headers are: width and white space aside."""
    return normalise(left) == normalise(right)
