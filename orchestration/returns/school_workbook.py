"""One school's workbook → its identity and located values.

The edition is recognised from the sheets, the forms a school must carry from its type, the fields by header text.
"""

from __future__ import annotations

import re
from pathlib import Path

from orchestration.returns.corrections import FileCorrections
from orchestration.returns.explanations import read_school_sheet
from orchestration.returns.layout import Edition, FieldPlace, FieldType, editions
from orchestration.returns.locate import Locator, NotFound, Position, locator_of
from orchestration.returns.members import carries_number, differing_unit, unknown_members
from orchestration.returns.school_return import SchoolReturn, distrust_group, settle_identity, settle_levels
from orchestration.returns.sheets import FormSheets, form_sheets, hidden_forms, recognise_edition, stated_year
from orchestration.returns.text import a1, display, normalise
from orchestration.returns.values import ERROR, Findings, Source, Value, type_of
from orchestration.returns.workbook import Refused, Workbook, open_workbook

COVER = "封面"
_CODE_IN_NAME = re.compile(r"(?<!\d)\d{10}(?!\d)")


def read_school(
    folder: Path, file: str, year: int, county: str, corrections: FileCorrections | None = None
) -> SchoolReturn:
    """Read one workbook; every fault is in ``findings``, none is raised."""
    school = SchoolReturn(file)
    try:
        read_open_book(open_workbook(folder, file), school, year, county, corrections)
    except Refused as refused:
        school.trusted = False
        school.findings.faults.append(refused.fault)
    if school.code is None and (in_name := _CODE_IN_NAME.search(Path(file).stem)):
        school.code = in_name[0]
        school.trusted = False
    return school


def read_open_book(
    book: Workbook, school: SchoolReturn, year: int, county: str, corrections: FileCorrections | None = None
) -> None:
    """Read an open workbook into ``school``. Raises Refused for an unreadable sheet."""
    book.amend = corrections.amend if corrections else None
    _Reader(book, school, year, county).read()
    said = read_school_sheet(book, school.code, school.name)
    school.explanations = said.rows
    school.findings.faults += said.findings.faults
    if corrections:
        school.findings.faults += corrections.report(school.findings.values)


