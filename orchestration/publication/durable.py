"""File operations that survive a kill or a power cut: flush, rename, flush the folder.

Every lasting step of publishing goes through these functions, which is also how the tests interrupt it at
each of them.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

_WINDOWS = os.name == "nt"
_TRIES_ON_WINDOWS = 20
_MOST_FOLDERS = 1000
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
    """Flush several folders, deepest first, so that no parent names a child that is not there yet.

    Thousands of them (each partition of a nation has a folder in each table) are flushed with all the disk, at once.
    """
    paths = set(paths)
    if len(paths) > _MOST_FOLDERS and sys.platform == "linux":  # elsewhere sync does not wait until all is written
        os.sync()
        return
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
    try:
        temporary.write_bytes(content)
        fsync_file(temporary)
        replace(temporary, path)
    except (OSError, KeyboardInterrupt):
        temporary.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


@contextmanager
def written_aside(path: Path) -> Generator[Path]:
    """A name to write to, which takes the place of ``path`` when all went well and is removed when it did not.

    Where ``path`` is a link, what it leads to is replaced; a device or a pipe is written to as it is.
    """
    stream = path.is_symlink() and str(path.readlink()).startswith("/proc/")  # /dev/stdout
    if stream or (path.exists() and not path.is_file() and not path.is_dir()):
        yield path
        return
    if path.is_symlink():
        path = path.resolve()
    # Short: a name may be as long as the disk allows.
    aside = path.with_name(f".{path.name[:20]}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        yield aside
        fsync_file(aside)
        replace(aside, path)
    except BaseException:  # also where the person presses Ctrl-C: it is their folder
        aside.unlink(missing_ok=True)
        raise


def link_or_copy(source: Path, target: Path) -> None:
    """Give the file a second name; where the disk cannot (FAT, another volume, too many links), copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
        fsync_file(target)


def clone(source: Path, target: Path) -> None:
    """Copy a file's content; file systems whose files can share blocks (btrfs, XFS, APFS) copy nothing."""
    if sys.platform == "linux":
        with source.open("rb") as reading, target.open("wb") as writing:
            left = os.fstat(reading.fileno()).st_size
            try:
                while left > 0 and (done := os.copy_file_range(reading.fileno(), writing.fileno(), left)):
                    left -= done
            except OSError:  # between file systems of some kinds: below
                left = -1
        if left == 0:
            return
    shutil.copyfile(source, target)


def move(source: Path, target: Path) -> None:
    """Move a file or folder, over volumes too."""
    try:
        source.replace(target)
    except OSError:
        shutil.move(source, target)


def remove_tree(path: Path) -> None:
    """Remove a folder and all in it."""
    shutil.rmtree(path)
