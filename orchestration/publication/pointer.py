"""``published/current.json``: which snapshot is the newest, and which load each partition comes from.

The pointer is replaced atomically, so whoever reads it sees one of two whole states. A pointer may come from outside
(in a backup), and what it names becomes folders: nothing in it is believed before it is checked. Light: standard
library only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from orchestration.publication import durable
from orchestration.publication.kinds import a_county, a_moment, a_run_id, a_text, a_year, is_run_id, or_none, whole

POINTER_NAME = "current.json"
MANIFEST_NAME = "snapshot.json"
DATABASE_NAME = "junheng.duckdb"
# How a working folder is laid out; an older one is read as it is and brought up by the next publication. 1 had no
# contract, no data package and no views of cities and provinces.
LAYOUT = 2


class PointerError(Exception):
    """``current.json`` cannot be understood; the message (Chinese) says what to do."""


class NewerError(PointerError):
    """A newer version of the program wrote it."""


@dataclass(frozen=True, slots=True)
class PublishedPartition:
    """One partition that a load hands over for publishing.

    ``fingerprint`` is the hash of returns, suites, layouts and code (interface.md, Stability);
    ``provisional`` marks 试算.
    """

    year: int
    county: str
    standard: str
    fingerprint: str
    provisional: bool = False
    county_name: str | None = None


@dataclass(frozen=True, slots=True)
class PartitionRecord:
    """One partition as ``current.json`` lists it: with the run that loaded it, and when (ISO, UTC).

    ``previous_run_id`` and ``previous_loaded_at`` are of the load before, which its change report compares with.
    """

    year: int
    county: str
    standard: str
    fingerprint: str
    provisional: bool
    county_name: str | None
    run_id: str
    loaded_at: str
    previous_run_id: str | None = None
    previous_loaded_at: str | None = None

    @classmethod
    def of(
        cls, partition: PublishedPartition, run_id: str, loaded_at: str, last: PartitionRecord | None
    ) -> PartitionRecord:
        """The record of a partition that this run loads; ``last`` is that of the load before."""
        return cls(
            year=partition.year,
            county=partition.county,
            standard=partition.standard,
            fingerprint=partition.fingerprint,
            provisional=partition.provisional,
            county_name=partition.county_name,
            run_id=run_id,
            loaded_at=loaded_at,
            previous_run_id=last.run_id if last else None,
            previous_loaded_at=last.loaded_at if last else None,
        )

    @property
    def key(self) -> tuple[int, str]:
        """Year and county, by which partitions are told apart."""
        return self.year, self.county


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published state: where its data are and which partitions it holds, in order of year and county.

    ``sequence`` counts movements of the pointer, so that a folder which was never pointed at is known by being ahead.
    ``contract`` is the version of the marts' columns, None in a snapshot of before there was one. ``lake`` is the
    version in the shared warehouse (``orchestration.publication.lake``), whose folders the paths then are; None for a
    snapshot in the working folder. ``previous`` is the run that was shown when this one was published; None for the
    first, for one of a version that did not note it, and in the shared warehouse.
    """

    run_id: str
    created_at: str
    sequence: int
    duckdb: Path
    parquet: Path
    partitions: tuple[PartitionRecord, ...]
    contract: str | None = None
    lake: int | None = None
    previous: str | None = None

    def partition(self, year: int, county: str) -> PartitionRecord | None:
        """The record of one year and county, or None when it is not published."""
        return next((record for record in self.partitions if record.key == (year, county)), None)


def published_folder(var: Path) -> Path:
    """Where all snapshots lie."""
    return var / "published"


def snapshot_folder(var: Path, run_id: str) -> Path:
    """Where one run's snapshot lies. Raises ValueError for a run id that is no plain file name."""
    if not is_run_id(run_id):
        raise ValueError(f"run_id is no plain file name: {run_id!r}")
    return published_folder(var) / run_id


