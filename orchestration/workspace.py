"""The load in hand: ``var/landing``, ``var/verdicts``, ``var/warehouse.duckdb`` and what became of each partition.

The workspace holds only the partitions of the load in hand and is emptied when the next begins, so a load costs by
what it loads, and a load that was killed leaves nothing that a later one could mistake for its own.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RUN_LETTERS = 8
_MOMENT = "%Y%m%dT%H%M%S"
LOADED, REFUSED = "loaded", "refused"
STATE = "load.json"
_CONTENTS = ("landing", "verdicts", "papers", "warehouse.duckdb", "warehouse.duckdb.wal",
             "warehouse.duckdb.tmp", STATE)  # fmt: skip


@dataclass
class PartitionState:
    """One partition of the load in hand. ``counts`` are faults by severity; ``fingerprint`` is set when sound."""

    year: int
    county: str
    standard: str
    status: str = LOADED
    county_name: str | None = None
    provisional: bool = False
    fingerprint: str = ""
    counts: dict[str, int] = field(default_factory=lambda: {})

    @property
    def key(self) -> tuple[int, str]:
        """Year and county."""
        return self.year, self.county

    @property
    def partition_key(self) -> str:
        """Dagster's name of the partition (dimensions in alphabetical order: county, year)."""
        return f"{self.county}|{self.year}"


@dataclass
class LoadState:
    """Which partitions the load in hand has read, and what became of them."""

    run_id: str
    partitions: list[PartitionState] = field(default_factory=lambda: [])

    @property
    def standard(self) -> str:
        """The standard edition that the load judges by: one for all its partitions."""
        return self.partitions[0].standard

    @property
    def sound(self) -> list[PartitionState]:
        """Partitions that go on to be judged and published."""
        return [partition for partition in self.partitions if partition.status == LOADED]

    def save(self, var: Path) -> None:
        """Keep the state beside the landing, so that a stage can be run again by itself."""
        (var / STATE).write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")


class NothingInHandError(Exception):
    """A later stage was started without the first one; the message (Chinese) says what to run."""


def read_state(var: Path) -> LoadState:
    """The load in hand. Raises NothingInHandError where no returns have been read."""
    try:
        content: dict[str, Any] = json.loads((var / STATE).read_bytes())
    except FileNotFoundError as error:
        raise NothingInHandError("还没有读入填报表：请先运行读取（returns）这一步，或用 junheng load。") from error
    return LoadState(content["run_id"], [PartitionState(**partition) for partition in content["partitions"]])


def empty(var: Path) -> None:
    """Begin a load: nothing of an earlier one, whole or killed, may be left in the workspace."""
    var.mkdir(parents=True, exist_ok=True)
    for name in _CONTENTS:
        path = var / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def new_run_id(seed: str) -> str:
    """A run's name: when it began (UTC) and the first letters of Dagster's id, so that it is found in both."""
    return f"{datetime.now(UTC):{_MOMENT}}-{seed[:RUN_LETTERS]}"


def began(run_id: str) -> datetime:
    """When a run named by `new_run_id` began."""
    return datetime.strptime(run_id.split("-", maxsplit=1)[0], _MOMENT).replace(tzinfo=UTC)
