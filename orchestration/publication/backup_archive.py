"""What an archive of a backup holds, unpacked and verified.

It comes from outside, so nothing in it is believed: not a name, not a size, not a link, not a place that the pointer
names. Whatever is not as `orchestration.publication.backup` writes it is refused, in Chinese.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from orchestration.publication.pointer import (
    DATABASE_NAME,
    NewerError,
    PointerError,
    Snapshot,
    from_json,
    partition_path,
    published_folder,
    snapshot_folder,
)

LIST_NAME = "junheng-backup.json"
FORMAT = 1
# What lies beside the snapshots and is part of the state.
OTHERS = ("refused", "register")
CHUNK = 1 << 20
_LIST_LIMIT = 256 << 20
_MOST_FILES = 2_000_000
# Deflate cannot do better than about 1 : 1032; what claims to is no backup.
_MOST_RATIO = 1_100
_PART = re.compile(r"[^\x00-\x1f\x7f\\/:]{1,255}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# What zipfile and zlib say of bytes that are no archive, or were one.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError),
    *(ValueError, IndexError, KeyError, OverflowError),
)


class BackupError(Exception):
    """The archive cannot be made or restored; the message (Chinese) says why and what to do."""


def unpack(file: Path, place: Path) -> Snapshot:
    """Unpack the archive into the empty folder ``place``: every listed file and nothing else, each verified.

    Returns the snapshot as the archive has it. Raises BackupError for what is not an undamaged backup; OSError for a
    file that cannot be read or a disk that is full.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _unpack(archive, file, place)
    except _DAMAGE as error:
        raise _damaged(file) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # a place in the file that cannot be
            raise _damaged(file) from error
        raise


def _damaged(file: Path) -> BackupError:
    return BackupError(f"{file} 不是备份文件，或已经损坏，不予恢复。")


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
    if total > packed * _MOST_RATIO + CHUNK or total > shutil.disk_usage(place).free:
        raise BackupError(f"{file} 展开后有 {total} 字节，不合常理或磁盘放不下，不予恢复。")
    for name, (size, sha256) in listed.items():
        entry = by_name[name]
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise _damaged(file)
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
        raise _damaged(file)
    with archive.open(entry) as source:
        text = source.read(_LIST_LIMIT + 1)
    try:
        content = cast("Mapping[str, Any]", json.loads(text))
        if content["format"] > FORMAT:
            raise BackupError(f"{file} 由更新的版本写成，请用新版本的程序恢复。")
        snapshot = from_json(json.dumps(content["pointer"]))
        listed = {one["path"]: (one["size"], one["sha256"]) for one in content["files"]}
        sound = all(_is_listing(path, size, sha256) for path, (size, sha256) in listed.items())
    except NewerError as error:
        raise BackupError(str(error)) from error
    except (PointerError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged(file) from error
    if not sound:
        raise _damaged(file)
    homes = _homes(snapshot)
    for name in listed:
        if not safe(name) or not _belongs(name, snapshot, homes):
            raise BackupError(f"{file} 里的文件名 {name!r} 不可信，不予恢复。")
    return listed, snapshot


def _is_listing(path: object, size: object, sha256: object) -> bool:
    return (
        isinstance(path, str)
        and isinstance(size, int)
        and not isinstance(size, bool)
        and size >= 0
        and isinstance(sha256, str)
        and _SHA256.fullmatch(sha256) is not None
    )


def _homes(snapshot: Snapshot) -> set[tuple[str, ...]]:
    """``published/RUN/reports/YEAR/COUNTY``: papers of the snapshot's partitions, each with the run that loaded it."""
    return {
        (published_folder(Path()) / record.run_id / "reports" / partition_path(*record.key)).parts
        for record in snapshot.partitions
    }


def _belongs(name: str, snapshot: Snapshot, homes: set[tuple[str, ...]]) -> bool:
    """Whether the backup of this snapshot has such a file: one that no partition accounts for would stay for ever."""
    parts = PurePosixPath(name).parts
    run = snapshot_folder(Path(), snapshot.run_id).parts
    return (
        parts[0] in OTHERS
        or (parts[: len(run)] == run and parts[len(run)] != "reports")
        or (len(parts) > 5 and parts[:5] in homes)
    )


def safe(name: str) -> bool:
    """Whether the name is a plain relative path below one of the folders that a backup has, on every system."""
    parts = name.split("/")
    plain = all(_PART.fullmatch(part) and part == part.strip(" ") and not part.endswith(".") for part in parts)
    return (
        plain and len(parts) > 1 and parts[0] in {"published", *OTHERS} and (parts[0] != "published" or len(parts) > 2)
    )


def _copied(source: BinaryIO, sink: BinaryIO, size: int) -> str:
    """Copy at most ``size`` bytes (what a bomb would add is not read) and return their sha256."""
    digest = hashlib.sha256()
    left = size
    while left and (chunk := source.read(min(CHUNK, left))):
        digest.update(chunk)
        sink.write(chunk)
        left -= len(chunk)
    return digest.hexdigest() if not left else ""
