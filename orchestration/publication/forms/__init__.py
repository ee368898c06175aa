"""The official forms of 教督〔2017〕6号: 表Ⅰ to 表Ⅵ in one workbook (rules.md §6).

They read the marts made for them and compute nothing: what is here is layout, words and number formats. Numbers
stay numbers, unrounded, and are printed as §6 says; the verdicts beside them were judged unrounded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication.book import Book, Heading
from orchestration.publication.forms.conclusions import conclusion_sheets, recognition_sheet
from orchestration.publication.forms.reading import read_forms
from orchestration.publication.forms.resources import balance_sheet, profile_sheet, section_sheet, summary_sheet

if TYPE_CHECKING:
    import duckdb

__all__ = ["write_forms"]


def write_forms(path: Path, heading: Heading, connection: duckdb.DuckDBPyConnection, year: int, county: str) -> None:
    """Write ``forms.xlsx`` of one partition: sheets 表Ⅰ, 表Ⅱ-1, 表Ⅱ-2, 表Ⅲ, 表Ⅳ, 表Ⅴ, 表Ⅵ, in this order.

    ``connection`` is to any database with the schema ``marts``. Raises OSError where the file cannot be written.
    """
    forms = read_forms(connection, year, county)
    book = Book(path, heading)
    profile_sheet(book, forms)
    summary_sheet(book, forms)
    section_sheet(book, forms)
    balance_sheet(book, forms)
    conclusion_sheets(book, forms)
    recognition_sheet(book, forms)
    book.close()
