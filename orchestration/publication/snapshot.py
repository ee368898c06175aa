"""Publish what a load built as a new whole snapshot, and sweep what killed loads left.

The order is what makes it safe to kill at any point: everything is built under a temporary name, flushed,
renamed, and only then the pointer is replaced. Before the replacement readers see the old state, after it the
new one. Older snapshots stay, so a reader that has one open is never disturbed.

All functions that write must be called under the load lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.publication import durable
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
from orchestration.publication.refusals import clear_refusal
from orchestration.publication.reports import sync_reports

__all__ = ["PublishedPartition", "Snapshot", "build", "building_database", "publish", "sweep", "sync_reports"]

_BUILDING = ".building-"
# Written last: a folder without it was cut short.
_BUILT = ".built"


def building_database(var: Path, run_id: str) -> Path:
    """The database of a snapshot that is built and not yet published: what papers are made from."""
    return _building_folder(var.resolve(), run_id) / DATABASE_NAME


def build(var: Path, run_id: str, partitions: Sequence[PublishedPartition]) -> Path:
    """Export the loaded partitions and take the others from the previous snapshot; nobody is shown it yet.

    Returns the database. Raises ValueError for an empty or repeated list, FileExistsError when the run has published
    already, and ``export.ExportError`` when the warehouse lacks a table or one of the partitions.
    """
    from orchestration.publication.changes import write_changes
    from orchestration.publication.export import build_database, export_partitions, link_partitions

    keys = _keys(partitions)
    var = var.resolve()
    final = snapshot_folder(var, run_id)
    if final.exists():
        raise FileExistsError(f"run {run_id} has published already: {final}")
    previous = read_current(var)
    building = _building_folder(var, run_id)
    if building.exists():
        durable.remove_tree(building)
    parquet = building / "parquet"
    parquet.mkdir(parents=True)
    files = export_partitions(var, parquet, partitions)
    files += write_changes(parquet, partitions, previous.parquet if previous else None)
    if previous is not None:
        files += link_partitions(previous.parquet, parquet, [record.key for record in _kept(previous, keys)])
    build_database(var, building / DATABASE_NAME, parquet, files)
    (building / _BUILT).touch()
    return building / DATABASE_NAME


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
    (building / _BUILT).unlink()
    final = snapshot_folder(var, run_id)
    previous = read_current(var)
    kept = _kept(previous, keys)

    now = utc_now()
    before = {key: previous.partition(*key) if previous else None for key in keys}
    loaded = [
        PartitionRecord(
            year=partition.year,
            county=partition.county,
            standard=partition.standard,
            fingerprint=partition.fingerprint,
            provisional=partition.provisional,
            county_name=partition.county_name,
            run_id=run_id,
            loaded_at=now,
            previous_run_id=last.run_id if last else None,
            previous_loaded_at=last.loaded_at if last else None,
        )
        for partition, last in zip(partitions, before.values(), strict=True)
    ]
    snapshot = Snapshot(
        run_id=run_id,
        created_at=now,
        sequence=max([0, *(manifest.sequence for manifest in _manifests(var).values())]) + 1,
        duckdb=final / DATABASE_NAME,
        parquet=final / "parquet",
        partitions=tuple(sorted([*kept, *loaded], key=lambda record: record.key)),
    )
    (building / MANIFEST_NAME).write_bytes(to_json(snapshot))
    _flush(building)
    durable.replace(building, final)
    durable.fsync_folder(final.parent)
    write_current(var, snapshot)
    for year, county in keys:
        clear_refusal(var, year, county)
    return snapshot


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
    manifests = _manifests(var)
    # Without a pointer only a first publication can have been interrupted; anything else means that the
    # pointer was lost, and then the snapshots are all there is to recover from.
    reached = current.sequence if current else max([0, *(m.sequence for m in manifests.values() if m.sequence > 1)])
    for path in sorted(folder.glob(f"{_BUILDING}*")):
        durable.remove_tree(path)
        removed.append(path)
    for path, manifest in sorted(manifests.items()):
        if manifest.sequence > reached:
            durable.remove_tree(path)
            removed.append(path)
    for parent in (folder, var / "refused"):
        for path in sorted(parent.glob(f".*.json.*{durable.TEMPORARY_SUFFIX}")):
            path.unlink()
            removed.append(path)
    return removed


def _manifests(var: Path) -> dict[Path, Snapshot]:
    """Folder → manifest of every whole snapshot, pointed at or not."""
    found: dict[Path, Snapshot] = {}
    for path in published_folder(var).glob(f"*/{MANIFEST_NAME}"):
        if path.parent.name.startswith(_BUILDING):
            continue
        try:
            found[path.parent] = from_json(path.read_bytes())
        except PointerError:  # not ours; neither counted nor swept
            continue
    return found


def _flush(building: Path) -> None:
    """Flush every file of our own making, and every folder; linked files have been flushed by their own run."""
    folders = {building}
    for path in building.rglob("*"):
        if path.is_dir():
            folders.add(path)
        elif path.stat().st_nlink == 1:
            durable.fsync_file(path)
    durable.fsync_folders(folders)
