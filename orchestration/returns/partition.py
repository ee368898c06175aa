"""One partition (year × county): every file in its folder → values, identities and all faults, in one pass."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestration.returns.campuses import join_campuses
from orchestration.returns.checks import Figures, check_between_forms, check_values
from orchestration.returns.comparisons import LastYear, check_against_last_year, check_county_totals, check_shells
from orchestration.returns.corrections import STEM as CORRECTIONS
from orchestration.returns.corrections import Corrections, FileCorrections, read_corrections
from orchestration.returns.county_return import CountyReturn, read_county_return
from orchestration.returns.explanations import STEM as EXPLANATIONS
from orchestration.returns.explanations import Explanation, explain, read_explanations, stale
from orchestration.returns.export import ExportReturn, is_export, read_export
from orchestration.returns.faults import LATE_CODES, Fault, fault
from orchestration.returns.isolation import Lost, Task, lost_fault, probe_isolated, read_isolated, size_of
from orchestration.returns.roster import SCHOOLS_FOLDER, missing_rooms, settle_roster
from orchestration.returns.school_return import SchoolReturn
from orchestration.returns.school_workbook import read_school
from orchestration.returns.supplement import Supplement, read_supplement
from orchestration.returns.task_decomposition import (
    TaskDecomposition,
    differences,
    header_of,
    read_task_csv,
    read_task_workbook,
)
from orchestration.returns.unit_suspects import check_units
from orchestration.returns.values import ERROR, Findings, Value, share_texts
from orchestration.returns.watch import FileWatch, files_of, measure, odd_entries
from orchestration.returns.workbook import Refused, Workbook, open_workbook

WORKBOOK_ENDINGS = (".xlsx", ".xls", ".xlsm")
_DOCUMENTS = (".md", ".txt", ".json")  # notes that travel with a return; not forms
# With one of these, the schools' figures do not add up to the county's, and nobody need be told twice.
_INCOMPLETE = frozenset(
    {"missing_school", "unlisted_school", "duplicate_school", "missing_level_row", "campus_without_parent"}
)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Received:
    """A file as received. When it was first seen (ISO, UTC) and its revision are the register's to say."""

    file: str
    sha256: str
    size: int
    edition: str | None
    school_code: str | None
    received_at: str | None = None
    revision: int | None = None


@dataclass
class PartitionReturns:
    """What one county handed in for one year. ``schools`` are the workbooks that count, by code."""

    year: int
    county: str
    county_name: str | None = None
    schools: dict[str, SchoolReturn] = field(default_factory=lambda: {})
    listed: dict[str, str] = field(default_factory=lambda: {})
    rooms: list[str] = field(default_factory=lambda: [])
    evidence: dict[str, str] = field(default_factory=lambda: {})
    tasks: TaskDecomposition = field(default_factory=TaskDecomposition)
    values: list[Value] = field(default_factory=lambda: [])
    faults: list[Fault] = field(default_factory=lambda: [])
    received: list[Received] = field(default_factory=lambda: [])
    explanations: list[Explanation] = field(default_factory=lambda: [])

    @property
    def errors(self) -> int:
        """Faults that stop the partition."""
        return sum(found.severity == "error" for found in self.faults)


def find_partitions(raw: Path) -> list[tuple[int, str]]:
    """Every ``raw/<year>/<county>`` folder there is, in order."""
    found: list[tuple[int, str]] = []
    for folder in raw.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9][0-9][0-9][0-9][0-9]"):
        if folder.is_dir():
            found.append((int(folder.parent.name), folder.name))
    return sorted(found)


def partition_folder(raw: Path, year: int, county: str) -> Path:
    """Where a partition's returns lie."""
    return raw / str(year) / county


def read_partition(
    raw: Path,
    year: int,
    county: str,
    progress: Progress | None = None,
    *,
    today: dt.date | None = None,
    last_year: LastYear | None = None,
) -> PartitionReturns:
    """Read everything a county handed in. Bad input never raises: it is in ``faults``.

    ``today`` decides which corrections have run out; none has where it is not given. ``last_year`` are the county's
    published figures of the year before, where there are any.
    """
    reader = _PartitionReader(partition_folder(raw, year, county), year, county, progress, today or dt.date.min)
    reader.last_year = last_year
    return reader.read()


