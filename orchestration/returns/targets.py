"""Which file, sheet and cell a row of explanations.xlsx or corrections.xlsx means, however people wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from orchestration.returns.text import normalise
from orchestration.returns.workbook import Workbook

_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")
_DEEPEST_HEADER = 15


def best_sheet(book: Workbook, preferred: str, headers: Sequence[str]) -> str:
    """The sheet of that name, else the one that carries most of the headers (the first of equals)."""
    if preferred in book.sheet_names:
        return preferred
    wanted = {normalise(header) for header in headers}

    def carried(name: str) -> int:
        rows = book.sheet(name).grid[:_DEEPEST_HEADER]
        return max((len({normalise(cell) for cell in row if cell} & wanted) for row in rows), default=0)

    return max(book.sheet_names, key=carried, default=preferred)


def resolve_file(written: str, files: Iterable[str]) -> str:
    """The file of the partition that is meant: its path, or its bare name where only one bears it.

    A name that fits none is given back as written, so that a message can show it.
    """
    text = _folded(written).replace("\\", "/").lstrip("./")
    known = list(files)
    exact = [name for name in known if _folded(name) == text]
    if exact:
        return exact[0]
    bare = [name for name in known if _folded(name).rsplit("/", 1)[-1] == text.rsplit("/", 1)[-1]]
    return bare[0] if len(bare) == 1 and "/" not in text else written.strip()


def resolve_cell(written: str) -> str | None:
    """``e6``, ``$E$6``, ``Ｅ６`` → ``E6``; None for what is no address."""
    match = _ADDRESS.fullmatch(unicodedata.normalize("NFKC", written).strip().upper())
    return f"{match[1]}{match[2]}" if match else None


def position_of(cell: str) -> tuple[int, int]:
    """``E6`` → zero-based row and column. The address must be one (see `resolve_cell`)."""
    letters = cell.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(cell[len(letters) :]) - 1, column - 1


def same_sheet(written: str, name: str) -> bool:
    """Sheet names are compared as headers are: width and white space aside."""
    return normalise(written) == normalise(name)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
