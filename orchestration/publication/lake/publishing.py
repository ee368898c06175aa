"""What a load publishes into the shared warehouse, and what goes with it: papers, comments, views, change report."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import contract, declared, durable
from orchestration.publication.changes import COMPARED, write_changes
from orchestration.publication.export import SCHEMAS, PartitionFile
from orchestration.publication.lake.committing import commit
from orchestration.publication.lake.connection import steady
from orchestration.publication.lake.errors import LostFileError, explained
from orchestration.publication.lake.place import LakeError, Place
from orchestration.publication.lake.reading import LOADED, PARTITION_FIELDS, WITHDRAWN, tables
from orchestration.publication.lake.remaking import can_be_widened, lacks_a_file, make_anew
from orchestration.publication.pointer import DATABASE_NAME, PartitionRecord, PublishedPartition, Snapshot, utc_now
from orchestration.publication.sql import identifier, literal, partition_is

if TYPE_CHECKING:
    import duckdb

Key = tuple[int, str]


def export_before(where: Place, snapshot: Snapshot | None, keys: Iterable[Key], folder: Path) -> Path | None:
    """Write what is published of these partitions, as far as a change report compares it, laid out as a snapshot's
    ``parquet``; None where nothing is published. Raises LakeError."""
    import duckdb

    there = [key for key in keys if snapshot is not None and snapshot.partition(*key) is not None]
    if snapshot is None or snapshot.lake is None or not there:
        return None
    try:
        with steady(where, snapshot.lake) as connection:
            known = tables(connection)
            for year, county in there:
                for schema, table in COMPARED:
                    if (schema, table) in known:
                        target = PartitionFile(schema, table, year, county).under(folder)
                        target.parent.mkdir(parents=True, exist_ok=True)
                        try:
                            connection.execute(
                                f"COPY (FROM {schema}.{table} WHERE {partition_is(year, county)}) "
                                f"TO {literal(target)} (FORMAT parquet)"
                            )
                        except LostFileError:  # the report leaves it out; the load makes it good
                            target.unlink(missing_ok=True)
    except duckdb.Error as error:
        raise explained(error) from None
    return folder


def publish(
    where: Place, run_id: str, partitions: Sequence[PublishedPartition], building: Path, before: Snapshot | None
) -> Snapshot:
    """Commit what was built in ``building`` (database, ``parquet``, ``reports``) as the next version.

    ``before`` is the state that its change report compares with; where another worker has published one of the
    partitions since, the report is made again. Raises LakeError; then nothing of it is published.
    """
    _keep_papers(where, run_id, building / "reports")
    parquet, seen = building / "parquet", before
    # The same run published once more (its last stage started again) has papers that are shown.
    shown = before is not None and run_id in {record.run_id for record in before.partitions}

    def work(connection: duckdb.DuckDBPyConnection, now: Snapshot | None, lost: bool) -> tuple[str, str, str]:
        nonlocal seen
        if _runs(now, partitions) != _runs(seen, partitions):
            older = building / "before"
            shutil.rmtree(older, ignore_errors=True)
            keys = [(one.year, one.county) for one in partitions]
            write_changes(parquet, partitions, export_before(where, now, keys, older))
            seen = now
        loaded_at = utc_now()
        _prepare(connection, parquet, building / DATABASE_NAME, now)
        keys = [(one.year, one.county) for one in partitions]
        delete(connection, [key for key in keys if now is not None and now.partition(*key) is not None], lost)
        _insert(connection, parquet)
        for one in partitions:
            last = now.partition(one.year, one.county) if now else None
            _insert_record(connection, PartitionRecord.of(one, run_id, loaded_at, last))
        return run_id, loaded_at, "发布 " + "、".join(f"{one.year} {one.county}" for one in partitions)

    def undo() -> None:
        if not shown:
            shutil.rmtree(where.papers / run_id, ignore_errors=True)

    return commit(where, LOADED, work, undo)


def withdraw(where: Place, run_id: str, keys: Sequence[Key]) -> Snapshot:
    """Commit a version without these partitions.

    Raises ``KeyError`` with those that are not published, and then changes nothing; LakeError.
    """

    def work(connection: duckdb.DuckDBPyConnection, now: Snapshot | None, lost: bool) -> tuple[str, str, str]:
        absent = [key for key in keys if now is None or now.partition(*key) is None]
        if absent or not keys:
            raise KeyError(absent)
        delete(connection, keys, lost)
        return run_id, utc_now(), "撤回 " + "、".join(f"{year} {county}" for year, county in keys)

    return commit(where, WITHDRAWN, work)


def delete(connection: duckdb.DuckDBPyConnection, keys: Sequence[Key], lost: bool = False) -> None:
    """Take these partitions out of every table, those of other versions of ours included.

    DuckLake reads the files that it deletes from. Where some are ``lost``, their tables are made anew of the rest.
    """
    if not keys:
        return
    which = " OR ".join(f"({partition_is(year, county)})" for year, county in keys)
    for schema, table in (*tables(connection), ("meta", "partitions")):
        # Whose meta.partitions is lost cannot be helped here: nothing else says what is published.
        if lost and schema != "meta" and lacks_a_file(connection, schema, table):
            rows = connection.execute("SELECT year, county FROM meta.partitions ORDER BY ALL").fetchall()
            kept = [(int(year), str(county)) for year, county in rows if (int(year), str(county)) not in set(keys)]
            make_anew(connection, schema, table, tables(connection)[schema, table], kept)
        else:
            connection.execute(f"DELETE FROM {schema}.{identifier(table)} WHERE {which}")  # noqa: S608


def _runs(snapshot: Snapshot | None, partitions: Sequence[PublishedPartition]) -> list[str | None]:
    found = [snapshot.partition(one.year, one.county) if snapshot else None for one in partitions]
    return [record.run_id if record else None for record in found]


def _prepare(connection: duckdb.DuckDBPyConnection, parquet: Path, database: Path, now: Snapshot | None) -> None:
    """Bring the lake's tables up to what is published now: new tables, new columns, wider types, views, comments.

    A worker of an older version leaves what a newer one has made.
    """
    import duckdb

    known = tables(connection)
    newer = now is None or now.contract is None or contract.order(contract.version()) > contract.order(now.contract)
    changed = newer
    for schema, table, paths in _files(parquet):
        name = f"{schema}.{identifier(table)}"
        columns = known.get((schema, table))
        if columns is None:
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {_read(paths)} LIMIT 0")  # noqa: S608
            connection.execute(f"ALTER TABLE {name} SET PARTITIONED BY (year, county)")
            changed = True
            continue
        today = dict(_described(connection, _read(paths)))
        if newer and any(not can_be_widened(columns[one], kind) for one, kind in today.items() if one in columns):
            try:
                make_anew(connection, schema, table, today | {one: columns[one] for one in columns if one not in today})
            except duckdb.ConversionException as error:
                raise LakeError(
                    f"共享仓库里旧版本发布的 {schema}.{table} 有数值装不进现在的字段：请先用新版本重新载入那个县，"
                    f"或撤回它（{str(error).partition(chr(10))[0]}）。"
                ) from None
            continue
        for column, kind in today.items():
            if column not in columns:
                connection.execute(f"ALTER TABLE {name} ADD COLUMN {identifier(column)} {kind}")
                changed = True
            elif newer and columns[column] != kind:
                connection.execute(f"ALTER TABLE {name} ALTER COLUMN {identifier(column)} SET DATA TYPE {kind}")
    if changed:
        _describe(connection, database)


def _describe(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Views and comments, as the built database has them."""
    for (schema, name), table in declared.tables().items():
        if table.view:
            query = declared.view_file(name).read_text(encoding="utf-8")
            connection.execute(f"CREATE OR REPLACE VIEW {schema}.{identifier(name)} AS {query}")
    connection.execute(f"ATTACH {literal(database)} AS built (READ_ONLY)")
    said = connection.execute(
        """
        SELECT 'TABLE', schema_name, table_name, NULL, comment FROM duckdb_tables() WHERE database_name = 'built'
        UNION ALL
        SELECT 'COLUMN', schema_name, table_name, column_name, comment FROM duckdb_columns()
        WHERE database_name = 'built' AND (schema_name, table_name) IN (
            SELECT (schema_name, table_name) FROM duckdb_tables() WHERE database_name = 'built')
        """
    ).fetchall()
    for kind, schema, table, column, comment in said:
        if comment is not None:
            name = ".".join(identifier(str(part)) for part in (schema, table, column) if part is not None)
            connection.execute(f"COMMENT ON {kind} {name} IS {literal(str(comment))}")


