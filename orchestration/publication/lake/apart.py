"""A version of the shared warehouse for anybody's SQL: a connection that knows neither PostgreSQL nor DuckLake.

It has the tables and views of the version, and reads the data files through a file system that knows these files alone
and only reads. So no SQL can reach the catalogue, with whose rights whatever, write a file, or read another.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from orchestration.publication.lake.connection import attached, explained
from orchestration.publication.lake.errors import LostFileError
from orchestration.publication.lake.place import LAKE, LakeError, place
from orchestration.publication.lake.reading import tables
from orchestration.publication.sql import identifier, literal
from orchestration.publication.statements import names_in

if TYPE_CHECKING:
    import duckdb

    from orchestration.publication.lake.read_only import ReadOnly


@dataclass(slots=True)
class _Contents:
    """What is taken from the catalogue: tables with columns and types, views, comments, and the files of tables."""

    tables: dict[tuple[str, str], dict[str, str]]
    views: list[tuple[str, str]]
    comments: list[tuple[str, str, str, str | None, str]] = field(default_factory=list[Any])
    files: dict[tuple[str, str], list[Path]] = field(default_factory=dict[tuple[str, str], list[Path]])
    grown: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])


@contextmanager
def opened(
    version: int, names: frozenset[str], settings: Mapping[str, str | bool | int | float | list[str]]
) -> Generator[duckdb.DuckDBPyConnection]:
    """The version, closed in itself; tables that are not among ``names`` (lower case) are there, but empty.

    Raises LakeError.
    """
    import duckdb

    from orchestration.publication.lake.read_only import PROTOCOL, ReadOnly  # fsspec takes its time

    where = place()
    if where is None:
        raise LakeError("没有设置共享仓库。")
    with tempfile.TemporaryDirectory(prefix="junheng-query-", ignore_cleanup_errors=True) as folder:
        try:
            with attached(where, version=version) as lake:
                contents = _taken(lake, version, names, Path(folder))
        except duckdb.Error as error:
            raise explained(error) from None
        files = ReadOnly(path for paths in contents.files.values() for path in paths)
        connection = duckdb.connect(config=dict(settings))
        try:
            connection.register_filesystem(files)
            _fill(connection, contents, files)
            connection.execute(f"SET allowed_directories = ['{PROTOCOL}://']")
            connection.execute("SET enable_external_access = false")
            yield connection
        except duckdb.Error as error:
            if files.problem is None:
                raise
            if isinstance(files.problem, FileNotFoundError):
                raise LostFileError(str(files.problem.filename)) from error
            raise LakeError(f"共享仓库的数据文件读不出来；数据文件夹是否挂上？（{files.problem}）") from error
        finally:
            connection.close()


def _taken(lake: duckdb.DuckDBPyConnection, version: int, names: frozenset[str], folder: Path) -> _Contents:
    views = cast(
        "list[tuple[str, str, str]]",
        lake.execute(
            f"SELECT schema_name, view_name, sql FROM duckdb_views() WHERE database_name = '{LAKE}' "  # noqa: S608
            "AND schema_name IN ('marts', 'evidence')"
        ).fetchall(),
    )
    texts = {name.lower(): text for _, name, text in views}
    wanted, found = set(names), set[str]()
    while new := {one for one in wanted - found if one in texts}:
        found |= new
        for one in new:
            wanted |= names_in(texts[one])
    contents = _Contents(tables(lake), [(schema, text) for schema, _, text in views])
    asked = [(schema, table) for schema, table in contents.tables if table.lower() in wanted]
    contents.grown = _grown(lake, version) if asked else {}
    for schema, table in asked:
        by_name = contents.grown.get((schema, table), True)
        contents.files[schema, table] = _files(lake, version, schema, table, folder, as_they_are=by_name)
    if any(name.startswith("duckdb_") for name in names):  # who asks for comments asks one of these
        contents.comments = _comments(lake)
    return contents


def _files(
    lake: duckdb.DuckDBPyConnection, version: int, schema: str, table: str, folder: Path, *, as_they_are: bool
) -> list[Path]:
    listed = lake.execute(
        f"SELECT data_file, delete_file, data_file_encryption_key FROM ducklake_list_files("  # noqa: S608
        f"{literal(LAKE)}, {literal(table)}, schema => {literal(schema)}, snapshot_version => {int(version)})"
    ).fetchall()
    if as_they_are and all(deleted is None and key is None for _, deleted, key in listed):
        return [Path(str(data)) for data, _, _ in listed]
    # Not all rows of some files count, or not by the names that stand in them: DuckLake reads them.
    path = folder / f"{len(list(folder.iterdir()))}.parquet"
    lake.execute(f"COPY (FROM {schema}.{identifier(table)}) TO {literal(path)} (FORMAT parquet)")
    return [path]


def _grown(lake: duckdb.DuckDBPyConnection, version: int) -> dict[tuple[str, str], bool]:
    """Tables that had fewer columns, or of other types, when some of their files were written → whether each column's
    name always meant this column, and what a file lacks of it is null."""
    catalogue = f"__ducklake_metadata_{LAKE}"
    there = f"begin_snapshot <= {int(version)} AND (end_snapshot IS NULL OR end_snapshot > {int(version)})"
    found = lake.execute(
        f"""
        WITH files AS (
            SELECT table_id, min(begin_snapshot) AS oldest FROM {catalogue}.ducklake_data_file
            WHERE {there} GROUP BY ALL
        ),
        columns AS (
            SELECT table_id, max(begin_snapshot) FILTER ({there}) AS newest,
                count(DISTINCT column_id) = count(DISTINCT column_name)
                    AND count(DISTINCT column_id) = count(DISTINCT (column_id, column_name))
                    AND bool_and(coalesce(initial_default, 'NULL') = 'NULL') AS by_name
            FROM {catalogue}.ducklake_column
            WHERE begin_snapshot <= {int(version)} AND parent_column IS NULL GROUP BY ALL
        )
        SELECT schema_name, table_name, by_name
        FROM (FROM {catalogue}.ducklake_table WHERE {there})
        JOIN (SELECT schema_id, schema_name FROM {catalogue}.ducklake_schema WHERE {there}) USING (schema_id)
        JOIN files USING (table_id) JOIN columns USING (table_id)
        WHERE newest > oldest
        """  # noqa: S608
    ).fetchall()
    return {(str(schema), str(table)): bool(by_name) for schema, table, by_name in found}


def _comments(lake: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str | None, str]]:
    return cast(
        "list[tuple[str, str, str, str | None, str]]",
        lake.execute(
            f"""
            SELECT 'TABLE', schema_name, table_name, NULL, comment FROM duckdb_tables()
            WHERE database_name = '{LAKE}' AND schema_name IN ('marts', 'evidence') AND comment IS NOT NULL
            UNION ALL
            SELECT 'COLUMN', schema_name, table_name, column_name, comment FROM duckdb_columns()
            WHERE database_name = '{LAKE}' AND schema_name IN ('marts', 'evidence') AND comment IS NOT NULL
            """  # noqa: S608
        ).fetchall(),
    )


def _fill(connection: duckdb.DuckDBPyConnection, contents: _Contents, files: ReadOnly) -> None:
    connection.execute(f"ATTACH ':memory:' AS {LAKE}")
    for schema in ("marts", "evidence"):
        connection.execute(f"CREATE SCHEMA {LAKE}.{schema}")
    for (schema, table), columns in contents.tables.items():
        name = f"{LAKE}.{schema}.{identifier(table)}"
        paths = contents.files.get((schema, table))
        if paths:
            quoted = {identifier(one): kind for one, kind in columns.items()}
            fields = ", ".join(f"CAST({one} AS {kind}) AS {one}" for one, kind in quoted.items())
            listed = ", ".join(literal(files.name(path)) for path in paths)
            # To compare the columns of all files takes opening each of them, time and again.
            by_name = str((schema, table) in contents.grown).lower()
            source = f"read_parquet([{listed}], union_by_name = {by_name}, hive_partitioning = false)"
            connection.execute(f"CREATE VIEW {name} AS SELECT {fields} FROM {source}")  # noqa: S608
        else:
            fields = ", ".join(f"{identifier(one)} {kind}" for one, kind in columns.items())
            connection.execute(f"CREATE TABLE {name} ({fields})")
    for schema, text in contents.views:
        connection.execute(f"USE {LAKE}.{schema}")
        connection.execute(text)
    for kind, schema, table, column, comment in contents.comments:
        shown = "VIEW" if kind == "TABLE" and contents.files.get((schema, table)) else kind
        name = ".".join(identifier(part) for part in (LAKE, schema, table, column) if part is not None)
        connection.execute(f"COMMENT ON {shown} {name} IS {literal(comment)}")
    connection.execute(f"USE {LAKE}.marts")