class _PartitionReader:
    def __init__(self, folder: Path, year: int, county: str, progress: Progress | None, today: dt.date) -> None:
        self._folder, self._year, self._county, self._progress = folder, year, county, progress
        self._corrections = Corrections(today)
        self._result = PartitionReturns(year, county)
        self._all: list[Value] = []
        self._amending: dict[str, FileCorrections] = {}
        self.last_year: LastYear | None = None

    def read(self) -> PartitionReturns:
        result = self._result
        files = files_of(self._folder)
        watch = FileWatch.begin(self._folder, files)
        self._read_corrections(_pick(files, CORRECTIONS), files)
        self._read_explanations(_pick(files, EXPLANATIONS), files)
        schools = self._read_schools([name for name in files if _is_school_file(name)])
        county_return = self._read_county(_pick(files, "county_return"))
        exports = self._read_exports([name for name in files if is_export(name)], county_return.county_name)
        supplement = self._read_supplement(_pick(files, "school_supplement"))
        self._read_tasks(files)
        result.faults += odd_entries(
            self._folder, lambda name: name.lower().endswith(WORKBOOK_ENDINGS) or _is_known(name)
        )
        for name in files:
            if not _is_known(name):
                result.faults.append(fault("ignored_file", name))
        result.county_name = county_return.county_name
        result.evidence = county_return.evidence
        result.listed, result.rooms = supplement.listed, supplement.rooms
        roster = settle_roster([*schools, *(one for export in exports for one in export.schools)], supplement, exports)
        result.schools, result.faults = roster.schools, result.faults + roster.faults
        self._all += roster.values
        for findings in (county_return.findings, supplement.findings):
            self._take(findings)
        result.faults += join_campuses(result.schools, supplement, self._all)
        result.faults += check_between_forms(
            self._all,
            {code: school.levels for code, school in result.schools.items()},
            {code: school.name for code, school in result.schools.items() if school.name},
        )
        result.faults += missing_rooms(result.schools, supplement)
        result.faults += self._compare([*schools, *(one for export in exports for one in export.schools)], supplement)
        result.values = self._all
        result.faults += self._corrections.unread(_correctable(file.file for file in result.received))
        self._complete_received(files)
        result.faults += watch.changes({file.file: file.sha256 for file in result.received})
        self._explain([row for school in schools for row in school.explanations])
        _blank_errors(result, self._corrections.distrusted())
        return result

    def _compare(self, schools: list[SchoolReturn], supplement: Supplement) -> list[Fault]:
        """What only the whole county, or last year, can tell; figures already found wrong are left out."""
        found = self._result.faults
        wrong = {(one.file, one.sheet, one.cell) for one in found if one.severity == "error" and one.cell}
        figures = Figures(self._all, wrong)
        counted = self._result.schools
        faults = check_units(figures, counted) + check_shells(figures, counted)
        if self.last_year:
            faults += check_against_last_year(figures, self.last_year, counted)
        whole = all(school.trusted and school.code and school.school_type for school in schools)
        if whole and supplement.complete and not _INCOMPLETE.intersection(one.code for one in found):
            faults += check_county_totals(figures, counted)
        return faults

    def _complete_received(self, files: list[str]) -> None:
        """Returns that could not be opened were received all the same: they are part of what a load was made from."""
        whole = {file.file: file for file in self._result.received if file.sha256}
        for name in files:
            if name not in whole and _is_known(name) and not name.lower().endswith(_DOCUMENTS):
                partly = next((file for file in self._result.received if file.file == name), None)
                size, sha256 = measure(self._folder / name)
                whole[name] = replace(partly or Received(name, "", 0, None, None), sha256=sha256, size=size)
        self._result.received = list(whole.values())

    def _explain(self, said_by_schools: list[Explanation]) -> None:
        """Settle which queries are answered. An answer that names none is a query, as late ones will be told later."""
        result = self._result
        result.explanations += said_by_schools
        result.faults, used = explain(_without_doubles(result.faults), result.explanations)
        result.faults = _without_doubles([*result.faults, *stale(result.explanations, used, late=False)])
        _note_explanations(result)

    def _take(self, findings: Findings, check: bool = True) -> None:
        self._all += findings.values
        self._result.faults += findings.faults
        if check:
            self._result.faults += check_values(findings.values)

    # -- files -------------------------------------------------------------------------------------------------

    def _read_schools(self, names: list[str]) -> list[SchoolReturn]:
        schools: list[SchoolReturn] = []
        sizes = {name: size_of(self._folder / name) for name in names}
        tasks = [
            Task(
                read_school,
                (self._folder, name, self._year, self._county, self._corrections.of(name)),
                name,
                sizes[name],
            )
            for name in names
        ]

        def begun(file: str, number: int) -> None:
            if self._progress:
                self._progress(file, number, len(tasks))

        for name, found in zip(names, read_isolated(tasks, begun, _share), strict=True):
            school = found if isinstance(found, SchoolReturn) else unread_school(name, found)
            schools.append(school)
            size = sizes[name]
            self._result.received.append(Received(name, school.sha256, size, school.edition or None, school.code))
        return schools

    def _read_exports(self, names: list[str], county_name: str | None) -> list[ExportReturn]:
        tasks = [
            Task(
                read_export,
                (self._folder, name, self._year, county_name, self._corrections.of(name)),
                name,
                size_of(self._folder / name),
            )
            for name in names
        ]
        exports: list[ExportReturn] = []
        for name, found in zip(names, read_isolated(tasks), strict=True):
            export = found if isinstance(found, ExportReturn) else ExportReturn(name, complete=False)
            if not isinstance(found, ExportReturn):
                lost = found if isinstance(found, Lost) else Lost("没有结果")
                export.findings.faults.append(lost_fault(name, lost))
            exports.append(export)
            self._result.faults += export.findings.faults
            self._result.received.append(Received(name, export.sha256, export.size, export.edition or None, None))
        return exports

    def _read_corrections(self, name: str | None, files: list[str]) -> None:
        book = self._open(name, "", self._corrections.findings) if name else None
        if book is None:
            self._result.faults += self._corrections.findings.faults
            return
        try:
            self._corrections = read_corrections(book, files, self._corrections.today)
        except Refused as refused:
            self._corrections.findings.faults.append(refused.fault)
        self._result.faults += self._corrections.findings.faults

    def _read_explanations(self, name: str | None, files: list[str]) -> None:
        findings = Findings()
        book = self._open(name, "", findings) if name else None
        if book is not None:
            try:
                said = read_explanations(book, files)
                self._result.explanations += said.rows
                findings.extend(said.findings)
            except Refused as refused:
                findings.faults.append(refused.fault)
        self._result.faults += findings.faults

    def _open(self, name: str | None, wanted: str, findings: Findings) -> Workbook | None:
        if name is None:
            findings.faults.append(fault("missing_file", wanted, expected=wanted, subject_id=self._county))
            return None
        broken = probe_isolated(self._folder, name)
        try:
            book = open_workbook(self._folder, name) if broken is None else None
        except Refused as refused:
            broken = refused.fault
            book = None
        if book is None:
            findings.faults += [broken] if broken else []
            return None
        self._result.received.append(Received(name, book.sha256, book.size, None, None))
        corrections = self._corrections.of(name)
        if corrections:
            book.amend = corrections.amend
            self._amending[name] = corrections
        return book

    def _report_corrections(self, name: str, findings: Findings) -> None:
        """Once a file has been read: what became of its corrections."""
        if name in self._amending:
            findings.faults += self._amending[name].report(findings.values)

    def _read_county(self, name: str | None) -> CountyReturn:
        result = CountyReturn()
        book = self._open(name, "county_return.xlsx", result.findings)
        if book is None:
            return result
        try:
            result = read_county_return(book, self._year, self._county)
        except Refused as refused:
            result.findings.faults.append(refused.fault)
            return result
        self._report_corrections(book.file, result.findings)
        return result

    def _read_supplement(self, name: str | None) -> Supplement:
        result = Supplement(name or "school_supplement.xlsx", complete=False)
        book = self._open(name, "school_supplement.xlsx", result.findings)
        if book is None:
            return result
        try:
            result = read_supplement(book)
        except Refused as refused:
            result.findings.faults.append(refused.fault)
            return result
        self._report_corrections(book.file, result.findings)
        return result

    def _read_tasks(self, files: list[str]) -> None:
        """One form or both; where both are there and differ, that is an error (LAYOUT §6)."""
        read: list[tuple[str, TaskDecomposition]] = []
        for name in files:
            if name.lower() not in ("task_decomposition.csv", "task_decomposition.xlsx", "task_decomposition.xls"):
                continue
            corrections = self._corrections.of(name)
            amend = corrections.amend if corrections else None
            try:
                if name.lower().endswith(".csv"):
                    read.append((name, read_task_csv(self._folder, name, amend)))
                else:
                    if broken := probe_isolated(self._folder, name):
                        raise Refused(broken)
                    book = open_workbook(self._folder, name)
                    book.amend = amend
                    read.append((name, read_task_workbook(book)))
                if corrections:
                    findings = read[-1][1].findings
                    findings.faults += corrections.report(findings.values)
            except Refused as refused:
                self._result.faults.append(refused.fault)
        for number, (name, tasks) in enumerate(read):
            sha = tasks.findings.values[0].sha256 if tasks.findings.values else ""
            self._result.received.append(Received(name, sha, (self._folder / name).stat().st_size, None, None))
            if number == 0:
                self._result.tasks = tasks
                self._take(tasks.findings)
                continue
            self._result.faults += tasks.findings.faults
            for indicator, field_name in differences(read[0][1], tasks):
                file, sheet, cell = (
                    tasks.places.get((indicator, field_name)) or read[0][1].places[indicator, field_name]
                )
                other = read[0][1] if file == name else tasks
                self._result.faults.append(
                    fault(
                        "conflicting_files",
                        file,
                        sheet=sheet,
                        cell=cell,
                        field=f"{indicator} {header_of(field_name)}",
                        found=(tasks if file == name else read[0][1]).rows[indicator].get(field_name, "空"),
                        expected=f"与 {read[0][0] if file == name else name} 一致："
                        f"{other.rows.get(indicator, {}).get(field_name, '空')}",
                    )
                )


