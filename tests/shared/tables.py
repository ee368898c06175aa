"""Everything that a snapshot publishes, in a form that can be compared."""

from __future__ import annotations

from pathlib import Path

from orchestration.publication import reader
from orchestration.publication.pointer import Snapshot
from orchestration.publication.sql import identifier, partition_is

# Over all counties: their rows belong to no county. The same view text, and tested with equal tables.
AREAS = ("marts.area_verdicts", "marts.area_gap_counts")


def contents(snapshot: Snapshot, key: tuple[int, str] | None = None) -> dict[str, list[tuple[object, ...]]]:
    """Schema.table → its columns' names and types, then all rows, sorted by all columns.

    Of one year and county where ``key`` says so, then without the views over areas.
    """
    found: dict[str, list[tuple[object, ...]]] = {}
    which = partition_is(*key) if key else "true"
    with reader.opened(snapshot) as connection:
        names = connection.execute(
            "SELECT DISTINCT schema_name, table_name FROM duckdb_columns() "
            "WHERE schema_name IN ('marts', 'evidence') ORDER BY ALL"
        ).fetchall()
        for schema, table in names:
            name = f"{schema}.{identifier(table)}"
            if key and f"{schema}.{table}" in AREAS:
                continue
            columns = connection.execute(f"DESCRIBE {name}").fetchall()
            rows = connection.execute(f"SELECT * FROM {name} WHERE {which} ORDER BY ALL").fetchall()
            found[f"{schema}.{table}"] = [tuple(column[:2]) for column in columns] + rows
    return found


def comments(snapshot: Snapshot) -> set[tuple[object, ...]]:
    """What the database says of every table and column."""
    with reader.opened(snapshot) as connection:
        return set(
            connection.execute(
                """
                SELECT schema_name, table_name, NULL, comment FROM duckdb_tables()
                WHERE schema_name IN ('marts', 'evidence')
                UNION ALL
                SELECT schema_name, table_name, column_name, columns.comment
                FROM duckdb_columns() AS columns JOIN duckdb_tables() USING (database_name, schema_name, table_name)
                WHERE schema_name IN ('marts', 'evidence')
                """
            ).fetchall()
        )


def files(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
