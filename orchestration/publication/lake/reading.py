"""The published state of the shared warehouse, and connections at one version of it.

A version is a snapshot of DuckLake: it never changes, so a reader that has opened one sees one whole state whatever
is published meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from orchestration.publication.lake.connection import attached, steady
from orchestration.publication.lake.errors import EmptyError, UnreachableError, explained
from orchestration.publication.lake.place import LAKE, LakeError, Place, place
from orchestration.publication.pointer import PartitionRecord, Snapshot

if TYPE_CHECKING:
    import duckdb

PARTITION_FIELDS = (
    *("year", "county", "standard", "fingerprint", "provisional", "county_name"),
    *("run_id", "loaded_at", "previous_run_id", "previous_loaded_at"),
)
# What made a version: a rollback brings back an earlier one and is none to go back to by itself.
LOADED, WITHDRAWN, ROLLED_BACK = "load", "withdraw", "rollback"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Version:
    """One publication: ``id`` is DuckLake's snapshot, ``action`` what made it, ``run_id`` the run it shows."""

    id: int
    sequence: int
    run_id: str
    action: str


def current(where: Place) -> Snapshot | None:
    """The newest published state, None where there is none yet. Raises LakeError."""
    import duckdb

    for attempt in range(_TRIES):
        try:
            with attached(where) as connection:
                connection.execute("BEGIN")  # one version for all that follows
                return state(where, connection)
        except EmptyError:
            return None
        except duckdb.Error as error:
            problem = explained(error)
            # The server went away between two statements: ask again, which waits for it.
            if not isinstance(problem, UnreachableError) or attempt == _TRIES - 1:
                raise problem from None
    return None


def state(where: Place, connection: duckdb.DuckDBPyConnection) -> Snapshot | None:
    """The state that the connection's transaction sees."""
    if not connection.execute(
        f"SELECT 1 FROM duckdb_tables() WHERE database_name = '{LAKE}' AND schema_name = 'meta' AND table_name = 'head'"  # noqa: S608
    ).fetchone():
        return None
    version = cast("tuple[int]", connection.execute(f"FROM ducklake_current_snapshot('{LAKE}')").fetchone())[0]
    head = connection.execute("SELECT sequence, run_id, created_at, contract FROM meta.head").fetchone()
    if head is None:
        return None
    sequence, run_id, created_at, contract = cast("tuple[int, str, str, str | None]", head)
    rows = connection.execute(
        f"SELECT {', '.join(PARTITION_FIELDS)} FROM meta.partitions ORDER BY year, county"  # noqa: S608
    ).fetchall()
    return Snapshot(
        run_id=run_id,
        created_at=created_at,
        sequence=sequence,
        duckdb=where.data,
        parquet=where.tables,
        partitions=tuple(PartitionRecord(*row) for row in rows),
        contract=contract,
        lake=int(version),
    )


@contextmanager
def connect(version: int) -> Generator[duckdb.DuckDBPyConnection]:
    """A read-only connection at one version, its schemas as in a snapshot's own database. Raises LakeError."""
    where = place()
    if where is None:
        raise LakeError("没有设置共享仓库。")
    with steady(where, version) as connection:
        yield connection


def versions(connection: duckdb.DuckDBPyConnection) -> list[Version]:
    """Every publication that is still kept, newest first."""
    found: list[Version] = []
    for snapshot, extra in connection.execute(
        f"SELECT snapshot_id, commit_extra_info FROM ducklake_snapshots('{LAKE}') "  # noqa: S608
        "WHERE commit_extra_info IS NOT NULL ORDER BY snapshot_id DESC"
    ).fetchall():
        try:
            said = cast("dict[str, Any]", json.loads(str(extra)))
            found.append(Version(int(snapshot), int(said["sequence"]), str(said["run_id"]), str(said["action"])))
        except (KeyError, TypeError, ValueError):  # somebody else's commit
            continue
    return found


def tables(connection: duckdb.DuckDBPyConnection, database: str = LAKE) -> dict[tuple[str, str], dict[str, str]]:
    """Schema and name → column → type, of every published table (views left out) of the attached database."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in cast(
        "Sequence[tuple[str, str, str, str]]",
        connection.execute(
            f"""
            SELECT columns.schema_name, columns.table_name, columns.column_name, columns.data_type
            FROM duckdb_columns() AS columns JOIN duckdb_tables() AS tables
                USING (database_name, schema_name, table_name)
            WHERE columns.database_name = '{database}' AND columns.schema_name IN ('marts', 'evidence')
            ORDER BY columns.schema_name, columns.table_name, columns.column_index
            """  # noqa: S608
        ).fetchall(),
    ):
        found.setdefault((schema, table), {})[column] = kind
    return found
