"""One partition (year × county): every file in its folder → values, identities and all faults, in one pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestration.returns.campuses import join_campuses
from orchestration.returns.checks import Figures, check_between_forms, check_values
from orchestration.returns.comparisons import LastYear, check_against_last_year, check_county_totals, check_shells
from orchestration.returns.corrections import STEM as CORRECTIONS
from orchestration.returns.doubts import Doubted, take_out
from orchestration.returns.explanations import STEM as EXPLANATIONS
from orchestration.returns.explanations import Explanation, explain, stale
from orchestration.returns.faults import LATE_CODES, Disagreement, Fault, Place
from orchestration.returns.partition_files import PartitionFiles, Progress, Received
from orchestration.returns.roster import missing_rooms, settle_roster
from orchestration.returns.school_return import SchoolReturn
from orchestration.returns.task_decomposition import TaskDecomposition
from orchestration.returns.unit_suspects import check_units
from orchestration.returns.values import Findings, Value
from orchestration.returns.watch import FileWatch, files_of

# With one of these, the schools' figures do not add up to the county's, and nobody need be told twice.
_INCOMPLETE = frozenset(
    {"missing_school", "unlisted_school", "duplicate_school", "missing_level_row", "campus_without_parent"}
)


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
    folder = partition_folder(raw, year, county)
    watch = FileWatch.begin(folder, files_of(folder))
    files = PartitionFiles(folder, year, county, progress, today or dt.date.min)
    return _PartitionReader(files, PartitionReturns(year, county), last_year).read(watch)


class _PartitionReader:
    def __init__(self, files: PartitionFiles, result: PartitionReturns, last_year: LastYear | None) -> None:
        self._files, self._result, self._last_year = files, result, last_year
        self._all: list[Value] = []

    def read(self, watch: FileWatch) -> PartitionReturns:
        files, result = self._files, self._result
        result.explanations += files.explanations
        workbooks = files.schools()
        county_return = files.county_return()
        exports = files.exports(county_return.county_name)
        supplement = files.supplement()
        result.tasks = files.tasks()
        result.county_name = county_return.county_name
        result.evidence = county_return.evidence
        result.listed, result.rooms = supplement.listed, supplement.rooms
        schools = [*workbooks, *(one for export in exports for one in export.schools)]
        roster = settle_roster(schools, supplement, exports, files.misnamed())
        whole = supplement.complete and all(export.complete for export in exports)
        result.schools = roster.schools
        result.faults += [*files.faults, *files.unknown(), *roster.faults]
        self._all += roster.values
        for findings in (result.tasks.findings, county_return.findings, supplement.findings):
            self._take(findings)
        campuses = join_campuses(result.schools, supplement, self._all, roster.lost_campuses)
        result.faults += campuses.faults
        doubts = [*roster.doubts, *campuses.doubts, *files.corrections.distrusted()]
        result.faults += check_between_forms(
            self._all,
            {code: school.levels for code, school in result.schools.items()},
            {code: school.name for code, school in result.schools.items() if school.name},
        )
        result.faults += missing_rooms(result.schools, supplement)
        result.faults += self._compare(schools, doubts, whole)
        result.values = self._all
        result.faults += files.corrections.unread(_correctable(file.file for file in files.received))
        files.complete_received()
        result.received = files.received
        result.faults += watch.changes({file.file: file.sha256 for file in result.received})
        self._explain([row for school in workbooks for row in school.explanations])
        unsure = take_out(Doubted(result.faults, doubts), result.values, result.schools)
        result.listed = {**roster.unread, **unsure, **supplement.listed}
        return result

    def _compare(self, schools: list[SchoolReturn], doubts: list[Place], whole: bool) -> list[Fault]:
        """What only the whole county, or last year, can tell; figures already found wrong are left out.

        ``whole`` says whether the list and every export could be read: without them nobody knows who is missing.
        """
        found = self._result.faults
        figures = Figures(self._all, Doubted(found, doubts))
        counted = self._result.schools
        faults = check_units(figures, counted) + check_shells(figures, counted)
        if self._last_year:
            faults += check_against_last_year(figures, self._last_year, counted)
        sound = all(school.trusted and school.code and school.school_type for school in schools)
        if whole and schools and sound and not _INCOMPLETE.intersection(one.code for one in found):
            faults += check_county_totals(figures, counted)
        return faults

    def _explain(self, said_by_schools: list[Explanation]) -> None:
        """Settle which queries are answered. An answer that names none is a query, as late ones will be told later."""
        result = self._result
        result.explanations += said_by_schools
        result.faults, used = explain(_without_doubles(result.faults), result.explanations)
        result.faults = _without_doubles([*result.faults, *stale(result.explanations, used, late=False)])
        _note_explanations(result)

    def _take(self, findings: Findings) -> None:
        self._all += findings.values
        self._result.faults += findings.faults + check_values(findings.values)


def _correctable(files: Iterable[str]) -> list[str]:
    """Files whose values a correction may replace: what was read, but for the two that speak of the others."""
    return [name for name in files if Path(name).stem.lower() not in (EXPLANATIONS, CORRECTIONS)]


def _without_doubles(faults: list[Fault]) -> list[Fault]:
    """One cell read for two fields is complained of once; order does not depend on the order of files."""
    kept: dict[tuple[str, str, str | None, str | None, str | None], Fault] = {}
    for found in faults:
        where = found.field if found.cell is None else None
        key = (found.code, found.file, found.sheet, found.cell, where)
        before = kept.setdefault(key, found)
        if before is not found and isinstance(found, Disagreement):
            also = before.doubts if isinstance(before, Disagreement) else ()
            kept[key] = replace(found, **before.as_row(), doubts=(*also, *found.doubts))
    return sorted(kept.values(), key=Fault.sort_key)


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
