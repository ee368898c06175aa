"""Literals and identifiers for SQL text. Publishing has its own: a wall stands between the rooms."""

from __future__ import annotations

from pathlib import Path


def literal(text: str | Path) -> str:
    """A text, or the path of a file, as SQL has it; in DuckDB only the quote has a meaning inside a string."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
