"""Last year's figures of a county: what this year's returns are held against.

The reading room knows no publication; these figures are handed to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.publication.reader import NotLoadedError, open_partition, rows_of
from orchestration.publication.sql import partition_is
from orchestration.returns.checks import Key
from orchestration.returns.comparisons import Former, LastYear

if TYPE_CHECKING:
    import polars as pl

RECORDS = ("school_level", "school_resource")
_ORDER = ("record", "record_id", "level", "field", "sheet", "cell")
# Addends of one figure in the order of their cells; a figure with a missing part is no figure.
_CELLS = """
    SELECT record, record_id, level, field, file, sheet, cell, CAST(value AS VARCHAR) AS value
    FROM evidence.cells
    WHERE {partition} AND record IN {records}
    ORDER BY {order}
"""


def published_last_year(var: Path, year: int, county: str) -> LastYear | None:
    """Figures of the schools in ``year − 1``, None where that year is not published for the county."""
    query = _CELLS.format(partition=partition_is(year - 1, county), records=RECORDS, order=", ".join(_ORDER))
    try:
        with open_partition(var, year - 1, county) as published:
            return _figures(rows_of(published.connection, query))
    except NotLoadedError:
        return None


class LastYears:
    """Last year's figures for partitions that are read together, earlier years first.

    What has just been read goes before what is published: several years at once come out like one after the other.
    """

    def __init__(self, var: Path, partitions: Iterable[tuple[int, str]]) -> None:
        self._var, self._wanted = var, set(partitions)
        self._read: dict[tuple[int, str], LastYear] = {}

    def before(self, year: int, county: str) -> LastYear | None:
        """What a partition is held against."""
        read = self._read.pop((year - 1, county), None)
        return published_last_year(self._var, year, county) if read is None else read

    def keep(self, year: int, county: str, cells: Callable[[], pl.DataFrame]) -> None:
        """Take the figures of a sound partition from its landing table of cells, if the next year is still to come."""
        if (year + 1, county) in self._wanted:
            frame = cells()
            rows = frame.filter(frame["record"].is_in(RECORDS)).sort(_ORDER, nulls_last=True)
            self._read[year, county] = _figures(rows.iter_rows(named=True))


def digest(last_year: LastYear | None) -> str:
    """sha256 over figures and places, '' where there are none: the part of a fingerprint that queries rest on."""
    if last_year is None:
        return ""
    told = sorted(f"{key} {former.number.normalize()} {former.place}" for key, former in last_year.items())
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _figures(rows: Iterable[Mapping[str, Any]]) -> dict[Key, Former]:
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