def _share(school: object) -> None:
    if isinstance(school, SchoolReturn):
        share_texts(school.findings.values)


def unread_school(file: str, lost: object) -> SchoolReturn:
    """A workbook whose reading did not come back: its name may still say whose it is."""
    school = SchoolReturn(file, trusted=False)
    school.findings.faults.append(lost_fault(file, lost if isinstance(lost, Lost) else Lost("没有结果")))
    in_name = re.search(r"(?<!\d)\d{10}(?!\d)", Path(file).stem)
    school.code = in_name[0] if in_name else None
    return school


def _is_school_file(name: str) -> bool:
    return name.startswith(f"{SCHOOLS_FOLDER}/") and name.lower().endswith(WORKBOOK_ENDINGS)


def _is_known(name: str) -> bool:
    stems = ("county_return", "school_supplement", "task_decomposition", EXPLANATIONS, CORRECTIONS)
    lower = name.lower()
    return (
        _is_school_file(name)
        or is_export(name)
        or lower.endswith(_DOCUMENTS)
        or any(lower in {stem + ending for ending in (*WORKBOOK_ENDINGS, ".csv")} for stem in stems)
    )


def _correctable(files: Iterable[str]) -> list[str]:
    """Files whose values a correction may replace: what was read, but for the two that speak of the others."""
    return [name for name in files if Path(name).stem.lower() not in (EXPLANATIONS, CORRECTIONS)]


