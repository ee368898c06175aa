"""One school's workbook → its identity and located values.

The edition is recognised from the sheets, the forms a school must carry from its type, the fields by header text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from orchestration.returns.corrections import FileCorrections
from orchestration.returns.explanations import Explanation, read_school_sheet
from orchestration.returns.faults import fault
from orchestration.returns.layout import Edition, FieldPlace, SchoolType, editions, school_types
from orchestration.returns.locate import Locator, NotFound
from orchestration.returns.text import a1, display, normalise
from orchestration.returns.values import MISSING, REPORTED, Findings, Source, Value, type_of
from orchestration.returns.workbook import Refused, Sheet, Workbook, open_workbook

COVER = "封面"
_YEAR_STATED = re.compile(r"(\d{4})/(\d{4})学年初")
_CODE_IN_NAME = re.compile(r"(?<!\d)\d{10}(?!\d)")
LEVELS = ("primary", "junior", "senior", "special")


@dataclass
class SchoolReturn:
    """A school workbook as read. ``code`` is None where the workbook does not say whose it is.

    ``levels`` are the levels the school really runs (its type's, and any other it reports pupils for: 附设班).
    ``trusted`` is False where the workbook is of another year or county, or could not be read.
    """

    file: str
    sha256: str = ""
    edition: str = ""
    code: str | None = None
    name: str | None = None
    school_type: SchoolType | None = None
    code_cell: tuple[str, str] | None = None
    name_cell: tuple[str, str] | None = None
    levels: tuple[str, ...] = ()
    trusted: bool = True
    findings: Findings = field(default_factory=Findings)
    explanations: list[Explanation] = field(default_factory=lambda: [])


def read_school(
    folder: Path, file: str, year: int, county: str, corrections: FileCorrections | None = None
) -> SchoolReturn:
    """Read one workbook; every fault is in ``findings``, none is raised."""
    school = SchoolReturn(file)
    try:
        book = open_workbook(folder, file)
        book.amend = corrections.amend if corrections else None
        _Reader(book, school, year, county).read()
        said = read_school_sheet(book, school.code, school.name)
        school.explanations = said.rows
        school.findings.faults += said.findings.faults
        if corrections:
            school.findings.faults += corrections.report(school.findings.values)
    except Refused as refused:
        school.trusted = False
        school.findings.faults.append(refused.fault)
    if school.code is None and (in_name := _CODE_IN_NAME.search(Path(file).stem)):
        school.code = in_name[0]
        school.trusted = False
    return school


def recognise_edition(sheet_names: list[str]) -> Edition | None:
    """The edition whose forms the sheets are named after (never guessed from the year)."""
    counted = [(sum(name.startswith(edition.sheet_prefix) for name in sheet_names), edition) for edition in editions()]
    best = max(counted, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] else None


class _Reader:
    """Reads one workbook into one `SchoolReturn`."""

    def __init__(self, book: Workbook, school: SchoolReturn, year: int, county: str) -> None:
        self._book, self._school, self._year, self._county = book, school, year, county
        self._findings = school.findings
        self._source = Source(book.file, book.sha256)
        self._locators: dict[str, tuple[Sheet, Locator]] = {}
        school.sha256 = book.sha256

    def read(self) -> None:
        edition = recognise_edition(self._book.sheet_names)
        if edition is None:
            self._fault(
                "unknown_edition",
                None,
                None,
                found="、".join(self._book.sheet_names)[:200],
                expected="、".join(known.title for known in editions()),
            )
            self._school.trusted = False
            return
        self._school.edition = edition.edition
        self._read_identity(edition)
        self._check_cover(edition)
        kind = self._school.school_type
        needed = {"every"} | ({kind.scope, *kind.levels} if kind else set())
        if kind and kind.scope not in ("compulsory", "special"):
            return  # 职业学校、高级中学: identified, then listed as out of scope; their figures are not needed
        values: list[Value] = []
        for form in edition.forms:
            places = edition.places.get(form.form, ())
            if form.form == edition.identity_form or not places:
                if form.form not in self._book.sheet_names and form.needed_by in needed:
                    self._missing_sheet(form.form, form.title)
                continue
            if form.form in self._book.sheet_names:
                values += self._read_form(form.form, places)
            elif form.needed_by in needed:
                self._missing_sheet(form.form, form.title)
        self._settle_levels(values)

    # -- identity ----------------------------------------------------------------------------------------------

    def _read_identity(self, edition: Edition) -> None:
        form = edition.identity_form
        if form not in self._book.sheet_names:
            return  # reported as a missing sheet with the others
        found: dict[str, Value] = {}
        for place in edition.places[form]:
            value = self._read_place(form, place, edition.places[form], record_id="")
            if value is not None:
                found[place.field] = value
        code = found.get("school_code")
        school = self._school
        if code is not None and isinstance(code.value, str):
            school.code, school.code_cell = code.value, (code.sheet, code.cell)
        identifier = school.code or ""
        for value in found.values():
            value.record_id = identifier
            if value.state == MISSING and type_of("school", value.field).blank == "missing":
                self._findings.report_missing(value, identifier)
        name = found.get("school_name")
        if name is not None and isinstance(name.value, str):
            school.name, school.name_cell = name.value, (name.sheet, name.cell)
        self._check_type(found.get("type_code"))
        self._check_county(found.get("county_code"))
        self._check_year(form)
        in_file_name = _CODE_IN_NAME.search(Path(self._book.file).stem)
        if code is not None and school.code and in_file_name and in_file_name[0] != school.code:
            self._fault("file_name_mismatch", code.sheet, code.cell, "学校标识码", school.code, in_file_name[0])

    def _check_type(self, value: Value | None) -> None:
        if value is None or not isinstance(value.value, str):
            return
        kind = school_types().get(value.value)
        if kind is None:
            value.state = "error"
            self._fault(
                "unknown_type",
                value.sheet,
                value.cell,
                value.label,
                value.as_written,
                "、".join(f"{kind.type_code} {kind.name}" for kind in school_types().values()),
            )
        self._school.school_type = kind

    def _check_county(self, value: Value | None) -> None:
        if value is None or not isinstance(value.value, str) or value.value[:6] == self._county:
            return
        self._school.trusted = False
        self._fault("wrong_county", value.sheet, value.cell, value.label, value.as_written, f"{self._county} 开头")

    def _check_year(self, sheet_name: str) -> None:
        """封面 and the identity form each state the year; a wrong one is reported at its own cell."""
        sheet = self._book.sheet(sheet_name)
        for row, cells in enumerate(sheet.grid):
            for column, cell in enumerate(cells):
                if isinstance(cell, str) and (stated := _YEAR_STATED.search(normalise(cell))):
                    if (int(stated[1]), int(stated[2])) != (self._year, self._year + 1):
                        self._school.trusted = False
                        self._fault(
                            "wrong_year",
                            sheet_name,
                            a1(row, column),
                            "学年",
                            display(cell),
                            f"{self._year}/{self._year + 1} 学年初",
                        )
                    return
        self._fault("year_not_stated", sheet_name, None, "学年", expected=f"（{self._year}/{self._year + 1} 学年初）")

    def _check_cover(self, edition: Edition) -> None:
        if COVER not in self._book.sheet_names or not any(form.form == COVER for form in edition.forms):
            return
        self._check_year(COVER)
        sheet = self._book.sheet(COVER)
        for row, cells in enumerate(sheet.grid):
            for column, cell in enumerate(cells):
                text = normalise(cell) if isinstance(cell, str) else ""
                if re.fullmatch(r"\d{10}", text) and self._school.code and text != self._school.code:
                    self._fault("code_mismatch", COVER, a1(row, column), "代码", display(cell), self._school.code)

    # -- figures -----------------------------------------------------------------------------------------------

    def _read_form(self, form: str, places: tuple[FieldPlace, ...]) -> list[Value]:
        values: list[Value] = []
        reported: set[tuple[str, str]] = set()
        for place in places:
            value = self._read_place(form, place, places, self._school.code or "", reported)
            if value is not None:
                values.append(value)
        return values

    def _read_place(
        self,
        form: str,
        place: FieldPlace,
        places: tuple[FieldPlace, ...],
        record_id: str,
        reported: set[tuple[str, str]] | None = None,
    ) -> Value | None:
        if form not in self._locators:
            sheet = self._book.sheet(form)
            self._locators[form] = (sheet, Locator(sheet, places))
        sheet, locator = self._locators[form]
        what = type_of(place.record, place.field)
        position = locator.find(place)
        if isinstance(position, NotFound):
            if reported is None or (position.code, position.sought) not in reported:
                self._fault(position.code, form, None, what.label, expected=position.sought.replace("|", " 或 "))
                if reported is not None:
                    reported.add((position.code, position.sought))
            return None
        return self._findings.read(
            self._source, sheet, position.row, position.column, what, record_id, place.level, self._school.code
        )

    def _settle_levels(self, values: list[Value]) -> None:
        """Which levels the school runs; drop the blank sheets of the others; report required blanks of its own."""
        kind = self._school.school_type
        own = set(kind.levels) if kind else set[str]()
        for value in values:
            if (
                value.level
                and value.field in ("pupils", "classes")
                and isinstance(value.value, Decimal)
                and value.value
            ):
                own.add(value.level)
        self._school.levels = tuple(level for level in LEVELS if level in own)
        kept = [value for value in values if value.level is None or value.level in own]
        dropped = {id(value) for value in values} - {id(value) for value in kept}
        self._findings.values = [value for value in self._findings.values if id(value) not in dropped]
        for key in dict.fromkeys((value.record, value.level, value.field) for value in kept):
            self._settle_figure([v for v in kept if (v.record, v.level, v.field) == key])

    def _settle_figure(self, parts: list[Value]) -> None:
        """A figure of several cells is missing only where all are blank; a blank among written ones is nought."""
        what = type_of(parts[0].record, parts[0].field)
        if what.blank != "missing":
            return
        if any(part.state == REPORTED for part in parts):
            for part in parts:
                if part.state == MISSING:
                    part.value, part.state = Decimal(0), "zero_blank"
        elif parts[0].state == MISSING:
            senior_only = parts[0].level == "senior" and parts[0].field != "pupils"
            if not senior_only:
                self._findings.report_missing(parts[0], self._school.code)

    # -- faults ------------------------------------------------------------------------------------------------

    def _missing_sheet(self, form: str, title: str) -> None:
        self._fault(
            "missing_sheet", form, None, found="、".join(self._book.sheet_names)[:200], expected=f"{form} {title}"
        )

    def _fault(
        self,
        code: str,
        sheet: str | None,
        cell: str | None,
        label: str | None = None,
        found: str | None = None,
        expected: str | None = None,
    ) -> None:
        self._findings.faults.append(
            fault(
                code,
                self._book.file,
                sheet=sheet,
                cell=cell,
                field=label,
                found=found,
                expected=expected,
                subject_id=self._school.code,
            )
        )
