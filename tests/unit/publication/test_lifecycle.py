"""Withdrawing, going back, pruning: the right snapshot is shown and kept, whatever is killed and in whatever order."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration import upkeep
from orchestration.publication import durable, lifecycle, snapshot
from orchestration.publication.lifecycle import PAPERS_ONLY, NoSnapshotError, prune, roll_back, snapshots
from orchestration.publication.pointer import read_current, utc_now
from orchestration.publication.reader import gap_rows, open_partition, status_rows
from orchestration.publication.refusals import Refusal, read_refusal, write_refusal
from orchestration.publication.snapshot import NotPublishedError, publish, runs_of, sweep, sync_reports, withdraw
from publication import fake_warehouse as fake
from publication.tools import Killed, all_rows, killing, papers, pupils_of

A, B = fake.COUNTY, fake.OTHER


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """r1 has both counties, r2 a changed A, r3 a changed B; each with papers."""
    var = tmp_path_factory.mktemp("lifecycle") / "var"
    fake.build(var, [A, B])
    publish(var, "r1", [fake.partition(A), fake.partition(B)], reports=papers(var, {A: "A1", B: "B1"}))
    fake.build(var, [A], pupils=900)
    publish(var, "r2", [fake.partition(A)], reports=papers(var, {A: "A2"}))
    fake.build(var, [B], pupils=800)
    publish(var, "r3", [fake.partition(B)], reports=papers(var, {B: "B3"}))
    sync_reports(var)
    return var


@pytest.fixture
def var(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "var"))


def paper(var: Path, county: str) -> str | None:
    path = var / "reports" / "2017" / county / "gap_list.xlsx"
    return path.read_text(encoding="utf-8") if path.exists() else None


def folders(var: Path) -> set[str]:
    return {path.name for path in (var / "published").iterdir() if path.is_dir()}


def current(var: Path) -> tuple[str, dict[str, int]]:
    found = read_current(var)
    assert found is not None
    return found.run_id, pupils_of(found.duckdb)


def test_withdrawing_leaves_the_others_as_they_were(var: Path) -> None:
    before = all_rows(read_current(var).duckdb)  # pyright: ignore[reportOptionalMemberAccess]
    write_refusal(var, Refusal(2017, A, "x", "2017-01-01T00:00:00+00:00", fake.STANDARD, []))  # loaded since
    (var / "site" / "2017" / A).mkdir(parents=True)
    (var / "site" / "2017" / B).mkdir(parents=True)
    published, held = upkeep.withdraw(var, [(2017, A)])
    assert held == [] and read_current(var) == published
    assert [record.county for record in published.partitions] == [B]
    after = all_rows(published.duckdb)
    assert set(after) == set(before), "no table is gone"
    for name, rows in before.items():
        if "area" not in name:
            assert after[name] == [row for row in rows if A not in row], name
    assert [row[:4] for row in after["marts.area_verdicts"]] == [
        (2017, "city", "3703", False),
        (2017, "province", "37", False),
    ]
    assert (paper(var, A), paper(var, B)) == (None, "B3")
    assert not (var / "site" / "2017" / A).exists() and (var / "site" / "2017" / B).exists()
    assert read_refusal(var, 2017, A) is None
    assert [row["county"] for row in status_rows(var)] == [B]
    assert (published.parquet / "datapackage.json").exists()
    fake.build(var, [A])
    assert publish(var, "r5", [fake.partition(A)]).partition(2017, A).previous_run_id is None  # pyright: ignore[reportOptionalMemberAccess]
    assert current(var) == ("r5", {A: 1120, B: 800})


@pytest.mark.parametrize("slips", [True, False])
def test_a_refusal_outlives_what_was_withdrawn(var: Path, slips: bool) -> None:
    """The county has sent a newer return, which was refused: it still has to be told why, and what to mend."""
    write_refusal(var, Refusal(2017, A, "x", utc_now(), fake.STANDARD, [], None, runs_of(var, 2017, A)))
    reports = var / "reports" / "2017" / A
    (reports / "data_docs").mkdir()
    if slips:
        (reports / "slips").mkdir()
        (reports / "slips" / "slips.json").write_text("[]", encoding="utf-8")
    upkeep.withdraw(var, [(2017, A)])
    refusal = read_refusal(var, 2017, A)
    assert refusal is not None and refusal.run_id == "x"
    assert [(row["county"], row["loaded"], row["refused"]) for row in status_rows(var)] == [
        (A, False, True),
        (B, True, False),
    ]
    left = [path.name for path in reports.iterdir()] if reports.exists() else []
    assert left == (["slips"] if slips else [])
    assert sync_reports(var) == [] and reports.exists() == slips, "and so it stays"
    fake.build(var, [A])
    publish(var, "r5", [fake.partition(A)], reports=papers(var, {A: "A5"}))
    sync_reports(var)
    assert read_refusal(var, 2017, A) is None and [path.name for path in reports.glob("s*")] == []


def test_withdrawing_everything_leaves_empty_tables(var: Path) -> None:
    published = withdraw(var, "w", [(2017, A), (2017, B)])
    rows = all_rows(published.duckdb)
    assert published.partitions == () and "marts.gap_list" in rows and not any(rows.values())
    assert status_rows(var) == []
    with duckdb.connect(str(published.duckdb), read_only=True) as connection:
        said = connection.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'cells'").fetchone()
    assert said is not None and said[0]
    fake.build(var, [B])
    publish(var, "r5", [fake.partition(B)])
    assert current(var) == ("r5", {B: 1120})


@pytest.mark.parametrize("keys", [[(2017, "370399")], [(2017, A), (2018, A)]])
def test_withdrawing_what_is_not_published_changes_nothing(var: Path, keys: list[tuple[int, str]]) -> None:
    before = read_current(var)
    with pytest.raises(NotPublishedError) as error:
        withdraw(var, "w", keys)
    assert error.value.keys == (keys[-1],)
    assert read_current(var) == before and folders(var) == {"r1", "r2", "r3"}


def test_a_withdrawal_killed_anywhere_leaves_one_of_two_whole_states(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        count = killing(patch, after=10**6)
        withdraw(Path(shutil.copytree(template, tmp_path / "trial")), "w", [(2017, A)])
        steps = count()
    seen: set[str] = set()
    for step in (steps // 2, steps - 2, steps - 1):
        var = Path(shutil.copytree(template, tmp_path / f"killed-{step}"))
        with monkeypatch.context() as patch, pytest.raises(Killed):
            killing(patch, after=step)
            withdraw(var, "w", [(2017, A)])
        run_id, counties = current(var)
        seen.add(run_id)
        assert counties == ({B: 800} if run_id == "w" else {A: 900, B: 800})
        upkeep.withdraw(var, [(2017, B)])
        assert current(var)[1] == ({} if run_id == "w" else {A: 900})
        assert not [name for name in folders(var) if name.startswith(".")]
        shutil.rmtree(var)
    assert seen == {"w", "r3"}


def test_going_back_and_forth(var: Path) -> None:
    """Papers follow; sweeping removes neither what was gone back from nor what is shown; loading goes on from there."""
    upkeep.roll_back(var, None)
    assert current(var) == ("r2", {A: 900, B: 1120}) and (paper(var, A), paper(var, B)) == ("A2", "B1")
    assert sweep(var) == [] and folders(var) == {"r1", "r2", "r3"}
    upkeep.roll_back(var, None)
    assert current(var) == ("r1", {A: 1120, B: 1120}) and (paper(var, A), paper(var, B)) == ("A1", "B1")
    with pytest.raises(NoSnapshotError) as error:
        roll_back(var)
    assert error.value.known == ("r3", "r2")
    with pytest.raises(NoSnapshotError):
        roll_back(var, "../r1")
    upkeep.roll_back(var, "r3")
    assert current(var) == ("r3", {A: 900, B: 800}) and (paper(var, A), paper(var, B)) == ("A2", "B3")
    upkeep.roll_back(var, "r1")
    before = read_current(var)
    assert roll_back(var, "r1") == before, "where it is already, nothing moves"
    fake.build(var, [A], pupils=700)
    loaded = publish(var, "r4", [fake.partition(A)])
    assert current(var) == ("r4", {A: 700, B: 1120}), "a load after going back starts from what is shown"
    assert before is not None and loaded.sequence > before.sequence
    assert loaded.partition(2017, A).previous_run_id == "r1"  # pyright: ignore[reportOptionalMemberAccess]


def test_going_back_after_going_back_and_loading(var: Path) -> None:
    """What was shown before the load, not what had been rolled away from before it."""
    roll_back(var, "r1")
    fake.build(var, [A], pupils=700)
    assert publish(var, "r4", [fake.partition(A)]).previous == "r1"
    assert roll_back(var).run_id == "r1"
    assert roll_back(var, "r4").previous == "r1"
    assert withdraw(var, "w", [(2017, B)]).previous == "r4"
    assert [roll_back(var).run_id for _ in range(2)] == ["r4", "r1"]
    roll_back(var, "r4")
    prune(var, 2)
    assert [one.run_id for one in snapshots(var)] == ["w", "r4"]
    with pytest.raises(NoSnapshotError) as error:
        roll_back(var)
    assert error.value.known == ("w",), "what was shown before is gone: people choose"


def test_manifests_that_do_not_note_what_was_shown_before(var: Path) -> None:
    for manifest in (var / "published").glob("*/snapshot.json"):
        content = json.loads(manifest.read_bytes())
        del content["previous"]
        manifest.write_text(json.dumps(content), encoding="utf-8")
    assert [roll_back(var).run_id for _ in range(2)] == ["r2", "r1"]


def test_going_back_removes_papers_of_what_was_not_there_yet(tmp_path: Path) -> None:
    var = tmp_path / "var"
    fake.build(var, [A])
    publish(var, "r1", [fake.partition(A)], reports=papers(var, {A: "A1"}))
    fake.build(var, [B])
    publish(var, "r2", [fake.partition(B)], reports=papers(var, {B: "B2"}))
    sync_reports(var)
    slips = var / "reports" / "2017" / "370399" / "slips"  # a county that was refused: not ours to remove
    slips.mkdir(parents=True)
    upkeep.roll_back(var, "r1")
    assert (paper(var, A), paper(var, B)) == ("A1", None) and slips.is_dir()


def test_a_load_killed_before_its_pointer_moved_is_swept_also_after_going_back(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll_back(var, "r1")
    fake.build(var, [A], pupils=700)

    def killed(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "write_current", killed)
        with pytest.raises(Killed):
            publish(var, "r4", [fake.partition(A)])
    assert current(var)[0] == "r1" and "r4" in folders(var)
    sweep(var)
    assert folders(var) == {"r1", "r2", "r3"}
    assert [one.run_id for one in snapshots(var)] == ["r3", "r2", "r1"]


def test_pruning_keeps_the_newest_and_the_papers_that_are_shown(var: Path) -> None:
    assert prune(var, 5).removed == ()
    done = prune(var, 1)
    assert done.kept == ("r3",) and set(done.removed) == {"r1", "r2"}
    # r2 loaded the A that is still shown; its data are gone, its papers are not. Nothing shows what r1 loaded.
    assert folders(var) == {"r2", "r3"}
    assert {path.name for path in (var / "published" / "r2").iterdir()} == {"reports", PAPERS_ONLY}
    shutil.rmtree(var / "reports")
    assert sync_reports(var) == [] and (paper(var, A), paper(var, B)) == ("A2", "B3")
    assert current(var) == ("r3", {A: 900, B: 800}) and sweep(var) == []
    with pytest.raises(NoSnapshotError):
        roll_back(var, "r2")
    assert prune(var, 1).removed == (), "a second time there is nothing to do"
    fake.build(var, [A], pupils=700)
    publish(var, "r4", [fake.partition(A)])
    prune(var, 1)
    assert folders(var) == {"r3", "r4"} and current(var) == ("r4", {A: 700, B: 800})


def test_pruning_after_going_back_keeps_what_is_shown(var: Path) -> None:
    roll_back(var, "r1")
    assert prune(var, 2).kept == ("r1", "r3")
    assert current(var) == ("r1", {A: 1120, B: 1120})
    assert {path.name for path in (var / "published" / "r2").iterdir()} == {"reports", PAPERS_ONLY}
    roll_back(var, "r3")
    assert current(var) == ("r3", {A: 900, B: 800})
    sync_reports(var)
    assert (paper(var, A), paper(var, B)) == ("A2", "B3")


def test_a_reader_of_a_pruned_snapshot_is_not_disturbed(var: Path) -> None:
    roll_back(var, "r1")
    with open_partition(var, 2017, A) as held:
        before = gap_rows(held.connection, 2017, A)
        roll_back(var, "r3")
        prune(var, 1)
        assert "r1" not in folders(var)
        assert gap_rows(held.connection, 2017, A) == before


def test_what_is_held_open_is_left_for_the_next_time(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows: neither a folder with an open file nor the file can be removed."""
    real = durable.replace

    def held(source: Path, target: Path) -> None:
        if source.name == "r1":
            raise PermissionError(13, "in use")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(durable, "replace", held)
        assert prune(var, 1).held == ("r1",)
    assert "r1" in folders(var)
    assert prune(var, 1).removed == ("r1",)


def test_pruning_killed_anywhere_never_leaves_half_a_snapshot(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(4):
        var = Path(shutil.copytree(template, tmp_path / f"killed-{step}"))
        with monkeypatch.context() as patch:
            killing(patch, after=step)
            try:
                prune(var, 1)
            except Killed:
                pass
            else:
                assert step == 3
        assert current(var) == ("r3", {A: 900, B: 800})
        for one in snapshots(var):
            assert pupils_of(one.duckdb) and (one.parquet / "datapackage.json").exists()
        upkeep.prune(var, 1)
        assert folders(var) == {"r2", "r3"}, step


def test_keep_is_at_least_one(var: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        prune(var, 0)
    assert lifecycle.prune(tmp_path / "nothing", 1).kept == ()
