"""Bring ``var/reports/YEAR/COUNTY`` and ``var/site/YEAR/COUNTY`` in line with the snapshot.

Papers and pages are published inside the snapshot with everything else; the folders where people look for them are
copies (not links: who edits a paper must not edit the published one), made after the pointer has moved, and again at
the start of the next load in case a kill came between.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from orchestration.publication import durable
from orchestration.publication.kinds import is_run_id
from orchestration.publication.lake.place import place
from orchestration.publication.pointer import (
    PartitionRecord,
    PointerError,
    Snapshot,
    partition_path,
    snapshot_folder,
)
from orchestration.publication.reader import current
from orchestration.publication.refusals import read_refusal

# Names the run whose papers the folder holds; written last, so a half-made copy is made again.
_STAMP = ".run_id"
REPORTS = "reports"
# Also the name of the pages' folder among a partition's papers.
SITE = "site"
# Return slips among a partition's papers: those of the last attempt, also of one that was refused.
SLIPS = "slips"
_TEMPORARY = (".new-", ".old-")


def reports_folder(var: Path, year: int, county: str) -> Path:
    """Where people find the papers of one year and county. Raises PointerError for what is neither."""
    return var / REPORTS / partition_path(year, county)


def site_folder(var: Path, year: int, county: str) -> Path:
    """Where people find the audit site of one year and county. Raises PointerError for what is neither."""
    return var / SITE / partition_path(year, county)


def published_papers(var: Path, record: PartitionRecord) -> Path:
    """A partition's papers as its load published them, whatever people did to their copies since.

    Raises PointerError for a record whose run, year or county is none.
    """
    if not is_run_id(record.run_id):
        raise PointerError(f"数据里的运行编号不对（{record.run_id[:60]!r}），不予使用。")
    shared = place()
    run = shared.papers / record.run_id if shared else snapshot_folder(var.resolve(), record.run_id) / REPORTS
    return run / partition_path(record.year, record.county)


def sync_reports(var: Path, snapshot: Snapshot | None = None) -> list[Path]:
    """Copy papers and pages of every published partition that are not yet in place; remove those of withdrawn ones,
    and leftovers of kills.

    ``snapshot`` is the current one, looked up where not given; of a shared one, every worker has all papers.

    Returns what could not be replaced because somebody has it open (Windows); it is tried again by the next call.
    """
    var = var.resolve()
    snapshot = snapshot or current(var)
    if snapshot is None:
        return []
    for year_folder in [*(var / REPORTS).glob("*"), *(var / SITE).glob("*")]:
        for leftover in year_folder.glob(".*"):
            if leftover.name.startswith(_TEMPORARY):
                durable.remove_tree(leftover)
    held: list[Path] = []
    for record in snapshot.partitions:
        papers = published_papers(var, record)
        for source, target in (
            (papers, reports_folder(var, record.year, record.county)),
            (papers / SITE, site_folder(var, record.year, record.county)),
        ):
            if source.is_dir() and _stamp(target) != record.run_id:
                held += _replace(source, target, record.run_id)
    return held + _remove_withdrawn(var, {record.key for record in snapshot.partitions})


def _remove_withdrawn(var: Path, published: set[tuple[int, str]]) -> list[Path]:
    """Remove papers and pages of partitions that are published no more. Papers of what never was (return slips of a
    county that was refused) bear no stamp, and stay; so do the slips of a refusal that outlives what was withdrawn.
    Returns the folders that are held open."""
    held: list[Path] = []
    for folder in sorted([*(var / REPORTS).glob("*/*"), *(var / SITE).glob("*/*")]):
        year, county = folder.parent.name, folder.name
        if not (year.isdecimal() and county.isdecimal()) or (int(year), county) in published:
            continue
        if folder.is_relative_to(var / REPORTS) and _stamp(folder) is None:
            continue
        old = folder.with_name(f"{_TEMPORARY[1]}{county}")
        try:
            if folder.parent.parent == var / REPORTS and read_refusal(var, int(year), county) is not None:
                _leave_slips(folder)
                continue
            durable.replace(folder, old)
        except OSError:
            held.append(folder)
            continue
        durable.remove_tree(old)
        durable.fsync_folder(folder.parent)
    return held


def _leave_slips(folder: Path) -> None:
    """Remove all papers but the slips; the stamp last, so that this is gone through again where it was cut short."""
    for path in folder.iterdir():
        if path.name not in {SLIPS, _STAMP}:
            if path.is_dir():
                durable.remove_tree(path)
            else:
                path.unlink()
    (folder / _STAMP).unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def _stamp(folder: Path) -> str | None:
    try:
        return (folder / _STAMP).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _replace(source: Path, target: Path, run_id: str) -> list[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f"{_TEMPORARY[0]}{target.name}")
    old = target.with_name(f"{_TEMPORARY[1]}{target.name}")
    # The pages have a folder of their own; among the papers they would only be there twice.
    shutil.copytree(source, new, ignore=lambda folder, names: {SITE} & set(names) if Path(folder) == source else set())
    (new / _STAMP).write_text(run_id + "\n", encoding="utf-8")
    if target.exists():
        try:
            durable.replace(target, old)
        except OSError:  # a paper in it is open: replace what can be replaced
            held = _replace_files(new, target)
            durable.remove_tree(new)
            return held
    durable.replace(new, target)
    if old.exists():
        durable.remove_tree(old)
    durable.fsync_folder(target.parent)
    return []


def _replace_files(new: Path, target: Path) -> list[Path]:
    """Replace file by file; the stamp only when all went well. Returns those that are held open."""
    held: list[Path] = []
    wanted = sorted(path.relative_to(new) for path in new.rglob("*") if path.is_file() and path.name != _STAMP)
    (target / _STAMP).unlink(missing_ok=True)
    for relative in wanted:
        (target / relative).parent.mkdir(parents=True, exist_ok=True)
        try:
            (new / relative).replace(target / relative)
        except OSError:
            held.append(target / relative)
    for path in sorted(target.rglob("*")):
        if path.is_file() and path.relative_to(target) not in set(wanted):
            try:
                path.unlink()
            except OSError:
                held.append(path)
    if not held:
        (new / _STAMP).replace(target / _STAMP)
    return held
