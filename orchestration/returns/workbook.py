"""Open one workbook as received, safely: bounded size and time, no external links, no formula without a value.

A workbook is hostile until read. The whole file is read once, hashed, and parsed from memory, so that the sha256
belongs to exactly the bytes the values came from.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.returns.faults import Fault, fault

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_RATIO = 200  # a sheet of repeated blanks packs about 40:1; bombs start in the thousands
RATIO_FLOOR_BYTES = 10 * 1024 * 1024  # below this a high ratio harms nobody
MAX_ENTRIES = 2_000
MAX_ROWS = 100_000
MAX_COLUMNS = 2_000
MAX_CELLS = 4_000_000
_ZIP, _CFB = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_ROW = re.compile(rb"<row\b[^>]*?\br=\"(\d{1,9})\"")
_CELL = re.compile(rb"<c\b[^>]*?\br=\"([A-Z]{1,4})(\d{1,9})\"")
_FORMULA_CELL = re.compile(rb"<c\b([^>]*)>((?:(?!</c>).)*?<f[ >/](?:(?!</c>).)*)</c>", re.DOTALL)
_REFERENCE = re.compile(rb"\br=\"([A-Z]{1,4}\d{1,9})\"")
_ERROR_CELL = re.compile(rb"<c\b(?=[^>]*\bt=\"e\")([^>]*)>(?:(?!</c>).)*?<v>([^<]*)</v>", re.DOTALL)
_VALUE = re.compile(rb"<v[^>]*>[^<]|<t[^>]*>[^<]")


class Refused(Exception):
    """The workbook cannot be read at all; carries the fault to report."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason.message)
        self.fault = reason


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
    """A workbook in memory: its name within the partition folder, its sha256 and its visible sheets by name.

    ``amend`` (corrections.py) is called with each sheet before anything reads it.
    """

    file: str
    sha256: str
    size: int
    sheet_names: list[str]
    _book: CalamineWorkbook
    _hollow: dict[str, dict[str, str]]
    _sheets: dict[str, Sheet] = field(default_factory=lambda: {})
    amend: Callable[[Sheet], None] | None = None

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
    hollow: dict[str, dict[str, str]] = {}
    if data.startswith(_ZIP):
        hollow = _inspect_archive(data, file)
    elif data.startswith(_CFB):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused(fault("encrypted_file", file))
        if "_VBA_PROJECT".encode("utf-16-le") in data:
            raise Refused(fault("macro_file", file))
    else:
        raise Refused(fault("not_a_workbook", file, found=repr(data[:8]), expected="工作簿"))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible]
    except Exception as error:  # calamine raises several private types; each means: not readable
        raise Refused(fault("unreadable_file", file, found=str(error)[:200])) from error
    return Workbook(file, hashlib.sha256(data).hexdigest(), len(data), names, book, hollow)


def _inspect_archive(data: bytes, file: str) -> dict[str, dict[str, str]]:
    """Check an .xlsx archive before anything unpacks it; find cells that hide something, by sheet name."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if (
                len(entries) > MAX_ENTRIES
                or unpacked > MAX_UNPACKED_BYTES
                or (unpacked > RATIO_FLOOR_BYTES and unpacked > MAX_RATIO * len(data))
            ):
                raise Refused(fault("archive_bomb", file, found=f"{len(data)} 字节解压为 {unpacked} 字节"))
            names = [entry.filename for entry in entries]
            if any(name.endswith("vbaProject.bin") for name in names):
                raise Refused(fault("macro_file", file))
            links = [name for name in names if name.startswith("xl/externalLinks/")]
            if links:
                raise Refused(fault("external_link", file, found=links[0]))
            hollow = {
                name: found
                for name in names
                if name.startswith("xl/worksheets/") and name.endswith(".xml")
                if (found := _inspect_sheet(_bounded_read(archive, name, file), file, name))
            }
            return _by_sheet_name(archive, hollow, file) if hollow else {}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise Refused(fault("unreadable_file", file, found=str(error)[:200])) from error
    except Exception as error:
        if isinstance(error, Refused):
            raise
        raise Refused(fault("unreadable_file", file, found=f"{type(error).__name__}: {error}"[:200])) from error


def _bounded_read(archive: zipfile.ZipFile, name: str, file: str) -> bytes:
    """Read an entry without trusting the size it declares."""
    with archive.open(name) as stream:
        content = stream.read(MAX_UNPACKED_BYTES + 1)
    if len(content) > MAX_UNPACKED_BYTES:
        raise Refused(fault("archive_bomb", file, found=name))
    return content


def _inspect_sheet(xml: bytes, file: str, part: str) -> dict[str, str]:
    """Refuse absurd extents (they would be allocated cell by cell); return cells that hide something."""
    rows = columns = 0
    for match in _ROW.finditer(xml):
        rows = max(rows, int(match[1]))
    for match in _CELL.finditer(xml):
        rows = max(rows, int(match[2]))
        if len(match[1]) > 1:
            columns = max(columns, _column_number(match[1]))
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * max(columns, 26) > MAX_CELLS:
        raise Refused(fault("sheet_too_large", file, found=f"{part} {rows} 行 × {columns} 列"))
    hollow: dict[str, str] = {}
    if b"<f" in xml:
        for match in _FORMULA_CELL.finditer(xml):
            reference = _REFERENCE.search(match[1])
            if reference and not _VALUE.search(match[2]):
                hollow[reference[1].decode()] = ""
    if b't="e"' in xml:
        for match in _ERROR_CELL.finditer(xml):
            reference = _REFERENCE.search(match[1])
            if reference:
                hollow[reference[1].decode()] = match[2].decode("utf-8", "replace")
    return hollow


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _by_sheet_name(archive: zipfile.ZipFile, hollow: dict[str, dict[str, str]], file: str) -> dict[str, dict[str, str]]:
    """Turn archive part names into sheet names through the workbook's own relations."""
    relations = dict(
        re.findall(
            rb'<Relationship\b(?=[^>]*\bId="([^"]+)")(?=[^>]*\bTarget="([^"]+)")[^>]*>',
            _bounded_read(archive, "xl/_rels/workbook.xml.rels", file),
        )
    )
    named: dict[str, dict[str, str]] = {}
    workbook = _bounded_read(archive, "xl/workbook.xml", file)
    for name, identifier in re.findall(rb'<sheet\b(?=[^>]*\bname="([^"]*)")(?=[^>]*\br:id="([^"]+)")[^>]*>', workbook):
        target = relations.get(identifier, b"").decode("utf-8", "replace").lstrip("/")
        part = target if target.startswith("xl/") else f"xl/{target}"
        if part in hollow:
            text = name.decode("utf-8", "replace")
            for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
                text = text.replace(entity, character)
            named[text] = hollow[part]
    return named
