"""Literals and identifiers for SQL text.

The readers write values into the text instead of binding them: binding makes the DuckDB client import pandas,
which takes longer than everything else a reading command does. COPY and ATTACH take no parameters anyway.
"""

from __future__ import annotations

from pathlib import Path


def literal(value: int | str | Path) -> str:
    """A SQL literal; in DuckDB only the quote has a meaning inside a string."""
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def partition_is(year: int, county: str) -> str:
    """The condition that picks one year and county."""
    return f"year = {literal(year)} AND county = {literal(county)}"
