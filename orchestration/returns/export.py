"""A county's query export (LAYOUT §3): one sheet a level, one row a school at that level → one `SchoolReturn` a school.

What a school has as a whole (校舍, 场地, 设备, 多媒体教室, 各学段在校生数) stands on each of its rows and must agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.returns.corrections import FileCorrections
from orchestration.returns.export_settling import Entry, settle_school
from orchestration.returns.faults import Fault, Place, fault
from orchestration.returns.layout import Edition, FieldPlace, Form, editions
from orchestration.returns.locate import Locator, NotFound, Position
from orchestration.returns.members import UnknownMember, carries_number, differing_unit, unknown_members
from orchestration.returns.school_return import SchoolReturn, distrust_group
from orchestration.returns.sheets import FormSheets, form_sheets, hidden_forms, recognise_edition, stated_year
from orchestration.returns.text import a1, display, normalise
from orchestration.returns.values import ERROR, Findings, Source, type_of
from orchestration.returns.workbook import Refused, Sheet, Workbook, open_workbook

EXPORT_NAME = re.compile(r"export_(\d{4})[^/]*\.(?:xlsx|xlsm|xls)", re.IGNORECASE)
_TOTAL_ROW = re.compile(r"(?:合|总|小)计$")
_TITLE_COUNTY = re.compile(r"^(.*[县区市旗])(?=.*(?:小学|初中|特殊教育|特教|学校))")


@dataclass
class ExportReturn:
    """An export as read: its schools, and what is wrong with the file as a whole.

    ``complete`` is False where whole sheets could not be read: who is missing in it cannot be told. ``unread_names``
    are the (normalised) names in rows whose code could not be read.
    """

    file: str
    sha256: str = ""
    size: int = 0
    edition: str = ""
    complete: bool = True
    unread_names: list[str] = field(default_factory=lambda: [])
    schools: list[SchoolReturn] = field(default_factory=lambda: [])
    findings: Findings = field(default_factory=Findings)


def is_export(file: str) -> bool:
    """Whether a file of the partition is named as an export is: export_<学年>.xlsx."""
    return EXPORT_NAME.fullmatch(file) is not None


def same_county(left: str, right: str) -> bool:
    """Whether two names are one county's: 桓台县, 淄博市桓台县."""
    one, other = normalise(left), normalise(right)
    return bool(one and other) and (one.endswith(other) or other.endswith(one))


def read_export(
    folder: Path, file: str, year: int, county_name: str | None, corrections: FileCorrections | None = None
) -> ExportReturn:
    """Read an export; every fault is in its findings or its schools', none is raised.

    ``county_name`` is the county's name as its return states it: an export names counties and carries no code.
    """
    result = ExportReturn(file)
    try:
        book = open_workbook(folder, file)
        book.amend = corrections.amend if corrections else None
        _Reader(book, result, year, county_name).read()
    except Refused as refused:
        result.complete = False
        result.findings.faults.append(refused.fault)
    if corrections:
        read = [value for school in result.schools for value in school.findings.values]
        result.findings.faults += corrections.report(read)
    return result


@dataclass
class _Columns:
    """Where the fields of one sheet stand, which of them are in another unit, and columns nobody knows."""

    sheet: Sheet
    locator: Locator
    at: dict[FieldPlace, int]
    other_unit: set[FieldPlace]
    unknown: list[tuple[str, UnknownMember]]
    sound_heading: bool