def utc_now() -> str:
    """This moment, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def to_json(snapshot: Snapshot) -> bytes:
    """The pointer's text (interface.md, Published data)."""
    content = {
        "layout": LAYOUT,
        "run_id": snapshot.run_id,
        "created_at": snapshot.created_at,
        "sequence": snapshot.sequence,
        "contract": snapshot.contract,
        "previous": snapshot.previous,
        "duckdb": str(snapshot.duckdb),
        "parquet": str(snapshot.parquet),
        "partitions": [asdict(record) for record in snapshot.partitions],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def from_json(text: str | bytes) -> Snapshot:
    """Read what ``to_json`` wrote, in this version or an older one. Raises PointerError."""
    try:
        content = cast("Mapping[str, Any]", json.loads(text))
        layout = content.get("layout", 1)
        if whole(layout) > LAYOUT:
            raise NewerError(
                f"工作文件夹由更新的版本写成（版式 {layout}，本程序只认得 {LAYOUT} 及以前）；请改用新版本的程序。"
            )
        records = cast("Iterable[Mapping[str, Any]]", content["partitions"])
        partitions = tuple(_checked(PartitionRecord(**record)) for record in records)
        if len({record.key for record in partitions}) != len(partitions):
            raise ValueError("同一个县次写了两遍")
        return Snapshot(
            run_id=a_run_id(content["run_id"]),
            created_at=a_moment(content["created_at"]),
            sequence=whole(content["sequence"]),
            duckdb=Path(a_text(content["duckdb"])),
            parquet=Path(a_text(content["parquet"])),
            partitions=partitions,
            contract=or_none(a_text, content.get("contract")),
            previous=or_none(a_run_id, content.get("previous")),
        )
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise PointerError(
            f"发布指针 {POINTER_NAME} 无法读取（{error}）。它只由程序写入；请从备份恢复，或移走 published 后重新载入。"
        ) from error


def partition_path(year: int, county: str) -> Path:
    """``YEAR/COUNTY``: below which folder whatever belongs to a partition lies.

    Raises PointerError for what is no year and no county: joined to a path, it could lead anywhere.
    """
    try:
        return Path(str(a_year(year))) / a_county(county)
    except ValueError as error:
        raise PointerError(f"数据里的学年或区划代码不对（{error}），不予使用。") from error


def _checked(record: PartitionRecord) -> PartitionRecord:
    """The record, every field of which is of its kind. Raises ValueError."""
    a_year(record.year)
    a_county(record.county)
    a_text(record.standard)
    a_text(record.fingerprint)
    or_none(a_text, record.county_name)
    if not isinstance(cast("object", record.provisional), bool):
        raise ValueError("provisional 应是 true 或 false")
    a_run_id(record.run_id)
    a_moment(record.loaded_at)
    or_none(a_run_id, record.previous_run_id)
    or_none(a_moment, record.previous_loaded_at)
    return record


def read_current(var: Path) -> Snapshot | None:
    """The newest snapshot, or None when nothing was published yet. Raises PointerError.

    Paths written in the pointer are absolute; where the working folder was moved or copied since, the snapshot is the
    one beside the pointer.
    """
    path = published_folder(var) / POINTER_NAME
    for attempt in range(20):
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return None
        except IsADirectoryError as error:
            raise PointerError(f"发布指针 {path} 是文件夹；请移走 published 后重新载入，或从备份恢复。") from error
        except PermissionError:  # Windows, in the instant of the replacement
            if attempt == 19:
                raise
            time.sleep(0.05)
        else:
            return _where_it_is_now(var, from_json(text))
    return None


def _where_it_is_now(var: Path, snapshot: Snapshot) -> Snapshot:
    folder = snapshot_folder(var, snapshot.run_id)
    database = folder / DATABASE_NAME
    if database.exists():
        return replace(snapshot, duckdb=database, parquet=folder / "parquet")
    return snapshot


def write_current(var: Path, snapshot: Snapshot) -> None:
    """Point at the snapshot, atomically."""
    durable.write_atomic(published_folder(var) / POINTER_NAME, to_json(snapshot))
