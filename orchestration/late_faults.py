"""Faults that only show once the figures are known: sections out of scope, and claims that the result contradicts.

They join the partition's faults before publishing, so that `junheng faults` tells the whole story of a load.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from orchestration.publication.sql import literal
from orchestration.publication.wording import VERDICTS
from orchestration.returns.explanations import Explanation, explain, stale
from orchestration.returns.faults import LATE_CODES, Fault, fault
from orchestration.returns.schemas import polars_schema, validate
from orchestration.workspace import LoadState

# A section that B1–B7 do not concern, at the cell of its pupils.
_OUT_OF_SCOPE = """
    select s.school_code, s.school_name, s.level, s.pupils, s.scope_reason, c.file, c.sheet, c.cell, c.as_written
    from marts.sections s
    left join evidence.landed_cells c
        on c.record = 'school_level' and c.record_id = s.school_code and c.level = s.level and c.field = 'pupils'
        and c.year = s.year and c.county = s.county
    where not s.in_scope and s.year = ? and s.county = ?
    order by s.school_code, s.level
"""
# The task decomposition's own 达标 column, where the computed verdict is another.
_CLAIMS = """
    select v.indicator, t.claimed_verdict, v.verdict, v.statement, c.file, c.sheet, c.cell
    from evidence.landed_tasks t
    join marts.verdicts v using (year, county, indicator)
    left join evidence.landed_cells c
        on c.record = 'task' and c.record_id = t.indicator and c.field = 'claimed_verdict'
        and c.year = t.year and c.county = t.county
    where t.claimed_verdict is not null and t.year = ? and t.county = ?
        and t.claimed_verdict <> case v.verdict when 'met' then '达标' when 'not_met' then '不达标' else '数据缺失' end
    order by v.position
"""


def add_late_faults(var: Path, state: LoadState) -> None:
    """Append to each sound partition's landed faults what the marts revealed; counts in ``state`` follow."""
    with duckdb.connect() as book:
        book.execute(f"attach {literal(var / 'warehouse.duckdb')} as warehouse (read_only)")
        book.execute("create schema evidence")
        book.execute("create schema marts")
        for view, table in (("landed_cells", "cells"), ("landed_tasks", "task_decomposition")):
            glob = literal(var / "landing" / table / "**" / "*.parquet")
            book.execute(f"create view evidence.{view} as from read_parquet({glob}, hive_partitioning = false)")
        for table in ("sections", "verdicts"):
            book.execute(f"create view marts.{table} as from warehouse.marts.{table}")
        for partition in state.sound:
            key = [partition.year, partition.county]
            found = [_out_of_scope(row) for row in book.execute(_OUT_OF_SCOPE, key).fetchall()]
            found += [_claim(row) for row in book.execute(_CLAIMS, key).fetchall()]
            for one in _append(var, partition.year, partition.county, found):
                partition.counts[one.severity] = partition.counts.get(one.severity, 0) + 1


def _out_of_scope(row: tuple[str | None, ...]) -> Fault:
    code, name, _, pupils, reason, file, sheet, cell, written = row
    kind = "small_teaching_point" if pupils else "no_pupils"
    # Nothing else is expected in the cell. What follows from the reason, the catalogue says.
    why = (reason or "").partition("，")[0] if pupils else ""
    return fault(kind, file or "", sheet=sheet, cell=cell, field=name, found=written, detail=why, subject_id=code)


def _claim(row: tuple[str | None, ...]) -> Fault:
    indicator, claimed, verdict, statement, file, sheet, cell = row
    return fault(
        "claim_differs", file or "", sheet=sheet, cell=cell, field=indicator, found=claimed,
        expected=f"计算结果：{VERDICTS[str(verdict)]}（{statement}）", subject_id=indicator,
    )  # fmt: skip


def _append(var: Path, year: int, county: str, found: list[Fault]) -> list[Fault]:
    """Rewrite the landed faults with the late ones of this run in place of those of an earlier run of this stage.

    Returns the late ones, those that an explanation names explained, and a query for each explanation of a late code
    that named none.
    """
    path = _landed(var, "faults", year, county)
    rows = pl.read_parquet(path)
    said = _explanations(var, year, county)
    late = pl.col("code").is_in(list(LATE_CODES))
    for row in said:
        if row.code in LATE_CODES:
            at_row = (pl.col("file") == row.book) & (pl.col("sheet") == row.book_sheet)
            late |= (pl.col("code") == "stale_explanation") & at_row & (pl.col("cell") == row.book_cell)
    explained, used = explain(found, said)
    explained += stale(said, used, late=True)
    schema = polars_schema("faults")
    added = pl.DataFrame(
        [{**one.as_row(), "year": year, "county": county} for one in explained], schema=schema, orient="row"
    )
    partial = path.with_suffix(".partial")
    validate("faults", pl.concat([rows.filter(~late).select(list(schema)), added])).write_parquet(partial)
    partial.replace(path)
    return explained


def _explanations(var: Path, year: int, county: str) -> list[Explanation]:
    """What was said of queries, as reading landed it."""
    rows = pl.read_parquet(_landed(var, "explanations", year, county)).drop("year", "county")
    return [Explanation(**row) for row in rows.iter_rows(named=True)]


def _landed(var: Path, table: str, year: int, county: str) -> Path:
    return var / "landing" / table / f"year={year}" / f"county={county}" / "data.parquet"
