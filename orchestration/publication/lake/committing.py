"""One transaction of the shared warehouse: all of it or nothing, and again where another publisher came first.

Two guards against what several workers might do to each other. Turns: a publisher holds an advisory lock of
PostgreSQL, which dies with its connection, so that work is seldom done in vain. Correctness does not rest on it: every
publication replaces the one row of ``meta.head``, so that DuckLake refuses the second of two that began from the same
state (two first loads of one county would else both be accepted, and double it), and the refused one begins again.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration import progress
from orchestration.publication import contract
from orchestration.publication.lake.connection import attached
from orchestration.publication.lake.errors import AwayError, ConflictError, LostFileError, UnreachableError, explained
from orchestration.publication.lake.place import LAKE, LakeError, Place
from orchestration.publication.lake.reading import state
from orchestration.publication.pointer import Snapshot
from orchestration.publication.sql import literal

if TYPE_CHECKING:
    import duckdb

# A publication takes seconds; in turns, a hundred workers are through in minutes.
TRIES = 30
_TURN_SECONDS = 300.0
_TURN = 0x6A756E68656E67  # a number that nobody else locks in this database
_META = """
    CREATE SCHEMA meta;
    CREATE TABLE meta.head (sequence BIGINT, run_id VARCHAR, created_at VARCHAR, contract VARCHAR);
    CREATE TABLE meta.partitions (year INTEGER, county VARCHAR, standard VARCHAR, fingerprint VARCHAR,
        provisional BOOLEAN, county_name VARCHAR, run_id VARCHAR, loaded_at VARCHAR, previous_run_id VARCHAR,
        previous_loaded_at VARCHAR);
    ALTER TABLE meta.partitions SET PARTITIONED BY (year, county);
    INSERT INTO meta.head VALUES (0, '', '', NULL);
    CREATE SCHEMA marts;
    CREATE SCHEMA evidence;
