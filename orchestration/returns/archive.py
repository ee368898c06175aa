"""The parts of an .xlsx, before anything parses them: size, macros, links, extents, cells that hide something.

Nothing here trusts what an archive says of itself, and every scan is linear in the bytes it reads.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from html import unescape

from orchestration.returns.faults import Fault, fault
from orchestration.returns.text import a1

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 200  # a sheet of repeated blanks packs about 40:1; bombs start in the thousands
RATIO_FLOOR_BYTES = 10 * 1024 * 1024  # below this a high ratio harms nobody
MAX_ENTRIES = 2_000
MAX_ROWS = 100_000
MAX_COLUMNS = 2_000
MAX_CELLS = 4_000_000
WORKBOOK_PART = "xl/workbook.xml"

Hollow = dict[str, str]
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, lengths of the name and of the extra field

# Few references of a form reach the thousands or three letters; only then are the extents worth counting.
_WIDE = re.compile(rb" r=\"(?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{4})")
_POSITION = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]*)(\d+)[\"']")
_CELL_OR_ROW = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^<>]*)>")
_CELL_END = re.compile(rb"</(?:\w+:)?c\s*>")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_RESULT = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^<>]*)?>([^<]*)")
_ERROR_TYPE = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_TEXT_TYPE = re.compile(rb"\bt\s*=\s*[\"'](?:str|inlineStr)[\"']")
_ATTRIBUTE = re.compile(rb"(?<![\w:])([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ELEMENT = re.compile(rb"<(?:\w+:)?(Relationship|sheet)(?=[\s/])((?:[^<>\"']++|\"[^\"<]*\"|'[^'<]*')*+)>")
_DOCUMENT_TYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UNREAD_PARTS = ("docprops/", "xl/theme/", "xl/printersettings/", "xl/media/", "customxml/")
_LINK_PARTS = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
_EMBEDDED_PARTS = ("xl/embeddings/", "xl/activex/")
_MACRO_PARTS = ("xl/macrosheets/", "xl/dialogsheets/")


class Refused(Exception):
    """The workbook cannot be read at all; carries the fault to report."""

    def __init__(self, reason: Fault) -> None:
        super().__init__(reason.message)
        self.fault = reason


def inspect_archive(data: bytes, file: str) -> dict[str, Hollow]:
    """Check an .xlsx before anything unpacks it → cells that hide something, by sheet name.

    A hollow cell looks empty to the parser and is not: address → the error value (#REF!), or '' for a formula that
    was saved without a result. Raises Refused.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _inspect_directory(archive.infolist(), len(data), file)
            return _inspect_parts(archive.infolist(), data, file)
    except Refused:
        raise
    except Exception as error:  # zipfile raises half a dozen types for a broken archive; each means: not readable
        raise Refused(fault("unreadable_file", file, found=f"{type(error).__name__}: {error}"[:200])) from error


def _inspect_directory(entries: list[zipfile.ZipInfo], size: int, file: str) -> None:
    """What the archive's own list gives away: bombs, macros, links, embedded files, names that lead outside."""
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > MAX_ENTRIES
        or unpacked > MAX_UNPACKED_BYTES
        or (unpacked > RATIO_FLOOR_BYTES and unpacked > MAX_RATIO * size)
    ):
        raise Refused(fault("archive_bomb", file, found=f"{len(entries)} 个部件，{size} 字节解压为 {unpacked} 字节"))
    names = [entry.filename.replace("\\", "/").lower() for entry in entries]
    for name in names:
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            raise Refused(fault("unsafe_archive", file, found=f"部件名 {name}"[:200]))
        if name.endswith("vbaproject.bin") or name.startswith(_MACRO_PARTS):
            raise Refused(fault("macro_file", file, found=name[:200]))
        if name.startswith(_LINK_PARTS):
            raise Refused(fault("external_link", file, found=name[:200]))
        if name.startswith(_EMBEDDED_PARTS):
            raise Refused(fault("embedded_object", file, found=name[:200]))
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(fault("unsafe_archive", file, found=f"部件 {twice} 不止一个"[:200]))
    if WORKBOOK_PART not in names:
        raise Refused(fault("not_a_workbook", file, found="压缩包内没有 xl/workbook.xml", expected=".xlsx 工作簿"))


def _inspect_parts(entries: list[zipfile.ZipInfo], data: bytes, file: str) -> dict[str, Hollow]:
    hollow: dict[str, Hollow] = {}
    relations = workbook = b""
    for entry in entries:
        name = entry.filename.replace("\\", "/").lower()
        if not name.endswith((".xml", ".rels")) or name.startswith(_UNREAD_PARTS):
            continue
        xml = _unpack(entry, data, file)
        # No office program writes a document type; entities and foreign encodings serve only to deceive a scan.
        if (b"<!" in xml and _DOCUMENT_TYPE.search(xml)) or xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Refused(fault("unsafe_archive", file, found=f"{name} 含有文档类型声明或异常编码"[:200]))
        if name.endswith(".rels"):
            _refuse_outside_links(xml, name, file)
            if name == "xl/_rels/workbook.xml.rels":
                relations = xml
        elif name == WORKBOOK_PART:
            workbook = xml
        elif b"sheetData" in xml and (found := _inspect_sheet(xml, file, name)):
            hollow[name] = found
    return _by_sheet_name(relations, workbook, hollow) if hollow else {}


