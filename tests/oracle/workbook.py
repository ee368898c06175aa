"""Cells of an .xlsx by address, read from the archive's XML with the standard library."""

import unicodedata
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Self
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
NOT_FILLED = frozenset({"*", "-", "—", "/"})  # by rule no figure belongs there


class Workbook:
    """Sheet name → address → the text as stored ('' for a cell that is not there)."""

    def __init__(self, sheets: dict[str, dict[str, str]]) -> None:
        self.sheets = sheets

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read all sheets of `path`. Raises what zipfile and ElementTree raise on a damaged file."""
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            shared: list[str] = []
            if "xl/sharedStrings.xml" in names:
                root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
                shared = [_text(entry) for entry in root.findall(f"{MAIN}si")]
            targets = {
                relation.attrib["Id"]: relation.attrib["Target"]
                for relation in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
            }
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            sheets: dict[str, dict[str, str]] = {}
            for sheet in book.iter(f"{MAIN}sheet"):
                target = targets[sheet.attrib[RELATION]]
                member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                sheets[sheet.attrib["name"]] = _cells(archive.read(member), shared)
        return cls(sheets)

    def has(self, sheet: str) -> bool:
        """Whether the book has that sheet."""
        return sheet in self.sheets

    def text(self, sheet: str, address: str) -> str | None:
        """The text of a cell without surrounding blanks, None where empty or the sheet is not there."""
        return self.sheets.get(sheet, {}).get(address, "").strip() or None

    def required(self, sheet: str, address: str) -> Fraction | None:
        """A number that must be filled in; None (缺报) where blank or marked as not filled."""
        text = unicodedata.normalize("NFKC", self.text(sheet, address) or "").strip()
        if not text or text in NOT_FILLED:
            return None
        # repr gives back the decimal that was typed, where Excel stores 462.23000000000002.
        return Fraction(repr(float(text.replace(",", ""))))

    def detail(self, sheet: str, address: str) -> Fraction:
        """A detail count, where a blank or a mark means nought."""
        number = self.required(sheet, address)
        return Fraction(0) if number is None else number

    def rows(self, sheet: str) -> int:
        """The number of the last row that has a cell (0 for an empty or absent sheet)."""
        return max(
            (int(address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for address in self.sheets.get(sheet, {})),
            default=0,
        )


def _cells(xml: bytes, shared: list[str]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for cell in ElementTree.fromstring(xml).iter(f"{MAIN}c"):
        kind = cell.attrib.get("t", "n")
        if kind == "inlineStr":
            inline = cell.find(f"{MAIN}is")
            text = "" if inline is None else _text(inline)
        else:
            text = cell.findtext(f"{MAIN}v") or ""
            if kind == "s" and text:
                text = shared[int(text)]
        if text:
            cells[cell.attrib["r"]] = text
    return cells


def _text(entry: ElementTree.Element) -> str:
    """The text of a shared or inline string, phonetic hints left out."""
    runs = [entry, *entry.findall(f"{MAIN}r")]
    return "".join(run.findtext(f"{MAIN}t") or "" for run in runs)
