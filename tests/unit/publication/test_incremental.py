"""Incremental = full rebuild, row for row: after any sequence of loads, re-loads, refusals, withdrawals, pruning and
going back, what is published equals what one load of the same returns into an empty folder publishes.

``evidence.changes`` tells of the way and not of where it led, and is left out.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from orchestration import upkeep
from orchestration.publication import durable, lifecycle
from orchestration.publication.pointer import read_current, utc_now
from orchestration.publication.refusals import Refusal, write_refusal
from orchestration.publication.snapshot import publish, sweep, sync_reports
from publication import fake_warehouse as fake
from publication.tools import all_rows, papers

COUNTIES = ("370321", "370322", "370403", "110101")
VERSIONS = (1120, 900)
Returns = tuple[tuple[str, int], ...]
State = dict[str, int]


@pytest.fixture(autouse=True)
def no_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flushing to the disk is proved elsewhere, and costs here more than all the rest."""
    for name in ("fsync_file", "fsync_folder", "fsync_folders"):
        monkeypatch.setattr(durable, name, lambda *_: None)


@pytest.fixture(scope="session", autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where the machine works; gone at the end."""
    Publishing.scratch = tmp_path_factory.mktemp("incremental")
    yield
    shutil.rmtree(Publishing.scratch)


@cache
def workspace(scratch: Path, county: str, version: int) -> Path:
    """What a load of one county leaves, made once."""
    folder = scratch / f"{county}-{version}"
    fake.build(folder, [county], pupils=version)
    return folder


def hand_over(scratch: Path, var: Path, returns: Returns) -> None:
    """Leave ``var`` as a load of these returns does: landed files side by side, one warehouse."""
    import duckdb

    for name in ("landing", "verdicts", "papers"):
        shutil.rmtree(var / name, ignore_errors=True)
    (var / "warehouse.duckdb").unlink(missing_ok=True)
    var.mkdir(parents=True, exist_ok=True)
    made = {county: workspace(scratch, county, version) for county, version in returns}
    for folder in made.values():
        shutil.copytree(folder / "landing", var / "landing", dirs_exist_ok=True)
        shutil.copytree(folder / "verdicts", var / "verdicts", dirs_exist_ok=True)
    if len(returns) == 1:
        shutil.copyfile(made[returns[0][0]] / "warehouse.duckdb", var / "warehouse.duckdb")
        return
    with duckdb.connect(str(var / "warehouse.duckdb")) as book:
        book.execute(fake.DDL)
        for folder in made.values():
            book.execute(f"ATTACH '{folder / 'warehouse.duckdb'}' AS part (READ_ONLY)")
            for schema, table in book.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'part'"
            ).fetchall():
                book.execute(f"INSERT INTO {schema}.{table} FROM part.{schema}.{table}")
            book.execute("DETACH part")


@cache
def rebuilt(scratch: Path, returns: Returns) -> dict[str, list[tuple[object, ...]]]:
    """The rows of one load of all these returns into an empty folder."""
    var = scratch / f"full-{'-'.join(f'{county}.{version}' for county, version in returns)}"
    hand_over(scratch, var, returns)
    published = publish(var, "full", [fake.partition(county) for county, _ in returns])
    rows = all_rows(published.duckdb, "changes")
    shutil.rmtree(var)
    return rows


class Publishing(RuleBasedStateMachine):
    """A working folder beside the plain list of what it should hold, for every snapshot that was ever shown."""

    scratch: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.var = Path(tempfile.mkdtemp(dir=self.scratch)) / "var"
        self.state: State = {}
        self.shown: dict[str, State] = {}
        self.number = 0

    def teardown(self) -> None:
        shutil.rmtree(self.var.parent, ignore_errors=True)

    def remember(self) -> None:
        current = read_current(self.var)
        assert current is not None
        self.shown[current.run_id] = dict(self.state)

    @rule(returns=st.dictionaries(st.sampled_from(COUNTIES), st.sampled_from(VERSIONS), min_size=1, max_size=2))
    def load(self, returns: State) -> None:
        self.number += 1
        listed = tuple(sorted(returns.items()))
        hand_over(self.scratch, self.var, listed)
        sweep(self.var)
        sheets = papers(self.var, {county: f"{county} {version}" for county, version in listed})
        publish(self.var, f"load-{self.number}", [fake.partition(county) for county, _ in listed], reports=sheets)
        sync_reports(self.var)
        self.state |= returns
        self.remember()

    @rule(county=st.sampled_from(COUNTIES))
    def empty_and_be_refused(self, county: str) -> None:
        """A partition whose folder was emptied is refused: what was published of it stays."""
        write_refusal(self.var, Refusal(fake.YEAR, county, "refused", utc_now(), fake.STANDARD, []))

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        gone = data.draw(st.lists(st.sampled_from(sorted(self.state)), min_size=1, max_size=2, unique=True))
        upkeep.withdraw(self.var, [(fake.YEAR, county) for county in gone])
        self.state = {county: version for county, version in self.state.items() if county not in gone}
        self.remember()

    @precondition(lambda self: len(self.shown) > 1)
    @rule(data=st.data())
    def go_back(self, data: st.DataObject) -> None:
        there = [one.run_id for one in lifecycle.snapshots(self.var)]
        run_id = data.draw(st.sampled_from(sorted(there)))
        upkeep.roll_back(self.var, run_id)
        self.state = dict(self.shown[run_id])

    @precondition(lambda self: self.shown)
    @rule(keep=st.integers(1, 3))
    def prune(self, keep: int) -> None:
        upkeep.prune(self.var, keep)
        assert len(lifecycle.snapshots(self.var)) <= keep

    @invariant()
    def equals_a_full_rebuild(self) -> None:
        current = read_current(self.var)
        if current is None:
            assert not self.shown
            return
        found = all_rows(current.duckdb, "changes")
        if self.state:
            assert found == rebuilt(self.scratch, tuple(sorted(self.state.items())))
        else:
            assert not any(found.values())
        assert {record.county for record in current.partitions} == set(self.state)
        on_disk = {path.name: (path / "gap_list.xlsx").read_text("utf-8") for path in self.var.glob("reports/*/[0-9]*")}
        assert on_disk == {county: f"{county} {version}" for county, version in self.state.items()}


TestPublishing = Publishing.TestCase
TestPublishing.settings = settings(
    max_examples=4, stateful_step_count=7, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
