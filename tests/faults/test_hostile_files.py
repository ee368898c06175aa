"""Files that are no honest workbooks: each is told clearly, in bounded time and memory, and the others are read."""

from __future__ import annotations

import io
import os
import shutil
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from orchestration.returns.faults import catalogue
from tests.faults.cases import BASELINE, COUNTY_RETURN, SUPPLEMENT, Cases, folder_of, reported
from tests.returns_tools import NINE_YEAR, PRIMARY, edit

REGISTRY = Cases()
CASES, case = REGISTRY.by_name, REGISTRY.case
MEGABYTE = 1024 * 1024


def rebuild(path: Path, change: Callable[[str, bytes], bytes | None], added: Mapping[str, bytes] | None = None) -> None:
    """Write an archive anew, each part as ``change`` returns it (None: left out), with further parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**parts, **(added or {})}.items():
            if (new := change(name, data)) is not None:
                archive.writestr(name, new)
    path.write_bytes(content.getvalue())


def add(path: Path, parts: Mapping[str, bytes]) -> None:
    rebuild(path, lambda _, data: data, parts)


def change_part(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    rebuild(path, lambda name, data: change(data) if name == part else data)


def part_of(path: Path, sheet: str) -> str:
    """Archive part of a sheet (openpyxl and Excel number them in order)."""
    return f"xl/worksheets/sheet{openpyxl.load_workbook(path).sheetnames.index(sheet) + 1}.xml"


# -- hidden sheets -----------------------------------------------------------------------------------------------


def hide(path: Path, sheet: str, copy: str | None = None, state: str = "hidden") -> None:
    book = openpyxl.load_workbook(path)
    worksheet = book[sheet]
    if copy:
        worksheet = book.copy_worksheet(worksheet)
        worksheet.title = copy
    worksheet.sheet_state = state
    book.save(path)


@case("error", "hidden_sheet", PRIMARY, "基础基512")
def form_hidden(folder: Path) -> None:
    hide(folder / PRIMARY, "基础基512")


@case("error", "hidden_sheet", PRIMARY, "基础基512")
def form_very_hidden(folder: Path) -> None:
    hide(folder / PRIMARY, "基础基512", state="veryHidden")


@case("error", "hidden_sheet", PRIMARY, "基础基512 (2)")
def hidden_copy_beside_the_form(folder: Path) -> None:
    hide(folder / PRIMARY, "基础基512", "基础基512 (2)")


@case("error", "hidden_sheet", COUNTY_RETURN, "表Ⅰ")
def county_profile_hidden(folder: Path) -> None:
    hide(folder / COUNTY_RETURN, "表Ⅰ")


@case("error", "hidden_sheet", COUNTY_RETURN, "教育质量 (2)")
def hidden_copy_of_a_county_sheet(folder: Path) -> None:
    hide(folder / COUNTY_RETURN, "教育质量", "教育质量 (2)")


@case("error", "hidden_sheet", SUPPLEMENT, "学校情况 (旧)")
def hidden_copy_of_the_school_list(folder: Path) -> None:
    hide(folder / SUPPLEMENT, "学校情况", "学校情况 (旧)")


# -- archives ----------------------------------------------------------------------------------------------------


@case("error", "archive_bomb", PRIMARY)
def sheet_of_blanks(folder: Path) -> None:
    part = part_of(folder / PRIMARY, "基础基512")
    change_part(
        folder / PRIMARY, part, lambda data: data.replace(b"<sheetData>", b"<sheetData>" + b" " * 60 * MEGABYTE)
    )


@case("error", "archive_bomb", PRIMARY)
def thousands_of_parts(folder: Path) -> None:
    add(folder / PRIMARY, {f"xl/media/{number}.png": b"x" for number in range(2500)})


@case("error", "unsafe_archive", PRIMARY)
def part_names_that_lead_outside(folder: Path) -> None:
    add(folder / PRIMARY, {"../../../tmp/evil.xml": b"<x/>"})


@case("error", "unsafe_archive", PRIMARY)
def absolute_part_name(folder: Path) -> None:
    add(folder / PRIMARY, {"C:\\evil.xml": b"<x/>"})


@case("error", "unsafe_archive", PRIMARY)
def one_part_twice(folder: Path) -> None:
    with zipfile.ZipFile(folder / PRIMARY, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")


@case("error", "unsafe_archive", PRIMARY)
def billion_laughs(folder: Path) -> None:
    entities = "".join(
        f'<!ENTITY lol{n} "{"&lol" + str(n - 1) + ";" if n else "lol"}{"&lol" + str(n - 1) + ";" * 9 if n else ""}">'
        for n in range(10)
    )
    head = f'<?xml version="1.0"?><!DOCTYPE sst [{entities}]>'.encode()
    change_part(folder / PRIMARY, "xl/sharedStrings.xml", lambda data: head + data[data.find(b"<sst") :])


@case("error", "external_link", PRIMARY)
def link_of_a_drawing(folder: Path) -> None:
    relation = (
        b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" '
        b'Target="file:///share/picture.png" TargetMode="External"/></Relationships>'
    )
    add(folder / PRIMARY, {"xl/drawings/_rels/drawing1.xml.rels": relation})


@case("error", "external_link", PRIMARY)
def data_connection(folder: Path) -> None:
    add(folder / PRIMARY, {"xl/connections.xml": b"<connections/>"})


@case("error", "embedded_object", PRIMARY)
def embedded_object(folder: Path) -> None:
    add(folder / PRIMARY, {"xl/embeddings/oleObject1.bin": b"x"})


@case("error", "macro_file", PRIMARY)
def macro_sheet(folder: Path) -> None:
    add(folder / PRIMARY, {"xl/macrosheets/sheet1.xml": b"<x/>"})


@case("error", "sheet_too_large", PRIMARY)
def a_million_rows_declared(folder: Path) -> None:
    part = part_of(folder / PRIMARY, "基础基512")
    far = b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'
    change_part(folder / PRIMARY, part, lambda data: data.replace(b"</sheetData>", far))


@case("error", "not_a_workbook", PRIMARY)
def opendocument(folder: Path) -> None:
    rebuild(folder / PRIMARY, lambda name, _: None, {})
    with zipfile.ZipFile(folder / PRIMARY, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")


@case("error", "not_a_workbook", PRIMARY)
def web_page_called_xlsx(folder: Path) -> None:
    (folder / PRIMARY).write_text("<html><table><tr><td>1</td></tr></table></html>", encoding="utf-8")


@case("error", "not_a_workbook", PRIMARY)
def another_compound_file(folder: Path) -> None:
    (folder / PRIMARY).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016))


@case("error", "unreadable_file", PRIMARY)
def damaged_part(folder: Path) -> None:
    whole = bytearray((folder / PRIMARY).read_bytes())
    with zipfile.ZipFile(folder / PRIMARY) as archive:
        entry = archive.getinfo("xl/workbook.xml")
    start = entry.header_offset + 30 + len(entry.filename) + 8
    whole[start : start + 24] = bytes(24)
    (folder / PRIMARY).write_bytes(whole)


@case("error", "unreadable_file", PRIMARY)
def two_sheets_of_one_name(folder: Path) -> None:
    change_part(
        folder / PRIMARY, "xl/workbook.xml", lambda data: data.replace("基础基512".encode(), "基础基522".encode())
    )


@case("error", "file_too_large", PRIMARY)
def enormous_file(folder: Path) -> None:
    with (folder / PRIMARY).open("ab") as file:
        file.truncate(60 * MEGABYTE)


# -- cells that hide something -----------------------------------------------------------------------------------


@case("error", "error_value", PRIMARY, "基础基522", "O9")
def error_value_of_a_formula(folder: Path) -> None:
    part = part_of(folder / PRIMARY, "基础基522")
    edit(folder, PRIMARY, "基础基522", {"O9": "=1/0"})
    change_part(
        folder / PRIMARY, part,
        lambda data: data.replace(b'<c r="O9"', b'<c t="e" r="O9"').replace(b"<v></v>", b"<v>#DIV/0!</v>").replace(
            b"<v />", b"<v>#DIV/0!</v>").replace(b"<v/>", b"<v>#DIV/0!</v>"),
    )  # fmt: skip


@case("missing", "missing_value", PRIMARY, "基础基522", "O9")
def formula_that_yields_nothing(folder: Path) -> None:
    """=IF(…,"") saved with its empty result is a blank, not a formula without one."""
    part = part_of(folder / PRIMARY, "基础基522")
    edit(folder, PRIMARY, "基础基522", {"O9": '=IF(TRUE,"",1)'})
    change_part(
        folder / PRIMARY, part,
        lambda data: data.replace(b'<c r="O9"', b'<c t="str" r="O9"').replace(b"<v />", b"<v></v>").replace(
            b"<v/>", b"<v></v>"),
    )  # fmt: skip


# -- what stands in the folder -----------------------------------------------------------------------------------


@case("error", "not_a_file", "schools/空.xlsx")
def folder_called_xlsx(folder: Path) -> None:
    (folder / "schools" / "空.xlsx").mkdir()


if sys.platform != "win32":

    @case("error", "not_a_file", "schools/链接.xlsx")
    def link_to_another_file(folder: Path) -> None:
        (folder / "schools" / "链接.xlsx").symlink_to("/etc/passwd")

    @case("error", "not_a_file", "schools/管道.xlsx")
    def named_pipe(folder: Path) -> None:
        os.mkfifo(folder / "schools" / "管道.xlsx")

    @case("error", "bad_file_name", "schools/\ufffd\ufffd.xlsx")
    def name_that_is_no_text(folder: Path) -> None:
        shutil.copy(folder / PRIMARY, os.fsencode(folder / "schools") + b"/\xcb\xf7.xlsx")

    @case("error", "bad_file_name", "schools/a\ufffdb.xlsx")
    def name_with_a_line_break(folder: Path) -> None:
        shutil.copy(folder / PRIMARY, folder / "schools" / "a\nb.xlsx")

    if os.geteuid():

        @case("error", "unreadable_file", PRIMARY)
        def no_permission(folder: Path) -> None:
            (folder / PRIMARY).chmod(0)


@pytest.mark.parametrize("name", sorted(CASES))
def test_single_fault(name: str, raw: Path) -> None:
    CASES[name].spoil(folder_of(raw))
    began = time.monotonic()
    found = reported(raw) - BASELINE
    # A file that takes too long costs its reading process; the clock is for what is done outside of one.
    assert time.monotonic() - began < 60
    assert not [fault for fault in found if fault[1] == "reader_failed"]
    wanted = CASES[name].wanted
    assert found == {wanted}
    assert catalogue()[wanted[1]].severity == wanted[0]


@pytest.mark.parametrize("broken", [PRIMARY, COUNTY_RETURN, SUPPLEMENT])
def test_the_other_files_are_read(broken: str, raw: Path) -> None:
    folder = folder_of(raw)
    (folder / broken).write_bytes(b"PK\x03\x04 broken")
    edit(folder, NINE_YEAR, "基础基512", {"E10": "约五千"})
    found = reported(raw)
    assert ("error", "not_a_number", NINE_YEAR, "基础基512", "E10") in found
    assert ("error", "unreadable_file", broken, None, None) in found


def test_deep_xml_does_no_harm(raw: Path) -> None:
    """A part nested a hundred thousand times is either passed over or told, and costs no stack."""
    folder = folder_of(raw)
    part = part_of(folder / PRIMARY, "基础基512")
    deep = b"<x>" * 100_000 + b"</x>" * 100_000
    change_part(
        folder / PRIMARY, part, lambda data: data.replace(b"<sheetData>", b"<extLst>" + deep + b"</extLst><sheetData>")
    )
    assert {fault[2] for fault in reported(raw) - BASELINE} <= {PRIMARY}
