"""Kills at moments that a step count does not reach, a clock set back, and what is left lying about by either."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration import following, upkeep, warehouse
from orchestration.publication import durable, lifecycle
from orchestration.publication.pointer import read_current, utc_now
from orchestration.publication.refusals import Refusal, read_refusal, write_refusal
from orchestration.publication.snapshot import publish, runs_of, snapshot_folder, sweep
from orchestration.register import register_path
from orchestration.slips import writing
from publication import fake_warehouse as fake
from publication.tools import Killed, papers, pupils_of

A, B = fake.COUNTY, fake.OTHER


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """r1 has both counties, r2 a changed A; each with papers."""
    folder = tmp_path / "var"
    fake.build(folder, [A, B])
    publish(folder, "r1", [fake.partition(A), fake.partition(B)], reports=papers(folder, {A: "A1", B: "B1"}))
    fake.build(folder, [A], pupils=900)
    publish(folder, "r2", [fake.partition(A)], reports=papers(folder, {A: "A2"}))
    return folder


def paper(var: Path, county: str) -> str:
    return (var / "reports" / "2017" / county / "gap_list.xlsx").read_text(encoding="utf-8")


def kill(*_: object, **__: object) -> None:
    raise Killed


def test_what_a_killed_prune_has_only_marked_is_still_whole(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gone back to, it is what everybody reads; the next prune must not take it for papers alone."""
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Path, "unlink", kill)  # the manifest, just after the mark
        lifecycle.prune(var, 1)
    assert (snapshot_folder(var, "r1") / lifecycle.PAPERS_ONLY).exists()
    upkeep.roll_back(var, "r1")
    assert upkeep.prune(var, 5).removed == ()
    current = read_current(var)
    assert current is not None and pupils_of(current.duckdb) == {A: 1120, B: 1120}
    upkeep.roll_back(var, "r2")
    assert upkeep.prune(var, 1).removed == ("r1",) and not (snapshot_folder(var, "r1") / "parquet").exists()


def test_whatever_command_comes_next_brings_papers_in_line(var: Path, tmp_path: Path) -> None:
    assert not (var / "reports").exists(), "a load killed just after its pointer moved"
    upkeep.prune(var, 5)
    assert (paper(var, A), paper(var, B)) == ("A2", "B1")
    shutil.rmtree(var / "reports")
    upkeep.back_up(var, tmp_path / "backup.zip")
    assert (paper(var, A), paper(var, B)) == ("A2", "B1")


def test_a_backup_needs_no_room_for_papers(var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upkeep, "follow", full)
    assert upkeep.back_up(var, tmp_path / "backup.zip") > 0
    with pytest.raises(OSError, match="No space"):
        upkeep.prune(var, 1)
    assert len(lifecycle.snapshots(var)) == 1, "what frees the disk came first"


def test_leftovers_of_every_kind_are_swept(var: Path) -> None:
    temporary = register_path(var, 2017, A).with_name(f".{A}.json.77{durable.TEMPORARY_SUFFIX}")
    temporary.parent.mkdir(parents=True)
    kept = register_path(var, 2017, A)
    for path in (temporary, kept, var / ".restoring" / "published" / "r9" / "x"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert set(sweep(var)) == {temporary, var / ".restoring"} and kept.exists()


def test_what_a_killed_restoration_left_does_not_stop_the_next(var: Path, tmp_path: Path) -> None:
    upkeep.back_up(var, tmp_path / "backup.zip")
    other = tmp_path / "other"
    (other / "published" / ".building-r1").mkdir(parents=True)  # of a first load, killed
    assert upkeep.restore(tmp_path / "backup.zip", other).run_id == "r2"


@pytest.mark.parametrize("renames", [1, 2, 3])
def test_slips_are_the_earlier_or_the_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int) -> None:
    target = writing.slips_folder(tmp_path, 2017, A)
    writing.write_slips(target, tmp_path, [], 2017, A, None, {}, {})
    (target / "of_the_first.html").touch()
    replace = durable.replace
    left = iter(range(renames - 1))

    def some(source: Path, to: Path) -> None:
        if next(left, None) is None:
            raise Killed
        replace(source, to)

    with monkeypatch.context() as patch:
        patch.setattr(durable, "replace", some)
        if renames < 3:
            with pytest.raises(Killed):
                writing.write_slips(target, tmp_path, [], 2017, A, None, {}, {})
        else:
            writing.write_slips(target, tmp_path, [], 2017, A, None, {}, {})
    following.follow(tmp_path)
    assert writing.read_index(target) == []
    assert (target / "of_the_first.html").exists() == (renames < 3)
    assert [path.name for path in target.parent.iterdir()] == [writing.SLIPS]


