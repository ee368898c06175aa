"""Open one workbook as received, safely: bounded size and time, no external links, no formula without a value.

A workbook is hostile until read. The whole file is read once, hashed, and parsed from memory, so that the sha256
belongs to exactly the bytes the values came from.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.returns.archive import Hollow, Refused, inspect_archive
from orchestration.returns.biff import inspect_compound
from orchestration.returns.faults import Fault, fault
from orchestration.returns.text import normalise

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MAX_FILE_BYTES = 50 * 1024 * 1024
_ZIP, _CFB = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Amended:
    """A cell whose value a correction replaced: what was found, what to say of it, and the correction's own cell."""

    found: str
    note: str
    source: str


@dataclass
class Sheet:
    """One sheet as a grid of raw values at their exact addresses (zero-based, ``grid[row][column]``).

    ``merges`` are ((row, column), (row, column)) corners, inclusive; only the first corner carries a value.
    ``hollow`` are cells that calamine shows as empty and that are not: A1 address → the error value (#REF!), or ''
    for a formula that was saved without a result. ``amended`` are cells that carry a correction's value (A1 address);
    ``asked`` are the cells looked at since, so that a correction of a cell nobody reads is noticed.
    """

    name: str
    grid: list[list[object]]
    merges: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=lambda: [])
    hollow: Mapping[str, str] = field(default_factory=lambda: {})
    amended: dict[str, Amended] = field(default_factory=lambda: {})
    asked: set[tuple[int, int]] = field(default_factory=set)

    def at(self, row: int, column: int) -> object:
        """The raw value, or '' outside the grid."""
        if self.amended:
            self.asked.add((row, column))
        if row < len(self.grid) and column < len(self.grid[row]):
            return self.grid[row][column]
        return ""


@dataclass
class Workbook:
    """A workbook in memory: its name within the partition folder, its sha256, its visible sheets by name and the names
    of hidden ones (never read).

    ``amend`` (corrections.py) is called with each sheet before anything reads it.
    """

    file: str
    sha256: str
    size: int
    sheet_names: list[str]
    _book: CalamineWorkbook
    _hollow: dict[str, Hollow]
    _sheets: dict[str, Sheet] = field(default_factory=lambda: {})
    hidden_names: list[str] = field(default_factory=lambda: [])
    amend: Callable[[Sheet], None] | None = None

    def hidden_named(self, name: str) -> list[str]:
        """Hidden sheets that bear a name or are copies of it: 学校情况, 学校情况 (2)."""
        wanted = normalise(name)
        folded = [(hidden, normalise(hidden)) for hidden in self.hidden_names]
        return [hidden for hidden, text in folded if text == wanted or text.startswith((f"{wanted}(", f"{wanted}_"))]

    def sheet(self, name: str) -> Sheet:
        """Read a sheet once. Raises KeyError if there is none of that name, Refused if it is unreadable."""
        if name not in self._sheets:
            if name not in self.sheet_names:
                raise KeyError(name)
            try:
                raw = self._book.get_sheet_by_name(name)
                grid = raw.to_python(skip_empty_area=False)
                merges = list(raw.merged_cell_ranges or [])
            except Exception as error:  # calamine raises several private types; each means: not readable
                raise Refused(fault("unreadable_file", self.file, sheet=name, found=str(error)[:200])) from error
            sheet = Sheet(name, grid, merges, self._hollow.get(name, {}))  # type: ignore[arg-type]
            if self.amend is not None:
                self.amend(sheet)
            self._sheets[name] = sheet
        return self._sheets[name]


def open_workbook(folder: Path, file: str) -> Workbook:
    """Read ``folder/file``. Raises Refused with a located fault for anything that cannot be trusted."""
    path = folder / file
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise Refused(
                fault(
                    "file_too_large",
                    file,
                    found=f"{size / 1e6:.0f} MB",
                    expected=f"不超过 {MAX_FILE_BYTES // 1024**2} MB",
                )
            )
        data = path.read_bytes()
    except OSError as error:
        raise Refused(fault("unreadable_file", file, found=error.strerror or str(error))) from error
    return parse_workbook(data, file)


def parse_workbook(data: bytes, file: str) -> Workbook:
    """Parse workbook bytes. Raises Refused as `open_workbook` does."""
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    if not data:
        raise Refused(fault("not_a_workbook", file, found="空文件", expected="工作簿"))
    if data.startswith(_ZIP):
        hollow = inspect_archive(data, file)
    elif data.startswith(_CFB):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused(fault("encrypted_file", file))
        if "_VBA_PROJECT".encode("utf-16-le") in data:
            raise Refused(fault("macro_file", file))
        hollow = inspect_compound(data, file)
    else:
        raise Refused(fault("not_a_workbook", file, detail="内容不是 Excel 或 WPS 保存的", expected="工作簿"))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [(meta.name, meta.visible == SheetVisibleEnum.Visible) for meta in book.sheets_metadata]
    except Exception as error:  # calamine raises several private types; each means: not readable
        raise Refused(fault("unreadable_file", file, found=str(error)[:200])) from error
    names = [name for name, _ in sheets]
    if len({name.casefold() for name in names}) != len(names):
        raise Refused(fault("unreadable_file", file, found=f"工作表重名：{'、'.join(names)}"[:200]))
    return Workbook(
        file,
        hashlib.sha256(data).hexdigest(),
        len(data),
        [name for name, visible in sheets if visible],
        book,
        hollow,
        hidden_names=[name for name, visible in sheets if not visible],
    )


def probe(folder: Path, file: str) -> Fault | None:
    """Open a workbook and read every visible sheet → the fault that forbids reading it, or None."""
    try:
        book = open_workbook(folder, file)
        for name in book.sheet_names:
            book.sheet(name)
    except Refused as refused:
        return refused.fault
    return None
