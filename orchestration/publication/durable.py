"""File operations that survive a kill or a power cut: flush, rename, flush the folder.

Every lasting step of publishing goes through these functions, which is also how the tests interrupt it at
each of them.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

_WINDOWS = os.name == "nt"
_TRIES_ON_WINDOWS = 20
TEMPORARY_SUFFIX = ".tmp"


def fsync_file(path: Path) -> None:
    """Force the file's bytes to the disk."""
    with path.open("r+b") as handle:  # Windows flushes only handles that may write
        os.fsync(handle.fileno())


def fsync_folder(path: Path) -> None:
    """Force the folder's entries (new names, renames) to the disk; Windows has no such call and needs none."""
    if _WINDOWS:
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_folders(paths: Iterable[Path]) -> None:
    """Flush several folders, deepest first, so that no parent names a child that is not there yet."""
    for path in sorted(set(paths), key=lambda folder: (-len(folder.parts), str(folder))):
        fsync_folder(path)


def replace(source: Path, target: Path) -> None:
    """Rename over the target in one step; on Windows wait a moment for a reader that has it open."""
    for attempt in range(_TRIES_ON_WINDOWS):
        try:
            source.replace(target)
        except PermissionError:
            if not _WINDOWS or attempt == _TRIES_ON_WINDOWS - 1:
                raise
            time.sleep(0.05)
        else:
            return


def write_atomic(path: Path, content: bytes) -> None:
    """Write the whole file or leave the old one: a temporary name beside it, flush, rename, flush the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    temporary.write_bytes(content)
    fsync_file(temporary)
    replace(temporary, path)
    fsync_folder(path.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Give the file a second name; where the disk cannot (FAT, another volume, too many links), copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
        fsync_file(target)


def move(source: Path, target: Path) -> None:
    """Move a file or folder, over volumes too."""
    try:
        source.replace(target)
    except OSError:
        shutil.move(source, target)


def remove_tree(path: Path) -> None:
    """Remove a folder and all in it."""
    shutil.rmtree(path)
