"""The published state as one archive, and back again on this or another machine.

The archive is a zip: ``junheng-backup.json`` first (every file with size and sha256, and the pointer), then the
current snapshot, the papers of its partitions, refusals and the register of receipts. No time is written: equal
states give equal bytes. What is restored is verified whole before any of it is seen: the last step is one rename.
An archive comes from outside, so nothing in it is believed: not a name, not a size, not a link.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from orchestration.publication import durable
from orchestration.publication.lake import place as lake_place
from orchestration.publication.lifecycle import PAPERS_ONLY
from orchestration.publication.pointer import (
    DATABASE_NAME,
    MANIFEST_NAME,
    POINTER_NAME,
    PointerError,
    Snapshot,
    from_json,
    published_folder,
    read_current,
    snapshot_folder,
    to_json,
)
from orchestration.publication.snapshot import RESTORING

LIST_NAME = "junheng-backup.json"
FORMAT = 1
_OTHERS = ("refused", "register")
_CHUNK = 1 << 20
_LIST_LIMIT = 256 << 20
_MOST_FILES = 2_000_000
# Deflate cannot do better than about 1 : 1032; what claims to is no backup.
_MOST_RATIO = 1_100
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PART = re.compile(r"[^\x00-\x1f\x7f\\/:]{1,255}")


class BackupError(Exception):
    """The archive cannot be made or restored; the message (Chinese) says why and what to do."""


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
    strange = [name for name in files if not _safe(name)]
    if strange:
        raise BackupError(f"文件名 {strange[0]!r} 不能放进备份；请改名后再备份。")
    listed = [
        {"path": name, "size": path.stat().st_size, "sha256": _sha256_of(path)} for name, path in sorted(files.items())
    ]
    content = {"format": FORMAT, "pointer": json.loads(to_json(_placed(current, Path()))), "files": listed}
    aside = file.with_name(f".{file.name}{durable.TEMPORARY_SUFFIX}")
    try:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            text = json.dumps(content, ensure_ascii=False, indent=1).encode()
            archive.writestr(_entry(LIST_NAME), text)
            for name, path in sorted(files.items()):
                with path.open("rb") as source, archive.open(_entry(name), "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target, _CHUNK)
        durable.fsync_file(aside)
        durable.replace(aside, file)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    return len(listed)


def restore(file: Path, var: Path) -> Snapshot:
    """Unpack and verify the archive, then make it the published state of ``var``, where nothing may be published yet.

    Returns the snapshot. Raises BackupError for an archive that is damaged, hostile or of a newer version, and for a
    folder that has data; OSError for a file that cannot be read or a disk that is full. Nothing is changed then.
    """
    _working_folder_only()
    var = var.resolve()
    published = published_folder(var)
    if published.exists() and any(published.iterdir()):
        raise BackupError(f"{var} 已有发布的数据；请恢复到一个空文件夹，或先移走 {published}。")
    place = var / RESTORING
    if place.exists():
        durable.remove_tree(place)
    place.mkdir(parents=True)
    try:
        try:
            with zipfile.ZipFile(file) as archive:
                snapshot = _unpack(archive, file, place)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
            raise BackupError(f"{file} 不是备份文件，或已经损坏（{error}）。") from error
        snapshot = _placed(snapshot, published)
        (place / "published" / snapshot.run_id / MANIFEST_NAME).write_bytes(to_json(snapshot))
        (place / "published" / POINTER_NAME).write_bytes(to_json(snapshot))
        for folder in (place / "published").iterdir():
            if folder.is_dir() and folder.name != snapshot.run_id:
                (folder / PAPERS_ONLY).touch()
        _put_in_place(place, var)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return snapshot


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
        papers = Path("reports") / str(record.year) / record.county
        home = snapshot_folder(Path(), record.run_id) / papers
        for path in _files(snapshot_folder(var, record.run_id) / papers):
            yield (home / path.relative_to(snapshot_folder(var, record.run_id) / papers)).as_posix(), path
    for other in _OTHERS:
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


def _unpack(archive: zipfile.ZipFile, file: Path, place: Path) -> Snapshot:
    """Every listed file, and nothing else, into ``place``, each verified. Raises BackupError."""
    entries = archive.infolist()
    if len(entries) > _MOST_FILES or len({entry.filename for entry in entries}) != len(entries):
        raise BackupError(f"{file} 的目录不对（文件过多或重名），不予恢复。")
    by_name = {entry.filename: entry for entry in entries}
    listed, snapshot = _listed(archive, by_name, file)
    if set(by_name) != {LIST_NAME, *listed}:
        raise BackupError(f"{file} 里的文件与清单不符，不予恢复。")
    folded = {name.casefold() for name in listed}
    if len(folded) != len(listed):
        raise BackupError(f"{file} 里有只差大小写的文件名，不予恢复。")
    total = sum(size for size, _ in listed.values())
    packed = file.stat().st_size
    if total > packed * _MOST_RATIO + _CHUNK or total > shutil.disk_usage(place).free:
        raise BackupError(f"{file} 展开后有 {total} 字节，不合常理或磁盘放不下，不予恢复。")
    for name, (size, sha256) in listed.items():
        entry = by_name[name]
        if stat.S_ISLNK(entry.external_attr >> 16) or entry.is_dir() or entry.file_size != size:
            raise BackupError(f"{file} 里的 {name} 与清单不符，不予恢复。")
        target = place.joinpath(*PurePosixPath(name).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("xb") as sink:
            found = _copied(cast("BinaryIO", source), sink, size)
        if found != sha256:
            raise BackupError(f"{file} 里的 {name} 已经损坏（sha256 不符），不予恢复。")
    if not (place / "published" / snapshot.run_id / DATABASE_NAME).is_file():
        raise BackupError(f"{file} 里没有数据库，不予恢复。")
    return snapshot


def _listed(
    archive: zipfile.ZipFile, by_name: Mapping[str, zipfile.ZipInfo], file: Path
) -> tuple[dict[str, tuple[int, str]], Snapshot]:
    """Name → size and sha256, and the pointer. Raises BackupError where either is not what we wrote."""
    entry = by_name.get(LIST_NAME)
    if entry is None or entry.file_size > _LIST_LIMIT:
        raise BackupError(f"{file} 不是本程序的备份：没有 {LIST_NAME}。")
    with archive.open(entry) as source:
        text = source.read(_LIST_LIMIT + 1)
    try:
        content = cast("Mapping[str, Any]", json.loads(text))
        if int(content["format"]) > FORMAT:
            raise BackupError(f"{file} 由更新的版本写成，请用新版本的程序恢复。")
        snapshot = from_json(json.dumps(content["pointer"]))
        snapshot_folder(Path(), snapshot.run_id)
        listed = {str(one["path"]): (int(one["size"]), str(one["sha256"])) for one in content["files"]}
    except PointerError as error:
        raise BackupError(str(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{file} 的清单读不出（{error}），不予恢复。") from error
    for name, (size, _) in listed.items():
        if size < 0 or not _safe(name):
            raise BackupError(f"{file} 里的文件名 {name!r} 不可信，不予恢复。")
    return listed, snapshot


def _safe(name: str) -> bool:
    """Whether the name is a plain relative path below one of the folders that a backup has, on every system."""
    parts = name.split("/")
    plain = all(_PART.fullmatch(part) and part == part.strip(" ") and not part.endswith(".") for part in parts)
    return (
        plain and len(parts) > 1 and parts[0] in {"published", *_OTHERS} and (parts[0] != "published" or len(parts) > 2)
    )


def _copied(source: BinaryIO, sink: BinaryIO, size: int) -> str:
    """Copy at most ``size`` bytes (what a bomb would add is not read) and return their sha256."""
    digest = hashlib.sha256()
    left = size
    while left and (chunk := source.read(min(_CHUNK, left))):
        digest.update(chunk)
        sink.write(chunk)
        left -= len(chunk)
    return digest.hexdigest() if not left else ""


def _put_in_place(place: Path, var: Path) -> None:
    """What is beside the snapshots first; the snapshots, with the pointer among them, last and in one step."""
    folders: set[Path] = {place}
    for path in place.rglob("*"):
        if path.is_dir():
            folders.add(path)
        else:
            durable.fsync_file(path)
    durable.fsync_folders(folders)
    for other in _OTHERS:
        if (place / other).is_dir():
            shutil.rmtree(var / other, ignore_errors=True)
            durable.move(place / other, var / other)
    if published_folder(var).exists():
        published_folder(var).rmdir()
    durable.replace(place / "published", published_folder(var))
    durable.fsync_folder(var)
