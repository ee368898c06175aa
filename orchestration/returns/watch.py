"""A partition's files as they stood when the reading began: what changes under our feet is noticed."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.returns.faults import Fault, fault

_Stand = tuple[int, int, int]


def files_of(folder: Path) -> list[str]:
    """Files of a partition relative to it, in order; editors' lock files and hidden files are not returns."""
    names = [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.name.startswith((".", "~$")) and _kind(path) == "文件"
    ]
    return sorted(name for name in names if readable_name(name))


def readable_name(name: str) -> bool:
    """Whether a file name is text: no control characters, no bytes that are no UTF-8 (a wrongly unpacked archive)."""
    return name.isprintable() or not any(unicodedata.category(character) in ("Cc", "Cs") for character in name)


def odd_entries(folder: Path, is_return: Callable[[str], bool]) -> list[Fault]:
    """Errors for what stands in a return's place and is no file: links, folders, devices; and for unreadable names."""
    faults: list[Fault] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.name.startswith((".", "~$")):
            continue
        if not readable_name(name):
            if readable_name(path.parent.relative_to(folder).as_posix()):  # a folder's name is told once
                faults.append(fault("bad_file_name", shown_name(name), found=shown_name(path.name)))
            continue
        kind = _kind(path)
        if kind == "文件夹" and not os.access(path, os.R_OK | os.X_OK):
            faults.append(fault("unreadable_file", name, found="文件夹没有读取权限"))
        elif kind not in ("", "文件") and is_return(name):
            faults.append(fault("not_a_file", name, found=kind, expected="文件"))
    return faults


def _kind(path: Path) -> str:
    """What stands there; '' in a folder that may not be entered."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return ""
    if stat.S_ISLNK(mode):
        return "链接"
    return "文件夹" if stat.S_ISDIR(mode) else "文件" if stat.S_ISREG(mode) else "设备或管道"


def shown_name(name: str) -> str:
    """A file name that can be written down: what is no text becomes �."""
    return "".join("\ufffd" if unicodedata.category(character) in ("Cc", "Cs") else character for character in name)


@dataclass(frozen=True)
class FileWatch:
    """Size and times of every file at the listing."""

    folder: Path
    stands: Mapping[str, _Stand | None]

    @classmethod
    def begin(cls, folder: Path, files: Iterable[str]) -> FileWatch:
        """Note how the files stand now."""
        return cls(folder, {name: _stand(folder / name) for name in files})

    def changes(self, digests: Mapping[str, str]) -> list[Fault]:
        """Errors for every file altered, added or gone since. ``digests`` are the sha256 of the bytes that were read.

        Size and time of writing tell; where only the time of the last change of any kind moved (a copied-back time,
        a new permission), the content decides.
        """
        faults: list[Fault] = []
        now = files_of(self.folder)
        for name in sorted({*self.stands, *now}):
            if name not in now:
                faults.append(_changed(name, "读取期间被移走或改名"))
            elif name not in self.stands:
                faults.append(_changed(name, "读取期间新放入"))
            else:
                faults += self._altered(name, digests.get(name))
        return faults

    def _altered(self, name: str, digest: str | None) -> list[Fault]:
        before, after = self.stands[name], _stand(self.folder / name)
        if before == after:
            return []
        if before is None or after is None or before[:2] != after[:2]:
            return [_changed(name, "读取期间被写入")]
        if digest and measure(self.folder / name)[1] != digest:
            return [_changed(name, "读取期间内容被替换")]
        return []


def _stand(path: Path) -> _Stand | None:
    try:
        status = path.stat()
    except OSError:
        return None
    # On Windows the third is when the file was made, which does no harm.
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def measure(path: Path) -> tuple[int, str]:
    """Size in bytes and sha256 of a file as it is now; nought and '' where it cannot be read."""
    try:
        with path.open("rb") as content:
            return path.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return 0, ""


def _changed(name: str, found: str) -> Fault:
    return fault("file_changed", name, found=found, expected="读取期间不变", doubts=[(name, None, None)])
