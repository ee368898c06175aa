"""One county loaded again into the warehouse of a nation, against the same load into an empty folder.

The nation is published from what the pipeline of `national` left: every table, one Parquet file a county, and the one
DuckDB file. Papers of the other counties are not made: a load copies none of them.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from orchestration.publication import pointer
from orchestration.publication.pointer import PartitionRecord, Snapshot

ROOT = Path(__file__).resolve().parents[2]
COUNTY = "370321"
_RUN = "nation"


def load_again(pipeline: Path, base: Path, runs: int) -> tuple[float, float, int]:
    """Median wall seconds of whole loads into an empty folder, and into the nation's; files the nation's snapshot has.

    ``pipeline`` is the folder where the pipeline has run, ``base`` where to work.
    """
    first, nation = base / "first", base / "nation"
    load(first)
    files = publish_nation(pipeline, first, nation)
    load(nation)
    empty: list[float] = []
    full: list[float] = []
    for number in range(runs):
        empty.append(load(base / f"empty-{number}"))
        shutil.rmtree(base / f"empty-{number}")
        full.append(load(nation))
    return statistics.median(empty), statistics.median(full), files


def load(var: Path) -> float:
    """Load the shipped returns in a process of its own; its wall seconds."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "load", "2017", COUNTY, "--raw", str(ROOT / "raw"),
         "--var", str(var)],
        check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    return time.perf_counter() - start


def publish_nation(pipeline: Path, like: Path, var: Path) -> int:
    """Publish the pipeline's tables in ``var``, with the tables and columns that ``like``'s snapshot has.

    Returns how many files that is.
    """
    model = pointer.read_current(like)
    if model is None:
        raise RuntimeError(f"{like} has no snapshot")
    folder = pointer.snapshot_folder(var, _RUN)
    (folder / "parquet").mkdir(parents=True)
    with duckdb.connect(config={"threads": 1}) as book:
        # One open file a county, so that each is written once.
        book.execute("SET partitioned_write_max_open_files = 100000; SET partitioned_write_flush_threshold = 100000000")
        book.execute(f"SET file_search_path = '{pipeline}'")
        book.execute(f"ATTACH '{pipeline / 'warehouse.duckdb'}' AS warehouse (READ_ONLY)")
        book.execute(f"ATTACH '{model.duckdb}' AS model (READ_ONLY)")
        book.execute(f"ATTACH '{folder / pointer.DATABASE_NAME}' AS snapshot (STORAGE_VERSION 'v1.0.0')")
        made = {
            (schema, table)
            for schema, table in book.execute(
                "SELECT DISTINCT schema_name, table_name FROM duckdb_columns() WHERE database_name = 'warehouse'"
            ).fetchall()
        }
        partitions = "(FROM read_parquet('landing/partitions/*.parquet'))"
        read = {
            "cells": "FROM read_parquet('landing/cells/*.parquet')",
            "verdict_rows": "FROM read_parquet('verdicts/*.parquet')",
            "standards": f"SELECT year, county, s.* FROM {partitions} p JOIN "
            "read_parquet('landing/standards/*.parquet') s USING (standard)",
            "standard_parameters": f"SELECT year, county, s.* FROM {partitions} p JOIN "
            "read_parquet('landing/standard_parameters/*.parquet') s USING (standard)",
        }
        for schema, table in book.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'model' ORDER BY ALL"
        ).fetchall():
            rows = f"FROM warehouse.{schema}.{table}" if (schema, table) in made else read.get(table)
            book.execute(f"CREATE SCHEMA IF NOT EXISTS snapshot.{schema}")
            book.execute(f"CREATE TABLE snapshot.{schema}.{table} AS FROM model.{schema}.{table} LIMIT 0")
            if rows is None:
                continue
            book.execute(f"INSERT INTO snapshot.{schema}.{table} BY NAME {rows}")
            target = folder / "parquet" / schema / table
            target.parent.mkdir(exist_ok=True)
            book.execute(
                f"COPY snapshot.{schema}.{table} TO '{target}' (FORMAT parquet, COMPRESSION zstd, "
                "PARTITION_BY (year, county), WRITE_PARTITION_COLUMNS true, FILENAME_PATTERN 'data')"
            )
        records = [
            PartitionRecord(
                year=year, county=county, standard=standard, fingerprint="0" * 64, provisional=False,
                county_name=name, run_id=_RUN, loaded_at=pointer.utc_now(),
                previous_run_id=None, previous_loaded_at=None,
            )
            for year, county, standard, name in book.execute(
                f"SELECT year, county, standard, county_name FROM {partitions} ORDER BY ALL"
            ).fetchall()
        ]  # fmt: skip
        book.execute("DETACH snapshot")
    files = list((folder / "parquet").rglob("*.parquet"))
    for path in files:
        path.rename(path.with_name("data.parquet"))
    snapshot = Snapshot(
        run_id=_RUN, created_at=pointer.utc_now(), sequence=1, duckdb=folder / pointer.DATABASE_NAME,
        parquet=folder / "parquet", partitions=tuple(records), contract=model.contract,
    )  # fmt: skip
    (folder / pointer.MANIFEST_NAME).write_bytes(pointer.to_json(snapshot))
    pointer.write_current(var, snapshot)
    return len(files)
