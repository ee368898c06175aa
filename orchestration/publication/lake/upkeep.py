"""Versions of the shared warehouse: back to an earlier one, and away with old ones."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from orchestration.publication.lake.committing import commit
from orchestration.publication.lake.connection import attached
from orchestration.publication.lake.errors import explained
from orchestration.publication.lake.place import LAKE, Place
from orchestration.publication.lake.publishing import delete
from orchestration.publication.lake.reading import ROLLED_BACK, Version, current, tables, versions
from orchestration.publication.lifecycle import NoSnapshotError, Pruned
from orchestration.publication.pointer import Snapshot
from orchestration.publication.sql import identifier, partition_is

if TYPE_CHECKING:
    import duckdb

# A reader that has a version open may take this long; until then files that nothing names any more stay.
_GRACE_SECONDS = 86400


def roll_back(where: Place, run_id: str | None) -> Snapshot:
    """Commit a version that shows what an earlier one did: ``run_id``'s, else the one before the current.

    Only partitions that differ are written. Raises NoSnapshotError, LakeError.
    """

    def work(connection: duckdb.DuckDBPyConnection, now: Snapshot | None, lost: bool) -> tuple[str, str, str] | None:
        known = _own(versions(connection))
        shown = now.run_id if now else ""
        at = next((one.id for one in known if one.run_id == shown), None)
        target = next(
            (one for one in known if (one.run_id == run_id if run_id else at is not None and one.id < at)), None
        )
        if target is None or now is None:
            raise NoSnapshotError(run_id, [one.run_id for one in known if one.run_id != shown])
        if target.run_id == shown:
            return None
        then = {
            (int(year), str(county)): str(run)
            for year, county, run in connection.execute(
                f"SELECT year, county, run_id FROM meta.partitions AT (VERSION => {target.id})"  # noqa: S608
            ).fetchall()
        }
        here = {record.key: record.run_id for record in now.partitions}
        differing = [key for key in {**here, **then} if here.get(key) != then.get(key)]
        existed = {
            (str(schema), str(table))
            for schema, table in connection.execute(
                f"""
                SELECT s.schema_name, t.table_name FROM __ducklake_metadata_{LAKE}.ducklake_table AS t
                JOIN __ducklake_metadata_{LAKE}.ducklake_schema AS s USING (schema_id)
                WHERE t.begin_snapshot <= {target.id}
                """  # noqa: S608
            ).fetchall()
        }
        delete(connection, differing, lost)
        back = [key for key in differing if key in then]
        if back:
            which = " OR ".join(f"({partition_is(year, county)})" for year, county in back)
            for schema, table in (*tables(connection), ("meta", "partitions")):
                if (schema, table) in existed:
                    name = f"{schema}.{identifier(table)}"
                    connection.execute(
                        f"INSERT INTO {name} BY NAME SELECT * FROM {name} AT (VERSION => {target.id}) WHERE {which}"  # noqa: S608
                    )
        created = connection.execute(f"SELECT created_at FROM meta.head AT (VERSION => {target.id})").fetchone()  # noqa: S608
        return target.run_id, str(created[0]) if created else "", f"回到 {target.run_id}"

    return commit(where, ROLLED_BACK, work)


def prune(where: Place, keep: int) -> Pruned:
    """Keep the current state and the newest versions, ``keep`` in all; the files of others go a day later.

    Also removes what killed publishers left. Raises LakeError; ValueError where ``keep`` is less than one.
    """
    import duckdb

    if keep < 1:
        raise ValueError("keep must be at least 1")
    now = current(where)
    if now is None:
        return Pruned((), (), ())
    try:
        with attached(where, write=True) as connection:
            known = _own(versions(connection))
            others = [one for one in known if one.run_id != now.run_id]
            kept = others[: keep - 1]
            gone = others[keep - 1 :]
            # What is shown now stands in the newest version, which DuckLake never lets go.
            stay = {now.lake, *(one.id for one in kept), *(one.id for one in known if one.run_id == now.run_id)}
            all_ids = connection.execute(f"SELECT snapshot_id FROM ducklake_snapshots('{LAKE}')").fetchall()  # noqa: S608
            expire = [int(row[0]) for row in all_ids if int(row[0]) not in stay and int(row[0]) < (now.lake or 0)]
            shown = {record.run_id for record in now.partitions}
            for one in kept:
                shown |= {
                    str(row[0])
                    for row in connection.execute(
                        f"SELECT run_id FROM meta.partitions AT (VERSION => {one.id})"  # noqa: S608
                    ).fetchall()
                }
            if expire:
                connection.execute(f"CALL ducklake_expire_snapshots('{LAKE}', versions => {expire})")
            for sweep in ("ducklake_cleanup_old_files", "ducklake_delete_orphaned_files"):
                connection.execute(f"CALL {sweep}('{LAKE}', older_than => now() - INTERVAL '{_GRACE_SECONDS} seconds')")
    except duckdb.Error as error:
        raise explained(error) from None
    removed = tuple(one.run_id for one in gone)
    # Papers of a load that goes on just now are named by no version yet; they are young.
    for folder in where.papers.glob("*"):
        if folder.name not in shown and folder.stat().st_mtime < time.time() - _GRACE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
    return Pruned((now.run_id, *(one.run_id for one in kept)), removed, ())


def _own(found: list[Version]) -> list[Version]:
    """Versions that a load or a withdrawal made, each run once, newest first."""
    return [one for one in found if one.action != ROLLED_BACK]
