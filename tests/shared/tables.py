"""Everything that a snapshot publishes, in a form that can be compared."""

from __future__ import annotations

from pathlib import Path

from orchestration.publication import reader
from orchestration.publication.pointer import Snapshot
from orchestration.publication.sql import identifier


def contents(snapshot: Snapshot) -> dict[str, list[tuple[object, ...]]]:
    """Schema.table → its columns' names and types, then all rows, sorted by all columns."""
    found: dict[str, list[tuple[object, ...]]] = {}
    with reader.opened(snapshot) as connection:
        names = connection.execute(
            "SELECT DISTINCT schema_name, table_name FROM duckdb_columns() "
            "WHERE schema_name IN ('marts', 'evidence') ORDER BY ALL"
        ).fetchall()
        for schema, table in names:
            name = f"{schema}.{identifier(table)}"
            columns = connection.execute(f"DESCRIBE {name}").fetchall()
            rows = connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
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
