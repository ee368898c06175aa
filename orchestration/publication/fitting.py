"""One table, one schema: which files of the snapshot before can be linked, and which are written anew.

After an upgrade the files of partitions that were not loaded lack columns, or have them with another type. Readers of
the Parquet files (and ``datapackage.json``, which declares each column once) can rely on one schema a table, so such a
file is written once with today's columns: NULL where it had none, cast where the type was another. A column that only
the earlier version had stays: no load takes anything away from partitions that it does not load.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from orchestration.publication import durable
from orchestration.publication.database import ExportError, descriptions
from orchestration.publication.datapackage import columns_of_all_files
from orchestration.publication.export import PartitionFile, copy_sorted
from orchestration.publication.pointer import DATABASE_NAME
from orchestration.publication.sql import identifier, literal

Columns = dict[str, str]
Table = tuple[str, str]


class Fitting:
    """The columns that each table has in the new snapshot, held against the files of the one before.

    ``source`` and ``parquet`` are the ``parquet`` folders of the snapshot before and of the new one, ``today`` the new
    one's own files; without any, every table keeps the columns it has in the database before.
    """

    def __init__(self, source: Path, parquet: Path, today: Iterable[PartitionFile]) -> None:
        import duckdb

        self._source, self._parquet = source, parquet
        self._connection = duckdb.connect()
        self._same = columns_of_all_files(source)
        before = self._same if self._same is not None else self._database()
        self._now = {(file.schema, file.table): file for file in today}
        self._today = {table: self._columns(file.under(parquet)) for table, file in self._now.items()}
        self._wanted = {table: self._today.get(table, {}) | _others(before, self._today, table) for table in before}

        self._differing = {
            table for table, has in before.items() if list(has.items()) != list(self._wanted[table].items())
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def fits(self, file: PartitionFile) -> bool:
        """Whether a file of the snapshot before has the columns wanted. Its footer is read only where the snapshot does
        not say that all its files are alike: a nation has tens of thousands."""
        table = file.schema, file.table
        if self._same is not None:
            return table not in self._differing
        has = self._columns(file.under(self._source))
        return list(has.items()) == list(self._wanted.get(table, has).items())

    def write(self, file: PartitionFile, old: Path) -> None:
        """Write ``old`` as the new snapshot's file with the columns wanted. Raises ExportError where a value cannot."""
        import duckdb

        has, target = self._columns(old), file.under(self._parquet)
        columns = ", ".join(
            f"CAST({identifier(name) if name in has else 'NULL'} AS {kind}) AS {identifier(name)}"
            for name, kind in self._wanted[file.schema, file.table].items()
        )
        query = f"SELECT {columns} FROM read_parquet({literal(old)}, hive_partitioning = false)"  # noqa: S608
        new = target.with_name(f"{target.name}.new")
        try:
            copy_sorted(self._connection, query, new, self._says.get((file.schema, file.table), {}))
        except duckdb.ConversionException as error:
            reason = str(error).partition("\n")[0]
            raise ExportError(
                f"{file.year} {file.county} 由旧版本发布，{file.schema}.{file.table} 有数值装不进现在的字段："
                f"请把这个县一起重新载入（{reason}）。"
            ) from error
        durable.replace(new, target)

    def widen(self, today: Iterable[PartitionFile]) -> None:
        """Give the new snapshot's own files the columns that only the snapshot before has."""
        for file in today:
            table = file.schema, file.table
            if table in self._wanted and self._wanted[table] != self._today[table]:
                self.write(file, file.under(self._parquet))

    @cached_property
    def _says(self) -> dict[Table, dict[str, str]]:
        return descriptions(self._connection)

    def _columns(self, path: Path) -> Columns:
        """Names and types in a file's footer, in order."""
        return _described(
            self._connection.execute(
                f"DESCRIBE FROM read_parquet({literal(path)}, hive_partitioning = false)"
            ).fetchall()
        )

    def _database(self) -> dict[Table, Columns]:
        """Tables of the database before, which has every column that any of its files has."""
        self._connection.execute(f"ATTACH {literal(self._source.parent / DATABASE_NAME)} AS before (READ_ONLY)")
        found: dict[Table, Columns] = {}
        for schema, table, name, kind in self._connection.execute(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE database_name = 'before' ORDER BY schema_name, table_name, column_index"
        ).fetchall():
            found.setdefault((str(schema), str(table)), {})[str(name)] = str(kind)
        self._connection.execute("DETACH before")
        return found


def _others(before: dict[Table, Columns], today: dict[Table, Columns], table: Table) -> Columns:
    """Columns of the table that only the snapshot before has; all of them where today has no such table."""
    return {name: kind for name, kind in before[table].items() if name not in today.get(table, {})}


def _described(rows: Iterable[tuple[object, ...]]) -> Columns:
    return {str(row[0]): str(row[1]) for row in rows}
