"""How header and row texts are compared (LAYOUT §0): one rule, used everywhere."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_PREFIXES = re.compile(r"^(?:其中:|总计中:|#)+")


def display(value: object) -> str:
    """The cell as a person sees it: whole floats without ``.0``, everything else as text."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


@lru_cache(maxsize=65536)
def _normalise_text(text: str) -> str:
    folded = _SPACES.sub("", unicodedata.normalize("NFKC", text))
    return _PREFIXES.sub("", folded)


def normalise(value: object) -> str:
    """NFKC, no white space, without the prefixes 其中： 总计中： #."""
    return _normalise_text(value if isinstance(value, str) else display(value))


def a1(row: int, column: int) -> str:
    """Zero-based row and column → ``E6``."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
