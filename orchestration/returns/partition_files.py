"""The files of one partition, opened and read each by its kind: what came out, what was received, what went wrong.

What the files say of each other is `partition`'s to tell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from orchestration.returns.corrections import STEM as CORRECTIONS
from orchestration.returns.corrections import Corrections, FileCorrections, read_corrections
from orchestration.returns.county_return import CountyReturn, read_county_return
from orchestration.returns.explanations import STEM as EXPLANATIONS
from orchestration.returns.explanations import Explanation, read_explanations
from orchestration.returns.export import ExportReturn, is_export, read_export
from orchestration.returns.faults import Fault, fault
from orchestration.returns.isolation import Lost, Task, lost_fault, probe_isolated, read_isolated, size_of
from orchestration.returns.roster import SCHOOLS_FOLDER
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
from orchestration.returns.values import Findings, share_texts
from orchestration.returns.watch import files_of, measure, odd_entries
from orchestration.returns.workbook import Refused, Workbook, open_workbook

WORKBOOK_ENDINGS = (".xlsx", ".xls", ".xlsm")
_DOCUMENTS = (".md", ".txt", ".json")  # notes that travel with a return; not forms
_TASKS = "task_decomposition"
Progress = Callable[[str, int, int], None]
_Return = TypeVar("_Return", CountyReturn, Supplement)


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


class PartitionFiles:
    """Reads a partition's files, corrections and explanations first, since they speak of the others.

    ``faults`` are those of files that could not be read, or not whole; those of what was read come with it.
    """

    def __init__(self, folder: Path, year: int, county: str, progress: Progress | None, today: dt.date) -> None:
        self._folder, self._year, self._county, self._progress = folder, year, county, progress
        self._amending: dict[str, FileCorrections] = {}
        self.corrections = Corrections(today)
        self.names = files_of(folder)
        self.received: list[Received] = []
        self.faults: list[Fault] = []
        self._read_corrections(_pick(self.names, CORRECTIONS))
        self.explanations = self._read_explanations(_pick(self.names, EXPLANATIONS))

    def unknown(self) -> list[Fault]:
        """What lies in the folder and is no form."""
        known = odd_entries(self._folder, lambda name: name.lower().endswith(WORKBOOK_ENDINGS) or _is_known(name))
        return known + [
            fault("ignored_file", name, expected=self._wanted(name)) for name in self.names if not _is_known(name)
        ]

    def misnamed(self) -> list[str]:
        """Workbooks that nobody reads for their names, a few of them."""
        return [name for name in self.names if not _is_known(name) and name.lower().endswith(WORKBOOK_ENDINGS)][:3]

    def _wanted(self, name: str) -> str | None:
        """What a workbook would have to be called to be read."""
        if not name.lower().endswith(WORKBOOK_ENDINGS):
            return None
        stems = ("county_return", "school_supplement", _TASKS, EXPLANATIONS, CORRECTIONS)
        return f"export_{self._year}.xlsx（查询导出）、{SCHOOLS_FOLDER}/ 内的学校工作簿，或 " + "、".join(
            f"{stem}.xlsx" for stem in stems
        )

    def complete_received(self) -> None:
        """Returns that could not be opened were received all the same: they are part of what a load was made from."""
        whole = {file.file: file for file in self.received if file.sha256}
        for name in self.names:
            if name not in whole and _is_known(name) and not name.lower().endswith(_DOCUMENTS):
                partly = next((file for file in self.received if file.file == name), None)
                size, sha256 = measure(self._folder / name)
                whole[name] = replace(partly or Received(name, "", 0, None, None), sha256=sha256, size=size)
        self.received = list(whole.values())

    def schools(self) -> list[SchoolReturn]:
        """Every school workbook, in the order of the names."""
        names = [name for name in self.names if _is_school_file(name)]
        schools: list[SchoolReturn] = []
        sizes = {name: size_of(self._folder / name) for name in names}
        tasks = [
            Task(
                read_school,
                (self._folder, name, self._year, self._county, self.corrections.of(name)),
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
            self.received.append(Received(name, school.sha256, size, school.edition or None, school.code))
        return schools

    def exports(self, county_name: str | None) -> list[ExportReturn]:
        """Every query export."""
        names = [name for name in self.names if is_export(name)]
        tasks = [
            Task(
                read_export,
                (self._folder, name, self._year, county_name, self.corrections.of(name)),
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
            self.faults += export.findings.faults
            self.received.append(Received(name, export.sha256, export.size, export.edition or None, None))
        return exports

    def _read_corrections(self, name: str | None) -> None:
        book = self._open(name, "", self.corrections.findings) if name else None
        try:
            if book is not None:
                self.corrections = read_corrections(book, self.names, self.corrections.today)
        except Refused as refused:
            self.corrections.findings.faults.append(refused.fault)
        self.faults += self.corrections.findings.faults

    def _read_explanations(self, name: str | None) -> list[Explanation]:
        findings = Findings()
        rows: list[Explanation] = []
        book = self._open(name, "", findings) if name else None
        if book is not None:
            try:
                said = read_explanations(book, self.names)
                rows = said.rows
                findings.extend(said.findings)
            except Refused as refused:
                findings.faults.append(refused.fault)
        self.faults += findings.faults
        return rows

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
        self.received.append(Received(name, book.sha256, book.size, None, None))
        corrections = self.corrections.of(name)
        if corrections:
            book.amend = corrections.amend
            self._amending[name] = corrections
        return book

    def county_return(self) -> CountyReturn:
        """The county's return; an empty one where there is none."""
        name = _pick(self.names, "county_return")
        return self._read(
            name, "county_return.xlsx", CountyReturn(), lambda book: read_county_return(book, self._year, self._county)
        )

    def supplement(self) -> Supplement:
        """The list of schools; an incomplete one where there is none."""
        wanted = "school_supplement.xlsx"
        name = _pick(self.names, "school_supplement")
        return self._read(name, wanted, Supplement(name or wanted, complete=False), read_supplement)

    def _read(self, name: str | None, wanted: str, unread: _Return, read: Callable[[Workbook], _Return]) -> _Return:
        """What a workbook of the county says, with what became of its corrections; ``unread``, with the faults, where
        it cannot be read."""
        book = self._open(name, wanted, unread.findings)
        if book is None:
            return unread
        try:
            result = read(book)
        except Refused as refused:
            unread.findings.faults.append(refused.fault)
            return unread
        if book.file in self._amending:
            result.findings.faults += self._amending[book.file].report(result.findings.values)
        return result

    def tasks(self) -> TaskDecomposition:
        """The task decomposition; where both forms are there and differ, that is an error (LAYOUT §6)."""
        read: list[tuple[str, TaskDecomposition]] = []
        for name in self.names:
            if name.lower() in {_TASKS + ending for ending in (".csv", ".xlsx", ".xls")}:
                try:
                    read.append((name, self._read_tasks(name)))
                except Refused as refused:
                    self.faults.append(refused.fault)
        for number, (name, tasks) in enumerate(read):
            sha = tasks.findings.values[0].sha256 if tasks.findings.values else ""
            self.received.append(Received(name, sha, (self._folder / name).stat().st_size, None, None))
            if number:
                self.faults += tasks.findings.faults + _conflicts(read[0], (name, tasks))
        if not read:
            return TaskDecomposition()
        for _, other in read[1:]:  # where two forms differ neither is to be used
            for indicator, field_name in differences(read[0][1], other):
                read[0][1].rows.get(indicator, {}).pop(field_name, None)
        return read[0][1]

    def _read_tasks(self, name: str) -> TaskDecomposition:
        corrections = self.corrections.of(name)
        amend = corrections.amend if corrections else None
        if name.lower().endswith(".csv"):
            tasks = read_task_csv(self._folder, name, amend)
        else:
            if broken := probe_isolated(self._folder, name):
                raise Refused(broken)
            book = open_workbook(self._folder, name)
            book.amend = amend
            tasks = read_task_workbook(book)
        if corrections:
            tasks.findings.faults += corrections.report(tasks.findings.values)
        return tasks


