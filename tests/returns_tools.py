"""Small partitions made from the Huantai returns, and ways to spoil them one cell at a time."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl

ROOT = Path(__file__).resolve().parent.parent
HUANTAI = ROOT / "raw" / "2017" / "370321"
YEAR, COUNTY = 2017, "370321"

PRIMARY = "schools/2137032108_索镇中心小学.xlsx"
POINT = "schools/2137032139_荆家镇西河教学点.xlsx"
NINE_YEAR = "schools/3137032105_桓台县实验学校.xlsx"
COMPLETE = "schools/3137032104_桓台县第三中学.xlsx"
SPECIAL = "schools/5137032101_桓台县特殊教育学校.xlsx"
SMALL = (PRIMARY, POINT, NINE_YEAR, COMPLETE, SPECIAL)
# 表Ⅰ of a county of these five: schools by type, 教学点, classes, pupils, teachers.
_PROFILE = {"A8": 1, "C8": 1, "E8": 0, "E10": 1, "G10": 1, "A12": 45, "C12": 29, "E12": 1770, "G12": 1330,
            "C14": 107, "G14": 105}  # fmt: skip


def code_of(file: str) -> str:
    """School code in a workbook's file name."""
    return Path(file).name[:10]


def copy_small(raw: Path) -> Path:
    """A partition of five Huantai schools under ``raw``, supplement and 表Ⅰ cut to match; returns its folder."""
    folder = raw / str(YEAR) / COUNTY
    (folder / "schools").mkdir(parents=True)
    for file in SMALL:
        shutil.copy(HUANTAI / file, folder / file)
    for name in ("county_return.xlsx", "task_decomposition.csv", "task_decomposition.xlsx"):
        shutil.copy(HUANTAI / name, folder / name)
    codes = {code_of(file) for file in SMALL}
    book = openpyxl.load_workbook(HUANTAI / "school_supplement.xlsx")
    for sheet in book.worksheets:
        for row in range(sheet.max_row, 1, -1):
            if str(sheet.cell(row, 1).value) not in codes:
                sheet.delete_rows(row)
    book.save(folder / "school_supplement.xlsx")
    edit(folder, "county_return.xlsx", "表Ⅰ", _PROFILE)
    return folder


def edit(folder: Path, file: str, sheet: str, cells: Mapping[str, Any]) -> None:
    """Write values into cells of a workbook, leaving everything else as it is."""
    book = openpyxl.load_workbook(folder / file)
    for address, value in cells.items():
        book[sheet][address] = value
    book.save(folder / file)


def find_row(folder: Path, file: str, sheet: str, text: str, column: int = 1) -> int:
    """Number of the first row whose cell in a column is the text."""
    worksheet = openpyxl.load_workbook(folder / file)[sheet]
    for row in range(1, worksheet.max_row + 1):
        if str(worksheet.cell(row, column).value) == text:
            return row
    raise LookupError(text)


def slow_echo(seconds: float) -> float:
    """Wait, then hand back how long: work for a reading process (which must be able to import it)."""
    time.sleep(seconds)
    return seconds