class _Reader:
    """Reads one workbook into one `SchoolReturn`."""

    def __init__(self, book: Workbook, school: SchoolReturn, year: int, county: str) -> None:
        self._book, self._school, self._year, self._county = book, school, year, county
        self._source = Source(book.file, book.sha256)
        self._locators: dict[tuple[str, str], Locator] = {}
        self._unfound: list[tuple[FieldPlace, FieldType, NotFound]] = []
        self._edition: Edition
        self._sheets = FormSheets()
        school.sha256 = book.sha256

    def read(self) -> None:
        school = self._school
        edition = recognise_edition("workbook", self._book.sheet_names, self._misfit)
        if edition is None:
            known = "、".join(one.title for one in editions() if one.kind == "workbook")
            school.report("unknown_edition", None, None, None, "、".join(self._book.sheet_names)[:200], known)
            school.trusted = False
            return
        self._edition, self._sheets = edition, form_sheets(edition, self._book.sheet_names)
        school.edition = edition.edition
        self._read_identity()
        self._check_cover()
        for form, double in self._sheets.doubles:
            used = self._sheets.by_form[form]
            doubts = [(school.file, used, None)]
            school.report("duplicate_sheet", double, None, form, double, f"只有一个“{used}”", doubts)
        if school.scope == "vocational":
            return  # identified, then listed as out of scope; its figures are not needed
        figures = self._read_figures()
        if school.scope in ("senior", "preschool"):
            self._forget(figures)
            return
        self._report_missing()
        self._check_members()

    def _misfit(self, edition: Edition) -> int:
        """How many fields of an edition are not to be found in the sheets there are."""
        sheets = form_sheets(edition, self._book.sheet_names)
        return sum(
            isinstance(self._locator(edition, form, sheet).find(place), NotFound)
            for form, sheet in sheets.by_form.items()
            for place in edition.places.get(form, ())
        )

    def _locator(self, edition: Edition, form: str, sheet_name: str) -> Locator:
        key = (edition.edition, form)
        if key not in self._locators:
            self._locators[key] = locator_of(self._book.sheet(sheet_name), edition.places.get(form, ()))
        return self._locators[key]

    # -- identity ----------------------------------------------------------------------------------------------

    def _read_identity(self) -> None:
        form = self._edition.identity_form
        sheet = self._sheets.by_form.get(form)
        if sheet is None:
            return  # reported as a missing sheet with the others
        found: dict[str, Value] = {}
        for place in self._edition.places[form]:
            value = self._read_place(sheet, place, self._school.findings)
            if value is not None:
                found[place.field] = value
        settle_identity(self._school, found)
        self._check_county(found.get("county_code"))
        self._check_year(sheet)
        code, in_file_name = found.get("school_code"), _CODE_IN_NAME.search(Path(self._book.file).stem)
        if code is not None and self._school.code and in_file_name and in_file_name[0] != self._school.code:
            self._school.report(
                "file_name_mismatch", code.sheet, code.cell, "学校标识码", self._school.code, in_file_name[0]
            )

    def _check_county(self, value: Value | None) -> None:
        if value is None or not isinstance(value.value, str) or value.value[:6] == self._county:
            return
        self._school.trusted = False
        self._school.report_at("wrong_county", value, f"{self._county} 开头")

    def _check_year(self, sheet_name: str) -> None:
        """封面 and the identity form each state the year; a wrong one is reported at its own cell."""
        sheet, wanted = self._book.sheet(sheet_name), (self._year, self._year + 1)
        stated = stated_year(sheet)
        if stated is None:
            expected = f"（{self._year}/{self._year + 1} 学年初）"
            self._school.report("year_not_stated", sheet_name, None, "学年", None, expected)
        elif stated[2] != wanted:
            row, column, _ = stated
            found = display(sheet.at(row, column))
            self._school.trusted = False
            expected = f"{self._year}/{self._year + 1} 学年初"
            self._school.report("wrong_year", sheet_name, a1(row, column), "学年", found, expected)

    def _check_cover(self) -> None:
        cover = self._sheets.by_form.get(COVER)
        if cover is None:
            return
        self._check_year(cover)
        for row, cells in enumerate(self._book.sheet(cover).grid):
            for column, cell in enumerate(cells):
                text = normalise(cell) if isinstance(cell, str) else ""
                if re.fullmatch(r"\d{10}", text) and self._school.code and text != self._school.code:
                    self._school.report(
                        "code_mismatch", cover, a1(row, column), "代码", display(cell), self._school.code,
                        [(self._school.file, None, None)],  # whose figures they are, nobody can tell
                    )  # fmt: skip

    # -- figures -----------------------------------------------------------------------------------------------

    def _read_figures(self) -> Findings:
        """Read every form there is and settle the levels; what was read is returned and stands in the findings too."""
        figures = Findings()
        for form in self._edition.forms:
            sheet = self._sheets.by_form.get(form.form)
            if sheet is not None and form.form != self._edition.identity_form:
                for place in self._edition.places.get(form.form, ()):
                    self._read_place(sheet, place, figures)
        self._school.findings.extend(figures)
        settle_levels(self._school, figures.values)
        return figures

    def _forget(self, figures: Findings) -> None:
        """A 高级中学 or 幼儿园 without primary or junior classes is out of scope: its figures are not needed."""
        read, faulty = {id(value) for value in figures.values}, {id(found) for found in figures.faults}
        findings = self._school.findings
        findings.values = [value for value in findings.values if id(value) not in read]
        findings.faults = [found for found in findings.faults if id(found) not in faulty]

    def _read_place(self, sheet_name: str, place: FieldPlace, findings: Findings) -> Value | None:
        locator = self._locator(self._edition, place.form, sheet_name)
        what = type_of(place.record, place.field)
        position = locator.find(place)
        if isinstance(position, NotFound):
            self._unfound.append((place, what, position))
            return None
        code = self._school.code or ""
        sheet = self._book.sheet(sheet_name)
        value = findings.read(self._source, sheet, position.row, position.column, what, code, place.level, code or None)
        differing = differing_unit(locator, position, what)
        if differing is not None:
            value.value, value.state = None, ERROR
            self._report_unit(sheet_name, what, *differing)
        return value

    def _report_unit(self, sheet_name: str, what: FieldType, stated: str, where: Position) -> None:
        found = display(self._book.sheet(sheet_name).at(where.row, where.column)) or stated
        self._school.report("wrong_unit", sheet_name, a1(where.row, where.column), what.label, found, what.unit)

    # -- what is not there, and what is there and not known -----------------------------------------------------

    def _report_missing(self) -> None:
        """Sheets the school must carry, and fields not found in those it has."""
        school = self._school
        needed = {"every", school.scope, *school.levels}
        complete = True
        hidden = hidden_forms(self._edition, self._book.hidden_names)
        for form in self._edition.forms:
            shown = self._sheets.by_form.get(form.form)
            for name in hidden.get(form.form, ()) if shown or form.needed_by in needed else ():
                doubts = [(school.file, shown, None)] if shown else []
                school.report("hidden_sheet", name, None, None, None, f"可见的“{shown or form.form}”", doubts)
            if form.needed_by in needed and not shown and form.form not in hidden:
                there = "、".join(self._book.sheet_names)[:200]
                school.report("missing_sheet", form.form, None, None, there, f"{form.form} {form.title}")
                complete = False
        needed_by = {form.form: form.needed_by for form in self._edition.forms}
        reported: set[tuple[str, str]] = set()
        for place, what, unfound in self._unfound:
            # A form of several levels need not have the rows of a level the school does not run.
            if place.level not in (None, needed_by[place.form], *school.levels):
                continue
            # A figure of several cells is not known from those that were found.
            school.findings.doubts += [
                value.place
                for value in school.findings.values
                if (value.record, value.level, value.field) == (place.record, place.level, place.field)
            ]
            if (place.form, unfound.sought) not in reported:
                reported.add((place.form, unfound.sought))
                sheet, sought = self._sheets.by_form[place.form], unfound.sought.replace("|", " 或 ")
                school.report(unfound.code, sheet, None, what.label, None, sought)
        for name in self._sheets.unknown if complete else ():
            known = "、".join(form.form for form in self._edition.forms)
            school.report("unknown_sheet", name, None, None, name, known)

    def _check_members(self) -> None:
        """A class band, degree or grade that no field stands for, with a number in it."""
        school = self._school
        for form, sheet_name in self._sheets.by_form.items():
            places, sheet = self._edition.places.get(form, ()), self._book.sheet(sheet_name)
            locator = self._locator(self._edition, form, sheet_name)
            for level in school.levels:
                for alien in unknown_members(sheet, locator, places, level):
                    cell = alien.position
                    if not alien.by_row:
                        members = [p for p in places if p.level == level and p.field in alien.group.fields]
                        filled = self._filled(locator, members, alien.position.column, sheet_name)
                        if filled is None:
                            continue
                        cell = filled
                    distrust_group(school.findings.values, alien.group, level)
                    code = "unknown_row" if alien.by_row else "unknown_column"
                    found = f"{alien.label}：{display(sheet.at(cell.row, cell.column))}"
                    school.report(code, sheet_name, a1(cell.row, cell.column), alien.label, found, alien.known)

    def _filled(self, locator: Locator, members: list[FieldPlace], column: int, sheet_name: str) -> Position | None:
        """The cell of an unknown column on the row the known members stand on, where it carries a number."""
        sheet = self._book.sheet(sheet_name)
        for place in members:
            position = locator.find(place)
            if isinstance(position, Position) and carries_number(sheet.at(position.row, column)):
                return Position(position.row, column)
        return None