def _insert(connection: duckdb.DuckDBPyConnection, parquet: Path) -> None:
    for schema, table, paths in _files(parquet):
        connection.execute(
            f"INSERT INTO {schema}.{identifier(table)} BY NAME SELECT * FROM {_read(paths)}"  # noqa: S608
        )


def _files(parquet: Path) -> list[tuple[str, str, list[Path]]]:
    """Schema, table and files of all that was exported."""
    folders = [folder for schema in SCHEMAS for folder in sorted((parquet / schema).glob("*")) if folder.is_dir()]
    return [(one.parent.name, one.name, sorted(one.glob("year=*/county=*/data.parquet"))) for one in folders]


def _read(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(map(literal, paths))}], union_by_name = true, hive_partitioning = false)"


def _described(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    return [(str(row[0]), str(row[1])) for row in connection.execute(f"DESCRIBE FROM {relation}").fetchall()]


def _insert_record(connection: duckdb.DuckDBPyConnection, record: PartitionRecord) -> None:
    values = ", ".join(_value(getattr(record, name)) for name in PARTITION_FIELDS)
    connection.execute(f"INSERT INTO meta.partitions ({', '.join(PARTITION_FIELDS)}) VALUES ({values})")  # noqa: S608


def _value(value: int | str | bool | None) -> str:
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
    return literal(value)


def _keep_papers(where: Place, run_id: str, reports: Path) -> None:
    """Papers go into the shared folder before the commit that names their run: whoever sees it finds them whole."""
    if not reports.is_dir():
        return
    final = where.papers / run_id
    partial = where.papers / f".building-{run_id}"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(reports, partial)
    for path in partial.rglob("*"):
        if path.is_file():
            durable.fsync_file(path)
    durable.fsync_folders({partial, *(path for path in partial.rglob("*") if path.is_dir())})
    shutil.rmtree(final, ignore_errors=True)  # of an attempt of the same run that failed later
    durable.replace(partial, final)
    durable.fsync_folder(where.papers)
