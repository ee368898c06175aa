"""Publish what a load built as a new whole snapshot, and sweep what killed loads left.

The order is what makes it safe to kill at any point: everything is built under a temporary name, flushed,
renamed, and only then the pointer is replaced. Before the replacement readers see the old state, after it the
new one. Older snapshots stay, so a reader that has one open is never disturbed.

All functions that write must be called under the load lock.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import durable
from orchestration.publication.lake.place import Place, place
from orchestration.publication.pointer import (
    DATABASE_NAME,
    MANIFEST_NAME,
    PartitionRecord,
    PointerError,
    PublishedPartition,
    Snapshot,
    from_json,
    published_folder,
    read_current,
    snapshot_folder,
    to_json,
    utc_now,
    write_current,
)
from orchestration.publication.reader import current
from orchestration.publication.refusals import clear_refusal, read_refusal
from orchestration.publication.reports import sync_reports

if TYPE_CHECKING:
    from orchestration.publication.export import PartitionFile

__all__ = [
    "NotPublishedError",
    "PublishedPartition",
    "Snapshot",
    "build",
    "building_database",
    "manifests",
    "next_sequence",
    "publish",
    "runs_of",
    "sweep",
    "sync_reports",
    "withdraw",
]

_BUILDING = ".building-"
# A snapshot on its way out (`orchestration.publication.lifecycle`).
PRUNING = ".pruning-"
# What a backup is unpacked into (`orchestration.publication.backup`).
RESTORING = ".restoring"
# Written last: a folder without it was cut short.
_BUILT = ".built"
# What the change report of a shared load was made against: its data, and its state.
_BEFORE = "before"


class NotPublishedError(LookupError):
    """Some of the partitions (year, county) are not published."""

    def __init__(self, keys: Sequence[tuple[int, str]]) -> None:
        super().__init__(f"not published: {list(keys)}")
        self.keys = tuple(keys)


def building_database(var: Path, run_id: str) -> Path:
    """The database of a snapshot that is built and not yet published: what papers are made from."""
    return _building_folder(var.resolve(), run_id) / DATABASE_NAME


def build(var: Path, run_id: str, partitions: Sequence[PublishedPartition]) -> Path:
    """Export the loaded partitions and take the others from the previous snapshot; nobody is shown it yet.

    For the shared warehouse nothing is taken over: it has the others.
    Returns the database. Raises ValueError for an empty or repeated list, FileExistsError when the run has published
    already, and ``export.ExportError`` when the warehouse lacks a table or one of the partitions.
    """
    from orchestration.publication.changes import write_changes
    from orchestration.publication.database import build_database, update_database
    from orchestration.publication.export import export_partitions, link_partitions, warehouse

    keys = _keys(partitions)
    var = var.resolve()
    final = snapshot_folder(var, run_id)
    if final.exists():
        raise FileExistsError(f"{run_id} 已经发布过：要再发布，请从读取（returns）这一步起重新载入（{final}）")
    shared = place()
    previous = current(var)
    building = _building_folder(var, run_id)
    if building.exists():
        durable.remove_tree(building)
    parquet = building / "parquet"
    parquet.mkdir(parents=True)
    files = export_partitions(var, parquet, partitions)
    if shared is None:
        before = previous.parquet if previous else None
    else:
        from orchestration.publication.lake.publishing import export_before

        before = export_before(shared, previous, keys, building / _BEFORE)
        if previous is not None:
            (building / f"{_BEFORE}.json").write_bytes(to_json(previous))
    files += write_changes(parquet, partitions, before)
    database = building / DATABASE_NAME
    kept = [record.key for record in _kept(previous, keys)] if shared is None else []
    linked = link_partitions(previous.parquet, parquet, kept, files) if previous and kept else []
    if not (
        previous is not None
        and linked
        and update_database(previous.duckdb, warehouse(var), database, parquet, files, keys)
    ):
        build_database(warehouse(var), database, parquet, [*linked, *files])
    _describe(building, [*linked, *files])
    (building / _BUILT).touch()
    return building / DATABASE_NAME


def _describe(building: Path, files: Sequence[PartitionFile]) -> None:
    """Write the data package of a snapshot that is being built."""
    from orchestration.publication.datapackage import write_datapackage
    from orchestration.publication.reader import connect

    with connect(building / DATABASE_NAME) as connection:
        write_datapackage(building / "parquet", connection, files)


def publish(
    var: Path, run_id: str, partitions: Sequence[PublishedPartition], *, reports: Path | None = None
) -> Snapshot:
    """Point at the snapshot of these partitions, building it first where `build` has not.

    ``reports`` is a folder YEAR/COUNTY/… of papers of these partitions; it is moved into the snapshot. Raises what
    `build` raises.
    """
    keys = _keys(partitions)
    var = var.resolve()
    building = _building_folder(var, run_id)
    if not (building / _BUILT).exists():
        build(var, run_id, partitions)
    if reports is not None:
        durable.move(reports, building / "reports")
    if (shared := place()) is not None:
        return _share(shared, var, run_id, partitions)
    (building / _BUILT).unlink()
    previous = read_current(var)
    kept = _kept(previous, keys)

    now = utc_now()
    loaded = [
        PartitionRecord.of(one, run_id, now, previous.partition(one.year, one.county) if previous else None)
        for one in partitions
    ]
    snapshot = _point_at(var, run_id, now, [*kept, *loaded])
    for year, county in keys:
        clear_refusal(var, year, county)
    return snapshot


def _share(shared: Place, var: Path, run_id: str, partitions: Sequence[PublishedPartition]) -> Snapshot:
    """Publish what was built into the shared warehouse; the folder it was built in is then needed no more."""
    from orchestration.publication.lake import publishing

    building = _building_folder(var, run_id)
    compared = building / f"{_BEFORE}.json"
    before = from_json(compared.read_bytes()) if compared.exists() else None
    snapshot = publishing.publish(shared, run_id, partitions, building, before)
    durable.remove_tree(building)
    for year, county in _keys(partitions):
        clear_refusal(var, year, county)
    return snapshot


def withdraw(var: Path, run_id: str, keys: Sequence[tuple[int, str]]) -> Snapshot:
    """Publish a new snapshot without these partitions (year, county); the others are linked, and stay as they were.

    Their papers under ``var/reports`` go with the next `sync_reports`. Raises NotPublishedError where one of them is
    not published, and then changes nothing; FileExistsError when the run has published already.
    """
    from orchestration.publication.database import update_database
    from orchestration.publication.export import link_partitions

    var = var.resolve()
    if (shared := place()) is not None:
        from orchestration.publication.lake import publishing

        try:
            return publishing.withdraw(shared, run_id, keys)
        except KeyError as error:
            raise NotPublishedError(error.args[0]) from error
    previous = read_current(var)
    absent = [key for key in keys if previous is None or previous.partition(*key) is None]
    if previous is None or absent or not keys:
        raise NotPublishedError(absent)
    final = snapshot_folder(var, run_id)
    if final.exists():
        raise FileExistsError(f"{run_id} 已经发布过：要再发布，请从读取（returns）这一步起重新载入（{final}）")
    kept = _kept(previous, keys)
    building = _building_folder(var, run_id)
    if building.exists():
        durable.remove_tree(building)
    parquet = building / "parquet"
    parquet.mkdir(parents=True)
    files = link_partitions(previous.parquet, parquet, [record.key for record in kept])
    update_database(previous.duckdb, previous.duckdb, building / DATABASE_NAME, parquet, (), keys)
    _describe(building, files)
    snapshot = _point_at(var, run_id, utc_now(), kept)
    for key in keys:
        # A return that was refused after what is withdrawn here still waits for its county to mend it.
        if read_refusal(var, *key, previous.partition(*key)) is None:
            clear_refusal(var, *key)
    return snapshot


def _point_at(var: Path, run_id: str, now: str, partitions: Sequence[PartitionRecord]) -> Snapshot:
    """Give what was built its name and move the pointer to it: the last steps of every publication."""
    from orchestration.publication import contract

    building, final = _building_folder(var, run_id), snapshot_folder(var, run_id)
    shown = read_current(var)
    snapshot = Snapshot(
        run_id=run_id,
        created_at=now,
        sequence=next_sequence(var),
        duckdb=final / DATABASE_NAME,
        parquet=final / "parquet",
        partitions=tuple(sorted(partitions, key=lambda record: record.key)),
        contract=contract.version(),
        previous=shown.run_id if shown else None,
    )
    (building / MANIFEST_NAME).write_bytes(to_json(snapshot))
    _flush(building)
    durable.replace(building, final)
    durable.fsync_folder(final.parent)
    write_current(var, snapshot)
    return snapshot


def next_sequence(var: Path) -> int:
    """One ahead of the pointer, and of every snapshot there is: a pointer moved back stands ahead of its snapshot."""
    current = read_current(var)
    known = [manifest.sequence for manifest in manifests(var).values()]
    return max([0, current.sequence if current else 0, *known]) + 1


def _keys(partitions: Sequence[PublishedPartition]) -> list[tuple[int, str]]:
    keys = [(partition.year, partition.county) for partition in partitions]
    if not keys or len(set(keys)) != len(keys):
        raise ValueError(f"partitions must be given, each once: {keys}")
    return keys


def _kept(previous: Snapshot | None, keys: Sequence[tuple[int, str]]) -> list[PartitionRecord]:
    """Partitions of the previous snapshot that were not loaded."""
    return [record for record in previous.partitions if record.key not in set(keys)] if previous else []


def _building_folder(var: Path, run_id: str) -> Path:
    final = snapshot_folder(var, run_id)
    return final.with_name(f"{_BUILDING}{run_id}")


def sweep(var: Path) -> list[Path]:
    """Remove what killed loads left: half-built folders, temporary files, snapshots never pointed at.

    Older snapshots, and whatever somebody else put into the folder, stay. Returns what was removed.
    """
    var = var.resolve()
    removed: list[Path] = []
    folder = published_folder(var)
    current = read_current(var)
    found = manifests(var)
    # Without a pointer only a first publication can have been interrupted; anything else means that the
    # pointer was lost, and then the snapshots are all there is to recover from.
    reached = current.sequence if current else max([0, *(m.sequence for m in found.values() if m.sequence > 1)])
    for path in sorted([*folder.glob(f"{_BUILDING}*"), *folder.glob(f"{PRUNING}*"), *var.glob(RESTORING)]):
        durable.remove_tree(path)
        removed.append(path)
    for path, manifest in sorted(found.items()):
        if manifest.sequence > reached:
            durable.remove_tree(path)
            removed.append(path)
    for parent in (folder, var / "refused", *(var / "register").glob("[!.]*/")):
        for path in sorted(parent.glob(f".*.json.*{durable.TEMPORARY_SUFFIX}")):
            path.unlink()
            removed.append(path)
    return removed


def manifests(var: Path) -> dict[Path, Snapshot]:
    """Folder → manifest of every whole snapshot, pointed at or not."""
    found: dict[Path, Snapshot] = {}
    for path in published_folder(var).glob(f"*/{MANIFEST_NAME}"):
        if path.parent.name.startswith((_BUILDING, PRUNING)):
            continue
        try:
            manifest = from_json(path.read_bytes())
        except PointerError:  # not ours; neither counted nor swept
            continue
        if manifest.run_id == path.parent.name:  # going back to it points at the folder of that name
            found[path.parent] = manifest
    return found


def runs_of(var: Path, year: int, county: str) -> tuple[str, ...] | None:
    """Runs that have published the partition, as far as snapshots and pointer still tell; None for the shared
    warehouse, whose history is elsewhere."""
    if place() is not None:
        return None
    newest = read_current(var)
    known = [*manifests(var).values(), *([newest] if newest else [])]
    records = [snapshot.partition(year, county) for snapshot in known]
    return tuple(sorted({record.run_id for record in records if record}))


def _flush(building: Path) -> None:
    """Flush every file of our own making, and every folder; linked files have been flushed by their own run."""
    folders: list[Path] = []
    for folder, _, names in os.walk(building):
        folders.append(Path(folder))
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 - of a nation's 80,000 files nearly all need no Path
            if os.stat(path).st_nlink == 1:  # noqa: PTH116
                durable.fsync_file(Path(path))
    durable.fsync_folders(folders)
