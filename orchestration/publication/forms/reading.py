"""Rows of the official forms, from the marts made for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.publication.reader import Row, rows_of
from orchestration.publication.sql import partition_is

if TYPE_CHECKING:
    import duckdb

OVERALL = "ALL"
LEVELS = ("primary", "junior")


@dataclass(frozen=True, slots=True)
class Forms:
    """What one partition's forms are made of; each list in the order of its form."""

    profile: list[Row]
    """``marts.form_profile``: one row a line L1–L24."""
    summary: dict[tuple[str, str], Row]
    """``marts.form_summary`` by level and indicator (``ALL`` for 综合)."""
    sections: list[Row]
    """``marts.form_sections``: the primary block, then the junior one."""
    unreported: list[str]
    """Names of the schools that are on the roster and sent no return."""
    verdicts: dict[str, Row]
    """``marts.verdicts`` by indicator."""
    blanks: dict[str, list[Row]]
    """``marts.form_blanks`` by indicator."""
    recognition: dict[str, Row]
    """The items of C1 in ``marts.county_metrics``."""
    retention: Row | None
    """The second formula of B23, shown beside the first."""


def read_forms(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> Forms:
    """Read everything the forms show of one year and county."""
    key = partition_is(year, county)

    def rows(table: str, order: str, more: str = "true") -> list[Row]:
        return rows_of(connection, f"SELECT * FROM marts.{table} WHERE {key} AND {more} ORDER BY {order}")  # noqa: S608

    blanks: dict[str, list[Row]] = {}
    for row in rows("form_blanks", "try_cast(substr(indicator, 2) AS INTEGER), position"):
        blanks.setdefault(str(row["indicator"]), []).append(row)
    retention = rows("county_metrics", "item", "indicator = 'B23' AND item = '三年巩固率（另一算法）'")
    return Forms(
        profile=rows("form_profile", "position"),
        summary={(str(row["level"]), str(row["indicator"])): row for row in rows("form_summary", "level, indicator")},
        sections=rows("form_sections", "level = 'junior', position"),
        unreported=[
            str(row["school_name"] or row["school_code"]) for row in rows("schools", "school_code", "NOT reported")
        ],
        verdicts={str(row["indicator"]): row for row in rows("verdicts", "position")},
        blanks=blanks,
        recognition={str(row["item"]): row for row in rows("county_metrics", "item", "indicator = 'C1'")},
        retention=retention[0] if retention else None,
    )