def _pick(files: Iterable[str], stem: str) -> str | None:
    return next((name for name in files if name.lower() in {stem + ending for ending in WORKBOOK_ENDINGS}), None)


def _without_doubles(faults: list[Fault]) -> list[Fault]:
    """One cell read for two fields is complained of once; order does not depend on the order of files."""
    kept: dict[tuple[str, str, str | None, str | None, str | None], Fault] = {}
    for found in faults:
        where = found.field if found.cell is None else None
        kept.setdefault((found.code, found.file, found.sheet, found.cell, where), found)
    return sorted(kept.values(), key=Fault.sort_key)


def _blank_errors(result: PartitionReturns, distrusted: Iterable[tuple[str, str, str]] = ()) -> None:
    """An errored value is never used: it becomes missing, so that a provisional load can go on without it.

    ``distrusted`` are cells once said to be wrong whose correction has run out.
    """
    wrong = {
        (found.file, found.sheet, found.cell) for found in result.faults if found.severity == "error" and found.cell
    } | set(distrusted)
    for value in result.values:
        if (value.file, value.sheet, value.cell) in wrong:
            value.value, value.state = None, ERROR


def _note_explanations(result: PartitionReturns) -> None:
    """Put each answer beside the value it speaks of, so that it shows wherever the figure does."""
    notes = {
        (found.file, found.sheet, found.cell): f"{found.explanation}（{found.explained_by}）"
        for found in result.faults
        if found.explanation and found.cell and found.code != "corrected"
    }
    for row in result.explanations:
        if row.code in LATE_CODES and row.file and row.sheet and row.cell:
            notes.setdefault((row.file, row.sheet, row.cell), f"{row.text}（{row.by}）")
    for value in result.values if notes else ():
        value.explanation = notes.get((value.file, value.sheet, value.cell))