@pytest.fixture
def backwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every look at the clock shows an hour less, from next year back to before zip files began."""
    moments = iter(datetime(2031, 1, 1, tzinfo=UTC) - timedelta(days=900 * n) for n in range(60))

    def now() -> str:
        return next(moments).isoformat(timespec="microseconds")

    for module in ("pointer", "snapshot"):
        monkeypatch.setattr(f"orchestration.publication.{module}.utc_now", now)
    yield


def test_order_is_not_the_clocks(tmp_path: Path, backwards: None) -> None:
    """Newest, one before, newest N: by what came after what, with run ids and times that say the opposite."""
    var = tmp_path / "var"
    for number, run_id in enumerate(("20310101T0-a", "20280715T0-b", "20260127T0-c", "19790101T0-d")):
        fake.build(var, [A], pupils=700 + number)
        published = publish(var, run_id, [fake.partition(A)], reports=papers(var, {A: f"A{number}"}))
        following.follow(var)
        assert read_current(var) == published and paper(var, A) == f"A{number}"
        assert sweep(var) == []
    assert [one.run_id[-1] for one in lifecycle.snapshots(var)] == ["d", "c", "b", "a"]
    times = [one.created_at for one in lifecycle.snapshots(var)]
    assert times == sorted(times), "the clock went back"
    assert upkeep.roll_back(var, None)[0].run_id[-1] == "c"
    upkeep.roll_back(var, "19790101T0-d")
    assert upkeep.prune(var, 2).kept == ("19790101T0-d", "20260127T0-c")


def refuse(var: Path, at: str, run_id: str = "x") -> None:
    write_refusal(var, Refusal(2017, A, run_id, at, fake.STANDARD, [], None, runs_of(var, 2017, A)))


def test_a_refusal_stands_whatever_the_clock_says(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def record() -> object:
        current = read_current(var)
        return current and current.partition(2017, A)

    refuse(var, "1999-01-01T00:00:00+00:00")
    assert read_refusal(var, 2017, A, record()) is not None, "the clock was set back before the refusal"  # pyright: ignore[reportArgumentType]
    refuse(var, "2999-01-01T00:00:00+00:00")
    fake.build(var, [A])
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("orchestration.publication.snapshot.clear_refusal", kill)
        publish(var, "r3", [fake.partition(A)])
    assert read_refusal(var, 2017, A, record()) is None, "it was published after all, and the clock set back"  # pyright: ignore[reportArgumentType]
    upkeep.roll_back(var, "r1")
    assert read_refusal(var, 2017, A, record()) is not None, "gone back to before the refusal"  # pyright: ignore[reportArgumentType]


def test_an_older_versions_refusal_is_told_by_its_time(var: Path) -> None:
    current = read_current(var)
    assert current is not None
    record = current.partition(2017, A)
    for at, stands in (("1999-01-01T00:00:00+00:00", False), (utc_now(), True)):
        write_refusal(var, Refusal(2017, A, "x", at, fake.STANDARD, []))
        assert (read_refusal(var, 2017, A, record) is not None) == stands


def test_a_parsed_project_is_kept_though_others_are_newer_by_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = tmp_path / "target"
    for number in range(6):
        (parsed / f"later{number}").mkdir(parents=True)
        (parsed / f"later{number}" / "manifest.json").touch()
        os.utime(parsed / f"later{number}" / "manifest.json", (4e9, 4e9 + number))

    def parse(arguments: list[str], *_: object) -> list[object]:
        for name in ("manifest.json", "partial_parse.msgpack"):
            (Path(arguments[arguments.index("--target-path") + 1]) / name).touch()
        return []

    monkeypatch.setattr(warehouse, "_parsed_folder", lambda _: parsed)
    monkeypatch.setattr(warehouse, "_invoke", parse)
    assert warehouse.prepare_manifest(tmp_path).exists()
    assert len(list(parsed.iterdir())) == 4
