"""What an .xls hides from its parser: error cells, formulas without a result, links to other files, absurd extents.

An .xls is a compound file (sectors chained by an allocation table) that holds one stream of BIFF records. Only what
is needed to look at those records is read here; the values themselves are calamine's business.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from orchestration.returns.archive import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Hollow, Refused
from orchestration.returns.faults import fault
from orchestration.returns.text import a1

_FREE, _NO_STREAM = 0xFFFFFFFA, 0xFFFFFFFF  # sector numbers from the first on are marks, not sectors
_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _SUPBOOK = 0x0809, 0x000A, 0x0085, 0x002F, 0x01AE
_FORMULA, _BOOLERR, _NUMBER, _LABEL, _LABELSST, _RK = 0x0006, 0x0205, 0x0203, 0x0204, 0x00FD, 0x027E
_MULRK, _RSTRING = 0x00BD, 0x00D6
_VALUE_RECORDS = frozenset({_FORMULA, _BOOLERR, _NUMBER, _LABEL, _LABELSST, _RK, _MULRK, _RSTRING})
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_OWN_REFERENCES = frozenset({b"\x01\x04", b"\x01\x3a"})  # this workbook, add-in functions
_CALCULATE_ON_LOAD = 0x0002  # set by writers that leave the result to be calculated


def inspect_compound(data: bytes, file: str) -> dict[str, Hollow]:
    """Check an .xls before calamine parses it → cells that hide something, by sheet name. Raises Refused."""
    try:
        streams = _streams(data)
        book = streams.get("workbook") or streams.get("book")
        if book is None:
            raise Refused(fault("not_a_workbook", file, found="、".join(streams)[:200], expected="Workbook 数据流"))
        return _inspect_records(book, file)
    except (struct.error, IndexError, ValueError) as error:
        raise Refused(fault("unreadable_file", file, found=f"{type(error).__name__}: {error}"[:200])) from error


# -- the compound file ---------------------------------------------------------------------------------------------


def _streams(data: bytes) -> dict[str, bytes]:
    """Stream name (lower case) → content; the streams nobody asks for are left empty."""
    sector_size = 1 << min(struct.unpack_from("<H", data, 30)[0], 16)
    fat_sectors, first_directory = struct.unpack_from("<I", data, 44)[0], struct.unpack_from("<I", data, 48)[0]
    mini_cutoff, first_mini = struct.unpack_from("<I", data, 56)[0], struct.unpack_from("<I", data, 60)[0]
    first_extra, extra_count = struct.unpack_from("<II", data, 68)

    def sector(number: int) -> bytes:
        return data[(number + 1) * sector_size : (number + 2) * sector_size]

    numbers = list(struct.unpack_from("<109I", data, 76))
    following, seen = first_extra, 0
    while following < _FREE and seen < min(extra_count, len(data) // sector_size + 1):
        *more, following = struct.unpack(f"<{sector_size // 4}I", sector(following))
        numbers += more
        seen += 1
    table: list[int] = []
    for number in numbers[: min(fat_sectors, len(data) // sector_size + 1)]:
        if number < _FREE:
            table += struct.unpack(f"<{sector_size // 4}I", sector(number))

    def chain(start: int, links: list[int]) -> Iterator[int]:
        for _ in range(len(links)):  # a ring of sectors ends here
            if start >= _FREE or start >= len(links):
                return
            yield start
            start = links[start]

    directory = b"".join(sector(number) for number in chain(first_directory, table))
    mini_links = [
        link for number in chain(first_mini, table) for link in struct.unpack(f"<{sector_size // 4}I", sector(number))
    ]
    mini = b""
    streams: dict[str, bytes] = {}
    for offset in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, offset + 64)[0]
        name = directory[offset : offset + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()
        kind, start, size = directory[offset + 66], *struct.unpack_from("<II", directory, offset + 116)
        if kind == 5:
            mini = b"".join(sector(number) for number in chain(start, table))
        elif name in ("workbook", "book"):
            if size < mini_cutoff:
                parts = [mini[number * 64 : number * 64 + 64] for number in chain(start, mini_links)]
            else:
                parts = [sector(number) for number in chain(start, table)]
            streams[name] = b"".join(parts)[:size]
        elif name:
            streams[name] = b""
    return streams


# -- the records ---------------------------------------------------------------------------------------------------


def _records(book: bytes, start: int = 0) -> Iterator[tuple[int, bytes]]:
    while start + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, start)
        yield kind, book[start + 4 : start + 4 + size]
        start += 4 + size


def _inspect_records(book: bytes, file: str) -> dict[str, Hollow]:
    sheets: dict[str, int] = {}
    for kind, content in _records(book):
        if kind == _FILEPASS:
            raise Refused(fault("encrypted_file", file))
        if kind == _SUPBOOK and content[2:4] not in _OWN_REFERENCES:
            raise Refused(fault("external_link", file, found="指向其他工作簿的引用"))
        if kind == _BOUNDSHEET:
            sheets[_sheet_name(content)] = struct.unpack_from("<I", content)[0]
        if kind == _EOF:
            break
    found = {name: _inspect_sheet(book, start, file, name) for name, start in sheets.items()}
    return {name: hollow for name, hollow in found.items() if hollow}


def _sheet_name(content: bytes) -> str:
    """Length, a flag (1: two bytes a character), the characters."""
    length, wide = content[6], content[7] & 1
    text = content[8 : 8 + length * (2 if wide else 1)]
    return text.decode("utf-16-le" if wide else "latin-1", "replace")


def _inspect_sheet(book: bytes, start: int, file: str, name: str) -> Hollow:
    hollow: Hollow = {}
    rows = columns = depth = 0
    for kind, content in _records(book, start):
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 0:
            break
        if kind not in _VALUE_RECORDS or len(content) < 6 or depth > 1:  # deeper: a chart within the sheet
            continue
        row, column = struct.unpack_from("<HH", content)
        rows, columns = max(rows, row + 1), max(columns, column + 1)
        if kind == _BOOLERR and len(content) >= 8 and content[7] == 1:
            hollow[a1(row, column)] = _ERRORS.get(content[6], "#N/A")
        elif kind == _FORMULA and len(content) >= 16:
            if content[12:14] == b"\xff\xff":
                if content[6] == 2:
                    hollow[a1(row, column)] = _ERRORS.get(content[8], "#N/A")
            elif content[6:14] == bytes(8) and struct.unpack_from("<H", content, 14)[0] & _CALCULATE_ON_LOAD:
                hollow[a1(row, column)] = ""
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * max(columns, 26) > MAX_CELLS:
        raise Refused(fault("sheet_too_large", file, sheet=name, found=f"{rows} 行 × {columns} 列"))
    return hollow
