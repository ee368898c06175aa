"""The published state as one archive, and back again on this or another machine.

The archive is a zip: ``junheng-backup.json`` first (every file with size and sha256, and the pointer), then the
current snapshot, the papers of its partitions, refusals and the register of receipts. No time is written: equal
states give equal bytes. What is restored is verified whole before any of it is seen: the last step is one rename.
What an archive holds is read by `orchestration.publication.backup_archive`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from orchestration.publication import durable
from orchestration.publication.backup_archive import CHUNK, FORMAT, LIST_NAME, OTHERS, BackupError, safe, unpack
from orchestration.publication.lake import place as lake_place
from orchestration.publication.lifecycle import PAPERS_ONLY
from orchestration.publication.pointer import (
    DATABASE_NAME,
    MANIFEST_NAME,
    POINTER_NAME,
    Snapshot,
    partition_path,
    published_folder,
    read_current,
    snapshot_folder,
    to_json,
)
from orchestration.publication.refusals import keep_refusals
from orchestration.publication.snapshot import RESTORING

__all__ = ["LIST_NAME", "BackupError", "NothingPublishedError", "restore", "write"]

_EPOCH = (1980, 1, 1, 0, 0, 0)


class NothingPublishedError(BackupError):
    """There is nothing to back up."""


def write(var: Path, file: Path) -> int:
    """Write the archive of the current state beside ``file`` and rename it there; returns how many files it holds.

    Raises NothingPublishedError, and OSError where it cannot be written; an older file of that name then stays.
    """
    _working_folder_only()
    var = var.resolve()
    current = read_current(var)
    if current is None:
        raise NothingPublishedError("还没有发布任何数据，没有可备份的。")
    files = dict(_contents(var, current))
    strange = [name for name in files if not safe(name)]
    if strange:
        raise BackupError(f"文件名 {strange[0]!r} 不能放进备份；请改名后再备份。")
    listed = [
        {"path": name, "size": path.stat().st_size, "sha256": _sha256_of(path)} for name, path in sorted(files.items())
    ]
    content = {"format": FORMAT, "pointer": json.loads(to_json(_placed(current, Path()))), "files": listed}
    with (
        durable.written_aside(file) as aside,
        zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        text = json.dumps(content, ensure_ascii=False, indent=1).encode()
        archive.writestr(_entry(LIST_NAME), text)
        for name, path in sorted(files.items()):
            with path.open("rb") as source, archive.open(_entry(name), "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, CHUNK)
    return len(listed)


def restore(file: Path, var: Path) -> Snapshot:
    """Unpack and verify the archive, then make it the published state of ``var``, where nothing may be published yet.

    Returns the snapshot. Raises BackupError for an archive that is damaged, hostile or of a newer version, and for a
    folder that has data; OSError for a file that cannot be read or a disk that is full. Nothing is changed then.
    """
    _working_folder_only()
    var = var.resolve()
    published = published_folder(var)
    _nothing_there(var, published)
    place = var / RESTORING
    if place.exists():
        durable.remove_tree(place)
    place.mkdir(parents=True)
    try:
        snapshot = _placed(unpack(file, place), published)
        (place / "published" / snapshot.run_id / MANIFEST_NAME).write_bytes(to_json(snapshot))
        (place / "published" / POINTER_NAME).write_bytes(to_json(snapshot))
        for folder in (place / "published").iterdir():
            if folder.is_dir() and folder.name != snapshot.run_id:
                (folder / PAPERS_ONLY).touch()
        added = _to_add(place, var)
        keep_refusals(var, snapshot.partitions)
        _put_in_place(place, var, added)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return snapshot


def _nothing_there(var: Path, published: Path) -> None:
    """All that a restoration will replace or add to, looked at before anything is changed. Raises BackupError."""
    for folder in (published, *(var / other for other in OTHERS)):
        # A link could lead anywhere, and no rename puts a folder in the place that it leads to.
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise BackupError(f"{folder} 是链接或文件，不是文件夹；请恢复到一个空文件夹，或先移走它。")
    if published.exists() and any(published.iterdir()):
        raise BackupError(f"{var} 已有发布的数据；请恢复到一个空文件夹，或先移走 {published}。")


def _working_folder_only() -> None:
    if lake_place.place() is not None:
        raise BackupError(
            "共享仓库的备份是 pg_dump 与数据文件夹的副本，恢复用 pg_restore；做法见 docs/shared_mode.md 第 5 节。"
        )


def _contents(var: Path, current: Snapshot) -> Iterator[tuple[str, Path]]:
    """Name in the archive and file of everything that is part of the state."""
    folder = current.duckdb.parent
    run = snapshot_folder(Path(), current.run_id)
    for path in _files(folder):
        relative = path.relative_to(folder)
        if relative.parts[0] != "reports":
            yield (run / relative).as_posix(), path
    for record in current.partitions:
        papers = Path("reports") / partition_path(*record.key)
        home = snapshot_folder(Path(), record.run_id) / papers
        for path in _files(snapshot_folder(var, record.run_id) / papers):
            yield (home / path.relative_to(snapshot_folder(var, record.run_id) / papers)).as_posix(), path
    for other in OTHERS:
        for path in _files(var / other):
            if not path.name.endswith(durable.TEMPORARY_SUFFIX):
                yield path.relative_to(var).as_posix(), path


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _placed(snapshot: Snapshot, published: Path) -> Snapshot:
    """The same snapshot with the paths it has under this ``published`` folder."""
    folder = published / snapshot.run_id
    return replace(snapshot, duckdb=folder / DATABASE_NAME, parquet=folder / "parquet")


def _sha256_of(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _to_add(place: Path, var: Path) -> list[Path]:
    """Receipts and refusals of the backup that are to be added to those there are, as paths below both folders.

    Loads that were refused have left some though nothing is published. Those of other partitions stay. Where both
    have one of the same partition and they differ, nobody is asked to guess: the revisions that the published data
    name are the backup's, and what was received here since would have to be numbered anew; so people move theirs
    aside, and nothing is lost. Raises BackupError.
    """
    added: list[Path] = []
    for path in [path for other in OTHERS for path in _files(place / other)]:
        relative = path.relative_to(place)
        there = var / relative
        if there.is_symlink() or (there.exists() and (not there.is_file() or _sha256_of(there) != _sha256_of(path))):
            raise BackupError(f"{there} 与备份里的不同；请恢复到一个空文件夹，或先移走它。")
        if not there.exists():
            added.append(relative)
    return added


def _put_in_place(place: Path, var: Path, added: list[Path]) -> None:
    """What is beside the snapshots first; the snapshots, with the pointer among them, last and in one step.

    Where a step fails, what went before it is taken back.
    """
    folders: set[Path] = {place}
    for path in place.rglob("*"):
        if path.is_dir():
            folders.add(path)
        else:
            durable.fsync_file(path)
    durable.fsync_folders(folders)
    published = published_folder(var)
    begun: list[Path] = []
    try:
        for relative in added:
            (var / relative).parent.mkdir(parents=True, exist_ok=True)
            begun.append(var / relative)
            durable.move(place / relative, var / relative)
        durable.fsync_folders({folder for path in begun for folder in path.parents if folder.is_relative_to(var)})
        if published.exists():
            published.rmdir()
        durable.replace(place / "published", published)
    except OSError:
        for path in begun:
            path.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # it is there for everybody to see: no error must say that nothing has changed
        durable.fsync_folder(var)
