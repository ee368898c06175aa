"""Values of an answer that Python has no word for, as DuckDB writes them: intervals of months, moments that never come.

Light: duckdb and the standard library.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from orchestration.publication.sql import identifier

if TYPE_CHECKING:
    import duckdb

Cells = tuple[object, ...]
# DuckDB's client gives a month as 30 days, and both infinities as the last and the first day that Python knows.
_MOMENTS = frozenset({"date", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone"})
_ENDS = (date.max, date.min, datetime.max, datetime.min)  # noqa: DTZ901 - as DuckDB gives them, without a zone
_INFINITIES = ("infinity", "-infinity")


def spelled(
    connection: duckdb.DuckDBPyConnection, sql: str, types: Sequence[Any], rows: Sequence[Cells]
) -> Sequence[Cells]:
    """The rows that ``sql`` gave; where they hold such values, it is asked again for these as text."""
    asked: dict[int, str] = {}
    for column, kind in enumerate(types):
        ends = any(_at_an_end(row[column]) for row in rows)
        if (text := _as_text(kind, moments=ends)) != str(kind):
            asked[column] = text
    if not asked:
        return rows
    names = [identifier(f"column {number}") for number in range(len(types))]
    wanted = [*names, *(f"CAST({names[column]} AS {text})" for column, text in asked.items())]
    # Values and texts of one answer: what rolls dice need not give the same rows again.
    again = connection.execute(f"SELECT {', '.join(wanted)} FROM ({sql}\n) AS answer({', '.join(names)})").fetchall()  # noqa: S608
    found: list[Cells] = []
    for row in cast("list[Cells]", again):
        values = list(row[: len(types)])
        for column, text in zip(asked, row[len(types) :], strict=True):
            if _is_said_by(text, values[column]):
                values[column] = text
        found.append(tuple(values))
    return found


def _is_said_by(text: object, value: object) -> bool:
    """The last day of the year 9999 may also be meant: such a one stays what it is."""
    return not isinstance(value, date) or text in _INFINITIES


def _at_an_end(value: object) -> bool:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None) in _ENDS
    if isinstance(value, date):
        return value in _ENDS
    if isinstance(value, dict):
        return any(_at_an_end(one) for pair in cast("dict[object, object]", value).items() for one in pair)
    return isinstance(value, list | tuple) and any(map(_at_an_end, cast("Sequence[object]", value)))


def _as_text(kind: Any, *, moments: bool) -> str:
    """The type, with text where it has intervals (and ``moments``)."""
    name = str(kind.id)
    if name == "interval" or (moments and name in _MOMENTS):
        return "VARCHAR"
    if name in {"list", "array", "struct", "map"}:
        inner = [
            (str(label), _as_text(one, moments=moments) if hasattr(one, "id") else str(one))
            for label, one in kind.children
        ]
        if name == "struct":
            return f"STRUCT({', '.join(f'{identifier(label)} {text}' for label, text in inner)})"
        if name == "map":
            return f"MAP({inner[0][1]}, {inner[1][1]})"
        return f"{inner[0][1]}[{inner[1][1] if name == 'array' else ''}]"
    return str(kind)
