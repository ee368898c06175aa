"""Last year's figures of a county, as published: what this year's returns are held against.

The reading room knows no publication; these figures are handed to it.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from orchestration.publication.reader import NotLoadedError, open_partition, rows_of
from orchestration.publication.sql import partition_is
from orchestration.returns.checks import Key
from orchestration.returns.comparisons import Former

# Addends of one figure in the order of their cells; a figure with a missing part is no figure.
_FIGURES = """
    SELECT record, record_id, level, field, file, sheet, cell, CAST(value AS VARCHAR) AS value
    FROM evidence.cells
    WHERE {partition} AND record IN ('school_level', 'school_resource')
    ORDER BY record, record_id, level, field, sheet, cell
"""


def figures_of_last_year(var: Path, year: int, county: str) -> dict[Key, Former] | None:
    """Figures of the schools in ``year − 1``, None where that year is not published for the county."""
    try:
        with open_partition(var, year - 1, county) as published:
            rows = rows_of(published.connection, _FIGURES.format(partition=partition_is(year - 1, county)))
    except NotLoadedError:
        return None
    figures: dict[Key, Former] = {}
    missing: set[Key] = set()
    for row in rows:
        level = None if row["level"] is None else str(row["level"])
        key: Key = (str(row["record"]), str(row["record_id"]), level, str(row["field"]))
        if row["value"] is None:
            missing.add(key)
            continue
        former = figures.get(key)
        place = f"{row['file']} › {row['sheet']} › {row['cell']}"
        figures[key] = Former(
            Decimal(str(row["value"])) + (former.number if former else 0), former.place if former else place
        )
    return {key: former for key, former in figures.items() if key not in missing}