class _Reader:
    def __init__(self, book: Workbook, result: ExportReturn, year: int, county_name: str | None) -> None:
        self._book, self._result, self._year, self._county_name = book, result, year, county_name
        self._source = Source(book.file, book.sha256)
        self._entries: dict[tuple[str, bool], list[Entry]] = {}
        self._doubled: set[tuple[str, bool]] = set()
        result.sha256, result.size = book.sha256, book.size

    def read(self) -> None:
        names = self._book.sheet_names
        edition = recognise_edition("export", names, self._misfit)
        if edition is None:
            known = "、".join(form.form for one in editions() if one.kind == "export" for form in one.forms)
            self._report("unknown_edition", None, None, None, "、".join(names)[:200], f"工作表 {known}")
            self._result.complete = False
            return
        self._result.edition = edition.edition
        sheets = form_sheets(edition, names)
        named = EXPORT_NAME.fullmatch(self._book.file)
        if named and int(named[1]) != self._year:
            self._report("file_year_mismatch", None, None, "学年", named[1], str(self._year))
        self._report_sheets(edition, sheets)
        for form in edition.forms:
            if form.form in sheets.by_form:
                self._read_sheet(edition, form, sheets.by_form[form.form])
        levels = {place.level for form in sheets.by_form for place in edition.places[form] if place.field == "classes"}
        for (code, uncounted), entries in self._schools():
            school = SchoolReturn(self._book.file, self._book.sha256, edition.edition, code)
            school.shares_code = uncounted and (code, False) in self._entries
            settle_school(school, entries, levels)
            if (code, uncounted) in self._doubled:  # which of the rows is right nobody can tell: none is to be used
                school.findings.doubts += [value.place for value in school.findings.values]
            self._result.schools.append(school)

    def _schools(self) -> list[tuple[tuple[str, bool], list[Entry]]]:
        """Rows by school. Rows of one code, counted and not, are a school and its campus where a sheet has both."""
        for code, uncounted in list(self._entries):
            own = self._entries.get((code, False))
            if uncounted and own and not {e.form for e in own} & {e.form for e in self._entries[code, True]}:
                own += self._entries.pop((code, True))
                if (code, True) in self._doubled:
                    self._doubled.add((code, False))
        return list(self._entries.items())

    def _misfit(self, edition: Edition) -> int:
        sheets = form_sheets(edition, self._book.sheet_names)
        locators = {
            form: Locator(self._book.sheet(name), edition.places[form]) for form, name in sheets.by_form.items()
        }
        return sum(
            isinstance(locator.column(place), NotFound)
            for form, locator in locators.items()
            for place in edition.places[form]
        )

    def _report_sheets(self, edition: Edition, sheets: FormSheets) -> None:
        there = "、".join(self._book.sheet_names)[:200]
        hidden = hidden_forms(edition, self._book.hidden_names)
        for form, names in hidden.items():
            for name in names:
                shown = sheets.by_form.get(form, form)
                doubts = [(self._book.file, shown, None)]
                self._report("hidden_sheet", name, None, None, None, f"可见的“{shown}”", doubts=doubts)
        absent = [form for form in edition.forms if form.form not in sheets.by_form and form.needed_by == "every"]
        missing = [form for form in absent if form.form not in hidden]
        self._result.complete = not absent
        for form in missing:
            self._report("missing_sheet", form.form, None, None, there, f"{form.form} {form.title}")
        for form, double in sheets.doubles:
            expected, doubts = f"只有一个“{sheets.by_form[form]}”", [(self._book.file, sheets.by_form[form], None)]
            self._report("duplicate_sheet", double, None, form, double, expected, doubts=doubts)
        for name in () if missing else sheets.unknown:
            self._report("unknown_sheet", name, None, None, name, "、".join(form.form for form in edition.forms))

    # -- a sheet -----------------------------------------------------------------------------------------------

    def _read_sheet(self, edition: Edition, form: Form, name: str) -> None:
        columns = self._columns(edition.places[form.form], name)
        code = next((place for place in columns.at if place.field == "school_code"), None)
        if code is None:
            self._result.complete = False
            return  # reported as a missing column
        for row in self._rows(columns, columns.at[code]):
            self._read_row(form, columns, code, row)

    def _columns(self, places: tuple[FieldPlace, ...], name: str) -> _Columns:
        sheet = self._book.sheet(name)
        locator = Locator(sheet, places)
        columns = _Columns(sheet, locator, {}, set(), [], self._check_heading(sheet, locator))
        reported: set[str] = set()
        for place in places:
            what, column = type_of(place.record, place.field), locator.column(place)
            if isinstance(column, NotFound):
                if column.sought not in reported:
                    reported.add(column.sought)
                    self._report(column.code, name, None, what.label, None, column.sought.replace("|", " 或 "))
                continue
            columns.at[place] = column
            differing = differing_unit(locator, Position(locator.data_start, column), what)
            if differing is not None:
                columns.other_unit.add(place)
                stated, at = differing
                found = display(sheet.at(at.row, at.column)) or stated
                self._report("wrong_unit", name, a1(at.row, at.column), what.label, found, what.unit)
        for level in dict.fromkeys(place.level for place in places if place.level):
            columns.unknown += [(level, alien) for alien in unknown_members(sheet, locator, places, level)]
        return columns

    def _check_heading(self, sheet: Sheet, locator: Locator) -> bool:
        """Year and county as the title states them. False where the sheet is of another year or county."""
        wanted = (self._year, self._year + 1)
        stated = stated_year(sheet, locator.data_start)
        if stated is None:
            expected = f"标题写有（{self._year}/{self._year + 1}学年初）"
            self._report("year_not_stated", sheet.name, None, "学年", None, expected)
            return True
        row, column, years = stated
        title = display(sheet.at(row, column))
        if years != wanted:
            expected = f"{self._year}/{self._year + 1} 学年初"
            self._report("wrong_year", sheet.name, a1(row, column), "学年", title, expected)
        county = _TITLE_COUNTY.match(normalise(title))
        right = not (county and self._county_name) or same_county(county[1], self._county_name)
        if not right:
            self._report("wrong_county", sheet.name, a1(row, column), "县", title, self._county_name)
        return right and years == wanted

    def _rows(self, columns: _Columns, code_column: int) -> Iterator[int]:
        """Rows that are entries: neither blank, nor a total, nor a remark below the table."""
        names = [column for place, column in columns.at.items() if place.field == "school_name"]
        figures = [column for place, column in columns.at.items() if place.record != "school"]
        sheet = columns.sheet
        for row in range(columns.locator.data_start, len(sheet.grid)):
            if normalise(sheet.at(row, code_column)):
                yield row
                continue
            texts = [normalise(sheet.at(row, column)) for column in names]
            counted = any(carries_number(sheet.at(row, column)) for column in figures)
            if counted and not any(_TOTAL_ROW.search(text) for text in texts):
                cell, found = a1(row, code_column), "空"
                self._report("bad_code", sheet.name, cell, "学校标识码", found, "10 位标识码（文本）")
                self._result.unread_names += texts

    def _read_row(self, form: Form, columns: _Columns, code_place: FieldPlace, row: int) -> None:
        sheet = columns.sheet
        read = Findings()
        what = type_of("school", "school_code")
        key = read.read(self._source, sheet, row, columns.at[code_place], what, "")
        if not isinstance(key.value, str):
            self._result.findings.faults += read.faults or [self._fault("bad_code", sheet.name, key.cell, key.label)]
            names = [column for place, column in columns.at.items() if place.field == "school_name"]
            self._result.unread_names += [normalise(sheet.at(row, column)) for column in names]
            return
        code = key.value
        entry = Entry(form.form, sheet.name, {"school_code": key}, Findings(faults=read.faults))
        for place, column in columns.at.items():
            if place is code_place:
                continue
            what = type_of(place.record, place.field)
            value = entry.findings.read(self._source, sheet, row, column, what, code, place.level, code)
            if place in columns.other_unit:
                value.value, value.state = None, ERROR
            if place.record == "school":
                entry.identity[place.field] = value
                entry.findings.values.pop()
        uncounted = (stated := entry.identity.get("counted_as_school")) is not None and stated.value == "否"
        entries = self._entries.setdefault((code, uncounted), [])
        if any(other.form == form.form for other in entries):
            self._report("duplicate_school", sheet.name, key.cell, key.label, code, "一校一行", code)
            self._doubled.add((code, uncounted))
            return
        entry.trusted = columns.sound_heading and self._in_county(entry, columns.sound_heading)
        self._check_members(entry, columns, row, code)
        entries.append(entry)

    def _in_county(self, entry: Entry, sound_heading: bool) -> bool:
        """统计三级 names the county; where the title is already wrong, one fault will do."""
        stated = entry.identity.get("county_name")
        if not sound_heading or self._county_name is None or stated is None or not isinstance(stated.value, str):
            return True
        if same_county(stated.value, self._county_name):
            return True
        code = display(entry.identity["school_code"].value)
        self._report(
            "wrong_county", stated.sheet, stated.cell, stated.label, stated.as_written, self._county_name, code
        )
        return False

    def _check_members(self, entry: Entry, columns: _Columns, row: int, code: str) -> None:
        for level, alien in columns.unknown:
            raw = columns.sheet.at(row, alien.position.column)
            if carries_number(raw):
                distrust_group(entry.findings.values, alien.group, level)
                cell, found = a1(row, alien.position.column), f"{alien.label}：{display(raw)}"
                self._report("unknown_column", columns.sheet.name, cell, alien.label, found, alien.known, code)

    # -- faults ------------------------------------------------------------------------------------------------

    def _fault(
        self, code: str, sheet: str | None, cell: str | None, label: str | None = None, found: str | None = None,
        expected: str | None = None, subject_id: str | None = None, doubts: Iterable[Place] = (),
    ) -> Fault:  # fmt: skip
        return fault(
            code, self._book.file, sheet=sheet, cell=cell, field=label, found=found, expected=expected,
            subject_id=subject_id, doubts=doubts,
        )  # fmt: skip

    def _report(
        self, code: str, sheet: str | None, cell: str | None, label: str | None = None, found: str | None = None,
        expected: str | None = None, subject_id: str | None = None, doubts: Iterable[Place] = (),
    ) -> None:  # fmt: skip
        self._result.findings.faults.append(self._fault(code, sheet, cell, label, found, expected, subject_id, doubts))
