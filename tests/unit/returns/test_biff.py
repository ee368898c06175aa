"""The old binary form: what its parser shows as empty and is not, and what must not be opened at all."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.returns.archive import Refused
from orchestration.returns.biff import inspect_compound
from orchestration.returns.school_workbook import read_school
from orchestration.returns.workbook import open_workbook
from tests.returns_tools import COUNTY, ROOT, YEAR

BOOK = ROOT / "tests" / "fixtures" / "xls" / "jichuji.xls"
SHEET = "基础基522"
FORMULA, BOOLERR, NUMBER, MULRK, FILEPASS, SUPBOOK, NOTHING = 0x0006, 0x0205, 0x0203, 0x00BD, 0x002F, 0x01AE, 0x0FFF


def records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(offset in the file, kind, content) of every record; the stream of the fixture lies in one piece."""
    start = data.find(struct.pack("<HHH", 0x0809, 16, 0x0600))
    while start + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, start)
        if not kind and not size:
            return
        yield start, kind, data[start + 4 : start + 4 + size]
        start += 4 + size


def spoil(path: Path, error: bytes) -> None:
    """Turn O9 of 基础基522 into an error or truth value. It is one of a run of cells (MULRK): the run ends before it,
    and what is left of the run's place is filled with a record that says nothing."""
    data = bytearray(BOOK.read_bytes())
    sheet = open_workbook(BOOK.parent, BOOK.name).sheet_names.index(SHEET)
    number = -2  # the first stream is the workbook's own
    for offset, kind, content in records(bytes(data)):
        number += kind == 0x0809
        if number == sheet and kind == MULRK and content[:4] == struct.pack("<HH", 8, 3):
            run = content[4 : 4 + 6 * (14 - 3)]  # D9 to N9
            style = content[4 + len(run) : 6 + len(run)]
            new = record(MULRK, content[:4] + run + struct.pack("<H", 13))
            new += record(BOOLERR, struct.pack("<HH", 8, 14) + style + error)
            new += record(NOTHING, bytes(len(content) + 4 - len(new) - 4))
            data[offset : offset + len(new)] = new
            path.write_bytes(data)
            return
    raise LookupError("O9")


@pytest.mark.parametrize(("number", "text"), [(0x07, "#DIV/0!"), (0x17, "#REF!"), (0x2A, "#N/A"), (0x1D, "#NAME?")])
def test_an_error_cell_is_told(number: int, text: str, tmp_path: Path) -> None:
    spoil(tmp_path / "一.xls", bytes([number, 1]))
    school = read_school(tmp_path, "一.xls", YEAR, COUNTY)
    [found] = school.findings.faults
    assert (found.code, found.sheet, found.cell, found.found) == ("error_value", SHEET, "O9", text)


def test_a_truth_value_is_no_error_cell(tmp_path: Path) -> None:
    spoil(tmp_path / "一.xls", bytes([1, 0]))
    [found] = read_school(tmp_path, "一.xls", YEAR, COUNTY).findings.faults
    assert (found.code, found.cell) == ("not_a_number", "O9")


def compound(stream: bytes) -> bytes:
    """The smallest compound file: one sector of table, one of directory, then the workbook."""
    stream = stream.ljust(4096, b"\0")  # shorter ones lie in the mini stream
    sectors = -(-len(stream) // 512)
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<IIIII", header, 44, 1, 1, 0, 4096, 0xFFFFFFFE)
    struct.pack_into("<II", header, 68, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    directory = bytearray(512)
    for slot, (name, kind, start, size) in enumerate(
        [("Root Entry", 5, 0xFFFFFFFE, 0), ("Workbook", 2, 2, len(stream))]
    ):
        encoded = name.encode("utf-16-le")
        directory[slot * 128 : slot * 128 + len(encoded)] = encoded
        struct.pack_into("<HB", directory, slot * 128 + 64, len(encoded) + 2, kind)
        struct.pack_into("<II", directory, slot * 128 + 116, start, size)
    fat = struct.pack("<128I", *table, *[0xFFFFFFFF] * (128 - len(table)))
    return bytes(header) + fat + bytes(directory) + stream.ljust(sectors * 512, b"\0")


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def workbook(cells: bytes = b"", globals_: bytes = b"") -> bytes:
    bof = record(0x0809, struct.pack("<HH", 0x0600, 0x0005).ljust(16, b"\0"))
    name = "表".encode("utf-16-le")
    sheet_at = len(bof) + len(globals_) + 4 + 8 + len(name) + 4
    bound = record(0x0085, struct.pack("<IHBB", sheet_at, 0, 1, 1) + name)
    return bof + globals_ + bound + record(0x000A) + bof + cells + record(0x000A)


def formula(result: bytes, flags: int) -> bytes:
    return record(FORMULA, struct.pack("<HHH", 4, 2, 15) + result + struct.pack("<HI", flags, 0))


@pytest.mark.parametrize(
    ("cells", "hollow"),
    [
        (formula(bytes(8), 2), {"C5": ""}),  # to be calculated when opened: no result was saved
        (formula(bytes(8), 0), {}),  # a result of nought
        (formula(struct.pack("<d", 7.0), 2), {}),
        (formula(b"\x02\0\x17\0\0\0\xff\xff", 0), {"C5": "#REF!"}),
        (formula(b"\0\0\0\0\0\0\xff\xff", 0), {}),  # a text
    ],
)
def test_formulas(cells: bytes, hollow: dict[str, str]) -> None:
    assert inspect_compound(compound(workbook(cells)), "一.xls") == ({"表": hollow} if hollow else {})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (workbook(globals_=record(FILEPASS, bytes(6))), "encrypted_file"),
        (workbook(globals_=record(SUPBOOK, struct.pack("<HH", 1, 20) + b"\0other.xls")), "external_link"),
        (workbook(record(NUMBER, struct.pack("<HHHd", 65535, 250, 15, 1.0))), "sheet_too_large"),
    ],
)
def test_what_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        inspect_compound(compound(data), "一.xls")
    assert refused.value.fault.code == code


def test_references_within_the_workbook_are_no_links() -> None:
    own = record(SUPBOOK, struct.pack("<HH", 1, 0x0401))
    assert inspect_compound(compound(workbook(globals_=own)), "一.xls") == {}


def test_a_ring_of_sectors_ends() -> None:
    data = bytearray(compound(workbook()))
    struct.pack_into("<I", data, 512 + 4 * 3, 2)  # the workbook's second sector leads back to its first
    assert inspect_compound(bytes(data), "一.xls") == {}


@pytest.mark.parametrize("size", [8, 511, 512, 600, 1024, 1536])
def test_a_cut_file_is_unreadable_or_no_workbook(size: int) -> None:
    with pytest.raises(Refused) as refused:
        inspect_compound(compound(workbook())[:size], "一.xls")
    assert refused.value.fault.code in ("unreadable_file", "not_a_workbook")
