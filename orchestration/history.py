"""Dagster's run history under ``var/dagster``: one set of files, read by the web interface, written fast by loads.

Dagster opens, flushes and closes a SQLite file two or three times for every event, which made half of a load's time.
A load therefore keeps its connections open and lets SQLite flush at checkpoints: after a power cut the last events of
the history may be missing, never the history, and never anything that is published.
"""

# Dagster types this class loosely.
# pyright: reportUnknownMemberType=false
from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES, NOT_FINISHED_STATUSES
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from filelock import FileLock, Timeout
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

_INTERFACE = """\
# Written by Junheng. Runs, events and checks are kept here, and nothing leaves this machine.
telemetry:
  enabled: false
nux:
  enabled: false
# A run starts when it is launched, and waits for the working folder by itself: no daemon has to hand it out.
run_coordinator:
  module: dagster._core.run_coordinator
  class: DefaultRunCoordinator
"""
_LOADING = (
    _INTERFACE
    + """\
event_log_storage:
  module: orchestration.history
  class: LoadEventLogStorage
  config:
    base_dir: {base_dir}
"""
)
_BUSY_SECONDS = 60
_SECONDS_TO_START = 600  # of a run's process, imports included, until its mark is there


class LoadEventLogStorage(SqliteEventLogStorage):
    """Dagster's own event log, with one engine a file for as long as a load lasts."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._engines: dict[str, Engine] = {}  # first: a new home is initialised by the parent's constructor
        super().__init__(*arguments, **options)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> LoadEventLogStorage:
        """Made from ``load.yaml``; the parent's own factory would make a parent."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Generator[Connection]:
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = _engine(self.conn_string_for_shard(shard))
            engine = self._engines[shard]
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close the files."""
        for engine in self._engines.values():
            engine.dispose()
        super().dispose()


def _engine(address: str) -> Engine:
    engine = create_engine(address, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _flush_at_checkpoints)
    return engine


def _flush_at_checkpoints(connection: Any, _: object) -> None:
    connection.execute("pragma synchronous = normal")


def home_of(var: Path) -> Path:
    """Folder of Dagster's storage, its settings written, and ``DAGSTER_HOME`` set to it."""
    home = (var / "dagster").resolve()
    home.mkdir(parents=True, exist_ok=True)
    for name, text in (("dagster.yaml", _INTERFACE), ("load.yaml", _LOADING)):
        wanted = text.format(base_dir=repr(str(home / "history" / "runs")))
        path = home / name
        if not path.exists() or path.read_text(encoding="utf-8") != wanted:
            path.write_text(wanted, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def open_instance(var: Path) -> dg.DagsterInstance:
    """Dagster's storage as loads use it: the same files that the web interface shows."""
    return dg.DagsterInstance.from_config(str(home_of(var)), "load.yaml")


@contextmanager
def alive(var: Path, run_id: str) -> Generator[None]:
    """Mark a run as alive for as long as the block lasts, or its process."""
    path = _mark(var, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path):
            yield
    finally:
        path.unlink(missing_ok=True)


def close_orphans(instance: dg.DagsterInstance, var: Path, but: str) -> None:
    """Tell the history of runs whose process was killed; they would stay 'running' for ever.

    A run that waits for the working folder is alive, and so are ``but``, this one, and one launched a moment ago.
    """
    for record in instance.get_run_records(filters=dg.RunsFilter(statuses=NOT_FINISHED_STATUSES)):
        run = record.dagster_run
        if run.run_id == but:
            continue
        mark = _mark(var, run.run_id)
        if mark.exists():
            try:
                with FileLock(mark, timeout=0):
                    pass
            except Timeout:
                continue
            mark.unlink(missing_ok=True)
        elif (datetime.now(UTC) - record.create_timestamp).total_seconds() < _SECONDS_TO_START:
            continue
        instance.report_run_failed(run, "进程中断：载入没有完成，发布的数据不受影响")


def forget(var: Path, before: datetime, kept: Collection[str]) -> None:
    """Delete the history of finished runs created before a moment, but of those in ``kept`` (first letters of ids)."""
    home = home_of(var)
    with open_instance(var) as instance:
        finished = dg.RunsFilter(statuses=FINISHED_STATUSES, created_before=before)
        for run in instance.get_runs(filters=finished):
            if run.run_id.startswith(tuple(kept)):
                continue
            instance.delete_run(run.run_id)
            for path in (home / "history" / "runs").glob(f"{run.run_id}.db*"):
                path.unlink(missing_ok=True)  # emptied by now, never shortened
            shutil.rmtree(home / "storage" / run.run_id, ignore_errors=True)


def _mark(var: Path, run_id: str) -> Path:
    return var / "dagster" / "alive" / run_id
