"""The data dictionary (数据字典): every published column, what it means, and which cell of which form it comes from.

Belongs here: bringing declarations of the marts, addends of the figures and layouts of the forms together, and the page
and workbook made of them. Does not belong here: descriptions (they stand beside the models), header texts (in the
layouts), clauses and limits (in the suites, read from the snapshot's ``evidence.standards``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

PAGE = "dictionary.html"
BOOK = "dictionary.xlsx"


def write_dictionary(folder: Path, connection: duckdb.DuckDBPyConnection) -> tuple[Path, Path]:
    """Write the dictionary of what ``connection`` (a snapshot) holds as page and workbook; returns both.

    Equal standards, equal bytes: it names no county, no run and no time. Raises OSError.
    """
    from orchestration.dictionary import book, page
    from orchestration.dictionary.content import gather

    content = gather(connection)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(page.page(content), encoding="utf-8", newline="\n")
    book.write(folder / BOOK, content)
    return folder / PAGE, folder / BOOK
