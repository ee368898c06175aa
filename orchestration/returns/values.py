"""Located values: what was read, from which cell, and how it was written. The one store every table is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from sys import intern

from orchestration.returns.faults import Fault, Place, fault
from orchestration.returns.layout import FieldType, field_types
from orchestration.returns.numbers import Reading, cast
from orchestration.returns.text import a1, display
from orchestration.returns.workbook import Sheet

REPORTED, ZERO_BLANK, MISSING, ERROR = "reported", "zero_blank", "missing", "error"
_MENDED = {"number_as_text": "数值单元格", "code_as_number": "文本单元格"}  # what a value oddly written should be


@dataclass(slots=True)
class Value:
    """One cell of a return, typed. ``value`` is None where nothing usable was written.

    (``record``, ``record_id``, ``level``, ``field``) says whose figure it is; several values under one such key are
    addends of one figure (the two 网络多媒体教室 columns). ``as_written`` is what the return says; where a correction
    replaced it, ``correction`` says by what, who and why. ``explanation`` answers an open query about the cell.
    """

    record: str
    record_id: str
    level: str | None
    field: str
    label: str
    value: Decimal | str | None
    state: str
    file: str
    sha256: str
    sheet: str
    cell: str
    as_written: str
    correction: str | None = None
    explanation: str | None = None

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.file, self.sheet, self.cell

    @property
    def as_used(self) -> str:
        """What is read of it, in words: as written, or what a correction put in its place."""
        if not self.correction:
            return self.as_written or "空"
        used = f"{self.value.normalize():f}" if isinstance(self.value, Decimal) else self.value
        return f"{used or '空'}（更正前 {self.as_written or '空'}）"


def share_texts(values: Iterable[Value]) -> None:
    """Let the values of many files share the texts they have in common: labels, fields, sheets, addresses, numbers."""
    for value in values:
        value.record, value.field, value.label = intern(value.record), intern(value.field), intern(value.label)
        value.sheet, value.cell, value.as_written = intern(value.sheet), intern(value.cell), intern(value.as_written)
        value.state = intern(value.state)
        if value.level is not None:
            value.level = intern(value.level)
        if isinstance(value.value, Decimal):
            value.value = _shared(value.value, value.value.as_tuple().exponent)


@lru_cache(maxsize=8192)
def _shared(number: Decimal, exponent: int | str) -> Decimal:  # noqa: ARG001 - 5 and 5.0 are equal, and not the same
    return number


@dataclass(frozen=True, slots=True)
class Source:
    """The file a sheet belongs to."""

    file: str
    sha256: str


@dataclass
class Findings:
    """What a load has read so far: values and faults. Faults never stop the reading, so one pass shows all.

    ``doubts`` are places not to be used because of an error that stands elsewhere (`faults.Disagreement`).
    """

    values: list[Value] = field(default_factory=lambda: [])
    faults: list[Fault] = field(default_factory=lambda: [])
    doubts: list[Place] = field(default_factory=lambda: [])

    def extend(self, other: Findings) -> None:
        """Take over another reader's findings."""
        self.values.extend(other.values)
        self.faults.extend(other.faults)
        self.doubts.extend(other.doubts)

    def read(
        self,
        source: Source,
        sheet: Sheet,
        row: int,
        column: int,
        what: FieldType,
        record_id: str,
        level: str | None = None,
        subject_id: str | None = None,
    ) -> Value:
        """Cast one cell, record the value, and report what is wrong with it (blank cells are judged later)."""
        raw = sheet.at(row, column)
        cell = a1(row, column)
        subject = subject_id or record_id
        amended = sheet.amended.get(cell)
        if raw == "" and cell in sheet.hollow:
            raw = sheet.hollow[cell]
            reading = Reading(complaint="error_value" if raw else "formula_without_value", expected="数值")
        else:
            reading = cast(raw, what.kind)
        state = REPORTED
        if reading.complaint:
            state = ERROR
            self.faults.append(
                fault(
                    reading.complaint,
                    source.file,
                    sheet=sheet.name,
                    cell=cell,
                    field=what.label,
                    found=display(raw),
                    expected=reading.expected,
                    subject_id=subject,
                    detail=f"这是更正值（{amended.source}）" if amended else "",
                )
            )
        elif reading.blank:
            state = ZERO_BLANK if what.blank == "zero" else MISSING
        elif reading.note and amended is None:
            self.faults.append(
                fault(
                    reading.note,
                    source.file,
                    sheet=sheet.name,
                    cell=cell,
                    field=what.label,
                    found=display(raw),
                    expected=_MENDED[reading.note],
                    subject_id=subject,
                )
            )
        value = Decimal(0) if state == ZERO_BLANK else reading.value
        found = Value(
            what.record,
            record_id,
            level,
            what.field,
            what.label,
            value,
            state,
            source.file,
            source.sha256,
            sheet.name,
            cell,
            display(raw) if amended is None else amended.found,
            amended.note if amended else None,
        )
        self.values.append(found)
        return found

    def report_missing(self, value: Value, subject_id: str | None = None) -> None:
        """Put a required blank on the list of what is not reported."""
        self.faults.append(
            fault(
                "missing_value",
                value.file,
                sheet=value.sheet,
                cell=value.cell,
                field=value.label,
                found=value.as_used,
                expected=f"填写{value.label}",
                subject_id=subject_id or value.record_id,
            )
        )


def type_of(record: str, name: str) -> FieldType:
    """The field type of a record's field. Raises KeyError for an unknown one."""
    return field_types()[(record, name)]