def _conflicts(first: tuple[str, TaskDecomposition], second: tuple[str, TaskDecomposition]) -> list[Fault]:
    """Where the two forms of the task decomposition differ, at a cell of either."""
    faults: list[Fault] = []
    for indicator, field_name in differences(first[1], second[1]):
        key = (indicator, field_name)
        file, sheet, cell = second[1].places.get(key) or first[1].places[key]
        (_, here), (other_name, there) = (second, first) if file == second[0] else (first, second)
        faults.append(
            fault(
                "conflicting_files", file, sheet=sheet, cell=cell, field=f"{indicator} {header_of(field_name)}",
                found=here.rows[indicator].get(field_name, "空"),
                expected=f"与 {other_name} 一致：{there.rows.get(indicator, {}).get(field_name, '空')}",
            )
        )  # fmt: skip
    return faults


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
    stems = ("county_return", "school_supplement", _TASKS, EXPLANATIONS, CORRECTIONS)
    lower = name.lower()
    return (
        _is_school_file(name)
        or is_export(name)
        or lower.endswith(_DOCUMENTS)
        or any(lower in {stem + ending for ending in (*WORKBOOK_ENDINGS, ".csv")} for stem in stems)
    )


def _pick(files: Iterable[str], stem: str) -> str | None:
    return next((name for name in files if name.lower() in {stem + ending for ending in WORKBOOK_ENDINGS}), None)