def _unpack(entry: zipfile.ZipInfo, data: bytes, file: str) -> bytes:
    """The content of a part, never more than it may be, checked against its size and checksum.

    zipfile does the same at thrice the cost for the many small parts of a form. Raises Refused, zlib.error, ValueError.
    """
    head = _LOCAL_HEADER.unpack_from(data, entry.header_offset)
    if head[0] != b"PK\x03\x04" or entry.flag_bits & 1:
        raise ValueError(f"{entry.filename}: no local header, or encrypted")
    start = entry.header_offset + _LOCAL_HEADER.size + head[1] + head[2]
    packed = data[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        content = packed
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, MAX_UNPACKED_BYTES + 1)
    else:
        raise ValueError(f"{entry.filename}: compression {entry.compress_type}")
    if len(content) > MAX_UNPACKED_BYTES:
        raise Refused(fault("archive_bomb", file, found=entry.filename[:200]))
    if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
        raise ValueError(f"{entry.filename}: size or checksum")
    return content


def _refuse_outside_links(xml: bytes, name: str, file: str) -> None:
    """A hyperlink is only text to us; any other relation that leads outside makes a value depend on another file."""
    for _, tag in _ELEMENT.findall(xml):
        attributes = _attributes(tag)
        outside = attributes.get("TargetMode", "").lower() == "external"
        if outside and not attributes.get("Type", "").endswith("/hyperlink"):
            raise Refused(fault("external_link", file, found=f"{name}：{attributes.get('Target', '')}"[:200]))


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        key.decode("utf-8", "replace"): unescape((double or single).decode("utf-8", "replace"))
        for key, double, single in _ATTRIBUTE.findall(tag)
    }


def _inspect_sheet(xml: bytes, file: str, part: str) -> Hollow:
    """Refuse absurd extents (they would be allocated cell by cell); return cells that hide something."""
    # An address in other quotes or spacing is written by no office program: count.
    if _WIDE.search(xml) or b"r='" in xml or b"r =" in xml or b"\tr=" in xml or b"\nr=" in xml:
        rows = columns = 0
        for letters, digits in _POSITION.findall(xml):
            rows = max(rows, int(digits[:9]))
            columns = max(columns, _column_number(letters[:6]))
        if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * max(columns, 26) > MAX_CELLS:
            raise Refused(fault("sheet_too_large", file, found=f"{part} {rows} 行 × {columns} 列"))
    formulas = (b"<f" in xml or b":f" in xml) and _FORMULA.search(xml)
    if not formulas and not ((b'"e"' in xml or b"'e'" in xml) and _ERROR_TYPE.search(xml)):
        return {}
    hollow: Hollow = {}
    for reference, tag, body in _cells(xml):
        result = _RESULT.search(body)
        written = result[1] if result else b""
        if _ERROR_TYPE.search(tag):
            hollow[reference] = written.decode("utf-8", "replace").strip() or "#N/A"
        elif _FORMULA.search(body) and not written and not (result and _TEXT_TYPE.search(tag)):
            hollow[reference] = ""  # a saved empty text is a result, the absence of one is not
    return hollow


def _cells(xml: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    """(address, attributes, content) of each cell that has content; cells without an address follow one another."""
    row, column = -1, -1
    for match in _CELL_OR_ROW.finditer(xml):
        tag = match[2]
        place = _POSITION.search(tag)
        if match[1] == b"row":
            row, column = (int(place[2][:9]) - 1 if place else row + 1), -1
            continue
        if place and place[1]:
            row, column = int(place[2][:9]) - 1, _column_number(place[1][:6]) - 1
        else:
            column += 1
        if tag.endswith(b"/"):
            continue
        # Bounded by the next tag of either kind, so that a missing end tag cannot make the scan quadratic.
        following = _CELL_OR_ROW.search(xml, match.end())
        limit = following.start() if following else len(xml)
        end = _CELL_END.search(xml, match.end(), limit)
        yield a1(max(row, 0), column), tag, xml[match.end() : end.start() if end else limit]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _by_sheet_name(relations: bytes, workbook: bytes, hollow: dict[str, Hollow]) -> dict[str, Hollow]:
    """Turn archive part names into sheet names through the workbook's own relations."""
    targets: dict[str, str] = {}
    for kind, tag in _ELEMENT.findall(relations):
        attributes = _attributes(tag)
        if kind == b"Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "").replace("\\", "/").lower()
    named: dict[str, Hollow] = {}
    for kind, tag in _ELEMENT.findall(workbook):
        attributes = _attributes(tag)
        identifier = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        target = targets.get(identifier, "").lstrip("/")
        part = target if target.startswith("xl/") else f"xl/{target}"
        if kind == b"sheet" and part in hollow:
            named[attributes.get("name", "")] = hollow[part]
    return named