"""

# What a transaction does: given the connection, the state it starts from, and whether files of it are known to be lost,
# it writes, and says which run the new version shows, when that was made, and what is said of it; None for nothing to
# do.
Work = Callable[["duckdb.DuckDBPyConnection", Snapshot | None, bool], tuple[str, str, str] | None]


def commit(where: Place, action: str, work: Work, undo: Callable[[], None] | None = None) -> Snapshot:
    """Do the work in one transaction; returns the state that stands then. Raises LakeError.

    A commit whose answer was lost (the server was killed) is looked up before anything is repeated. A server that
    stays away is waited for once. ``undo`` is called where it failed and certainly nothing was published.
    """
    doubt = _Doubt()
    try:
        return _committed_at_last(where, action, work, doubt)
    except Exception:
        if undo is not None and not doubt.there:
            undo()
        raise


@dataclass
class _Doubt:
    """Whether something may have been published without our having heard of it."""

    there: bool = False


def _committed_at_last(where: Place, action: str, work: Work, doubt: _Doubt) -> Snapshot:
    import duckdb

    token, lost = uuid.uuid4().hex, False
    for attempt in range(TRIES):
        try:
            with attached(where, write=True) as connection, _turn(where, connection):
                if not attempt or not _committed(connection, token):
                    doubt.there = False
                    connection.execute("BEGIN")
                    _attempt(where, connection, action, token, work, lost)
                    doubt.there = True  # until it is read back
                connection.execute("BEGIN")
                if (done := state(where, connection)) is not None:
                    return done
                raise LakeError("刚发布的数据读不出来；请检查 JUNHENG_WAREHOUSE 所指的目录数据库。")
        except AwayError as error:
            raise AwayError(f"{error}。{_stands(doubt.there)}") from None
        except (ConflictError, UnreachableError) as error:
            problem: LakeError = error
            doubt.there = doubt.there or isinstance(error, _UnheardError)
        except duckdb.Error as error:
            problem = explained(error)
            if isinstance(problem, LostFileError) and not lost:
                lost = True
                continue
            if not isinstance(problem, ConflictError | UnreachableError):
                raise problem from None
        if attempt == TRIES - 1:
            raise LakeError(f"试了 {TRIES} 次仍没有成功。{_stands(doubt.there)}最后一次：{problem}")
        kind = "连不上" if isinstance(problem, UnreachableError) else "别人先发布了"
        progress.report("发布", f"{kind}，第 {attempt + 2} 次", attempt + 1, TRIES)
        time.sleep(random.uniform(0.05, 0.3) * min(2**attempt, 16))  # noqa: S311 - not for secrets
    raise AssertionError  # the loop returns or raises


def _attempt(
    where: Place, connection: duckdb.DuckDBPyConnection, action: str, token: str, work: Work, lost: bool
) -> None:
    import duckdb

    if not connection.execute(
        f"SELECT 1 FROM duckdb_schemas() WHERE database_name = '{LAKE}' AND schema_name = 'meta'"  # noqa: S608
    ).fetchone():
        connection.execute(_META)
    row = connection.execute("SELECT sequence, contract FROM meta.head").fetchone()
    if row is None:
        raise LakeError("共享仓库的 meta.head 空了：它只由程序写入；请从备份恢复。")
    before = state(where, connection)
    done = work(connection, before, lost)
    if done is None:
        connection.execute("ROLLBACK")
        return
    run_id, created_at, message = done
    known = max((str(one) for one in (row[1], contract.version()) if one), key=contract.order)
    sequence = int(row[0]) + 1
    connection.execute("DELETE FROM meta.head")
    connection.execute(
        f"INSERT INTO meta.head VALUES ({sequence}, {literal(run_id)}, {literal(created_at)}, {literal(known)})"  # noqa: S608
    )
    extra = json.dumps({"sequence": sequence, "run_id": run_id, "action": action, "token": token})
    connection.execute(
        f"CALL ducklake_set_commit_message('{LAKE}', 'junheng', {literal(message)}, extra_info => {literal(extra)})"
    )
    try:
        connection.execute("COMMIT")
    except duckdb.Error as error:
        problem = explained(error)
        raise _UnheardError(str(problem)) if isinstance(problem, UnreachableError) else problem from None


class _UnheardError(UnreachableError):
    """The server went away within the commit itself: whether it was done is not known."""


def _stands(doubtful: bool) -> str:
    if doubtful:
        return "最后一步的回音没有收到，发布成功与否尚不可知：连上以后请看 junheng status，没有则重做一次。"
    return "什么也没有发布，请稍后重做一次。"


def _committed(connection: duckdb.DuckDBPyConnection, token: str) -> bool:
    return (
        connection.execute(
            f"SELECT 1 FROM ducklake_snapshots('{LAKE}') WHERE contains(commit_extra_info, {literal(token)})"  # noqa: S608
        ).fetchone()
        is not None
    )


@contextmanager
def _turn(where: Place, connection: duckdb.DuckDBPyConnection) -> Generator[None]:
    """Wait for this publisher's turn; who never gets it goes on without: the commit decides."""
    import duckdb

    connection.execute(f"ATTACH IF NOT EXISTS {literal(where.dsn)} AS turn (TYPE postgres, READ_ONLY)")
    turn = connection.cursor()
    try:
        turn.execute("BEGIN")
        end = time.monotonic() + _TURN_SECONDS
        ask = f"FROM postgres_query('turn', 'SELECT pg_try_advisory_xact_lock({_TURN}) AS mine')"
        while not (row := turn.execute(ask).fetchone()) or not row[0]:
            if time.monotonic() > end:
                break
            time.sleep(random.uniform(0.05, 0.2))  # noqa: S311 - not for secrets
        yield
    finally:
        # Closed within a transaction whose server is gone, it would take the whole process with it.
        with suppress(duckdb.Error):
            turn.execute("ROLLBACK")
        turn.close()
