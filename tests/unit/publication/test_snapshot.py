"""Publishing: what a snapshot holds, and that no interruption leaves anything but one of two whole states."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.publication import export, pointer, snapshot
from orchestration.publication.pointer import read_current
from orchestration.publication.reader import NotLoadedError, gap_rows, open_partition
from orchestration.publication.refusals import Refusal, read_refusal, write_refusal
from orchestration.publication.snapshot import publish, snapshot_folder, sweep, sync_reports
from publication import fake_warehouse as fake
from publication.tools import Killed, killing

REPO = Path(__file__).parents[3]


def rows(database: Path, table: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(f"FROM {table}").fetchall()


def pupils_of(database: Path, county: str) -> set[object]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("SELECT pupils FROM marts.sections WHERE county = ?", [county]).fetchall()
    return {row[0] for row in found}


def tables(database: Path) -> list[str]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    return [f"{schema}.{table}" for schema, table in found]


def papers(var: Path, county: str, text: str) -> Path:
    folder = var / "papers" / str(fake.YEAR) / county
    folder.mkdir(parents=True)
    (folder / "gap_list.xlsx").write_text(text, encoding="utf-8")
    return var / "papers"


@pytest.fixture
def var(tmp_path: Path) -> Path:
    folder = tmp_path / "a 'var' 文件夹"
    fake.build(folder)
    return folder


def test_pointer_and_files_are_as_the_interface_says(var: Path) -> None:
    published = publish(var, "r1", [fake.partition()])
    current = json.loads((var / "published" / "current.json").read_bytes())
    assert {"run_id", "created_at", "duckdb", "parquet", "partitions"} <= set(current)
    assert current["run_id"] == "r1"
    assert Path(current["duckdb"]).is_absolute() and Path(current["duckdb"]).is_file()
    assert current["partitions"] == [
        {
            "year": 2017,
            "county": "370321",
            "standard": "national-2017",
            "fingerprint": "f" * 64,
            "provisional": False,
            "county_name": "桓台县",
            "run_id": "r1",
            "loaded_at": current["created_at"],
            "previous_run_id": None,
            "previous_loaded_at": None,
        }
    ]
    place = Path("year=2017") / "county=370321" / "data.parquet"
    for table in (
        *(f"marts/{name}" for name in ("gap_list", "verdicts", "schools", "sections", "section_metrics")),
        *("marts/county_balance", "marts/county_metrics", "marts/counties"),
        *(f"evidence/{name}" for name in ("figure_addends", "cells", "faults", "received", "standards")),
    ):
        assert (Path(current["parquet"]) / table / place).is_file(), table
    assert not list((var / "published").glob(".*")), "nothing temporary is left"
    assert not (published.duckdb.with_name("junheng.duckdb.wal")).exists()
    assert read_current(var) == published


def test_the_database_holds_all_partitions_with_comments_in_an_old_format(var: Path) -> None:
    publish(var, "r1", [fake.partition()])
    fake.build(var, [fake.OTHER])
    current = publish(var, "r2", [fake.partition(fake.OTHER)])
    assert {row[1] for row in rows(current.duckdb, "marts.gap_list")} == {fake.COUNTY, fake.OTHER}
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{str(current.duckdb).replace(chr(39), chr(39) * 2)}' AS db (READ_ONLY)")
        tags = connection.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'db'").fetchone()
        assert tags is not None and "v1.0.0" in str(tags[0])
        comment = connection.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'gap_list' AND column_name = 'shortfall'"
        ).fetchone()
        assert comment == ("还差多少，单位见 shortfall_unit",)
        described = connection.execute(
            "SELECT value FROM parquet_kv_metadata(?) WHERE key = 'descriptions'",
            [str(current.parquet / "marts/gap_list/year=2017/county=370321/data.parquet")],
        ).fetchone()
        assert described is not None and "还差多少" in described[0].decode()


def test_only_the_partitions_own_edition_of_the_standards_is_published(var: Path) -> None:
    current = publish(var, "r1", [fake.partition()])
    found = {row[2] for row in rows(current.duckdb, "evidence.standards")}
    assert found == {"national-2017"}


def test_partitions_not_loaded_are_linked_and_unchanged(var: Path) -> None:
    fake.build(var, [fake.COUNTY, fake.OTHER])
    first = publish(var, "r1", [fake.partition(), fake.partition(fake.OTHER)])
    fake.build(var, [fake.OTHER], pupils=900)
    second = publish(var, "r2", [fake.partition(fake.OTHER, "e" * 64)])
    place = Path("marts") / "section_metrics" / "year=2017"
    kept = [parquet / place / f"county={fake.COUNTY}" / "data.parquet" for parquet in (first.parquet, second.parquet)]
    assert kept[0].samefile(kept[1])
    changed = [parquet / place / f"county={fake.OTHER}" / "data.parquet" for parquet in (first.parquet, second.parquet)]
    assert changed[0].read_bytes() != changed[1].read_bytes()
    assert [(record.county, record.run_id) for record in second.partitions] == [("370321", "r1"), ("370322", "r2")]

    def of_the_kept_county(database: Path, table: str) -> list[tuple[object, ...]]:
        return [row for row in rows(database, table) if row[1] == fake.COUNTY]

    for table in tables(first.duckdb):
        assert of_the_kept_county(first.duckdb, table) == of_the_kept_county(second.duckdb, table), table


def test_files_are_copied_where_links_are_impossible(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise OSError("no links here")

    publish(var, "r1", [fake.partition()])
    fake.build(var, [fake.OTHER])
    monkeypatch.setattr(os, "link", refuse)
    current = publish(var, "r2", [fake.partition(fake.OTHER)])
    assert {row[1] for row in rows(current.duckdb, "marts.schools")} == {fake.COUNTY, fake.OTHER}


def test_the_same_returns_give_the_same_rows_and_bytes(var: Path) -> None:
    first = publish(var, "r1", [fake.partition()])
    fake.build(var)
    second = publish(var, "r2", [fake.partition()])
    for table in tables(first.duckdb):
        assert rows(first.duckdb, table) == rows(second.duckdb, table), table
    for path in first.parquet.rglob("*.parquet"):
        assert path.read_bytes() == (second.parquet / path.relative_to(first.parquet)).read_bytes(), path


def test_a_reader_that_holds_the_old_snapshot_is_not_disturbed(var: Path) -> None:
    publish(var, "r1", [fake.partition()])
    with open_partition(var, fake.YEAR, fake.COUNTY) as held:
        before = gap_rows(held.connection, fake.YEAR, fake.COUNTY)
        fake.build(var, [fake.COUNTY], provisional=True)
        publish(var, "r2", [fake.partition(provisional=True)])
        sweep(var)
        assert gap_rows(held.connection, fake.YEAR, fake.COUNTY) == before
        assert held.snapshot.duckdb.exists()
    with open_partition(var, fake.YEAR, fake.COUNTY) as fresh:
        assert fresh.record.run_id == "r2"
        assert all(row["provisional"] for row in gap_rows(fresh.connection, fake.YEAR, fake.COUNTY))


def test_a_moved_working_folder_still_reads(var: Path, tmp_path: Path) -> None:
    publish(var, "r1", [fake.partition()])
    moved = tmp_path / "elsewhere"
    var.rename(moved)
    with open_partition(moved, fake.YEAR, fake.COUNTY) as published:
        assert gap_rows(published.connection, fake.YEAR, fake.COUNTY)


def test_a_copied_working_folder_is_one_of_its_own(var: Path, tmp_path: Path) -> None:
    publish(var, "r1", [fake.partition()])
    copied = Path(shutil.copytree(var, tmp_path / "copied"))
    fake.build(copied, [fake.OTHER])
    published = publish(copied, "r2", [fake.partition(fake.OTHER)])
    assert {path.stat().st_nlink for path in (snapshot_folder(var, "r1") / "parquet").rglob("*.parquet")} == {1}
    current = read_current(copied)
    assert current == published and current is not None and current.duckdb.is_relative_to(copied)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ("DROP TABLE marts.sections", "marts', 'sections"),
        ("DELETE FROM marts.counties", "marts.counties has no row"),
        ("DELETE FROM marts.verdicts", "marts.verdicts has no row"),
    ],
)
def test_an_unwhole_warehouse_is_not_published(var: Path, spoil: str, says: str) -> None:
    first = publish(var, "r1", [fake.partition()])
    with duckdb.connect(str(var / "warehouse.duckdb")) as connection:
        connection.execute(spoil)
    with pytest.raises(export.ExportError, match=says):
        publish(var, "r2", [fake.partition()])
    assert read_current(var) == first


def test_missing_landed_evidence_is_not_published(var: Path) -> None:
    shutil.rmtree(var / "landing" / "cells")
    with pytest.raises(export.ExportError, match="cells"):
        publish(var, "r1", [fake.partition()])
    assert read_current(var) is None


@pytest.mark.parametrize("run_id", ["../x", "", ".hidden", "a/b", "a\nb"])
def test_a_run_id_that_is_no_file_name_is_refused(var: Path, run_id: str) -> None:
    with pytest.raises(ValueError, match="run_id"):
        publish(var, run_id, [fake.partition()])


def test_a_run_publishes_once_and_each_partition_once(var: Path) -> None:
    with pytest.raises(ValueError, match="each once"):
        publish(var, "r1", [fake.partition(), fake.partition()])
    publish(var, "r1", [fake.partition()])
    with pytest.raises(FileExistsError):
        publish(var, "r1", [fake.partition()])


def test_interrupted_at_any_step_one_of_two_whole_states_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tmp_path / "base"
    fake.build(base, [fake.COUNTY, fake.OTHER])
    publish(base, "r1", [fake.partition(), fake.partition(fake.OTHER)])
    fake.build(base, [fake.COUNTY], pupils=900)
    with monkeypatch.context() as patch:
        count = killing(patch, after=10**6)
        trial = tmp_path / "trial"
        shutil.copytree(base, trial)
        publish(trial, "r2", [fake.partition()], reports=papers(trial, fake.COUNTY, "new"))
        steps = count()
    assert steps > 20
    seen: set[str] = set()
    for step in sorted({*range(0, steps, 25), *range(steps - 6, steps)}):
        var = tmp_path / f"killed-{step}"
        shutil.copytree(base, var)
        with monkeypatch.context() as patch:
            killing(patch, after=step)
            with pytest.raises(Killed):
                publish(var, "r2", [fake.partition()], reports=papers(var, fake.COUNTY, "new"))
        current = read_current(var)
        assert current is not None
        seen.add(current.run_id)
        assert pupils_of(current.duckdb, fake.COUNTY) == ({900} if current.run_id == "r2" else {1120})
        assert len(rows(current.duckdb, "marts.counties")) == 2
        # The next load sweeps, and publishes as if nothing had happened.
        sweep(var)
        left = {path.name for path in (var / "published").iterdir()}
        assert left == {"current.json", "r1"} | ({"r2"} if current.run_id == "r2" else set())
        if step % 2:
            assert publish(var, "r3", [fake.partition()]).run_id == "r3"
        shutil.rmtree(var)
    assert seen == {"r1", "r2"}


def test_killed_between_pointer_and_clean_up(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of an earlier refusal no longer stands, and the papers are brought in line by the next load."""
    publish(var, "r1", [fake.partition()], reports=papers(var, fake.COUNTY, "old"))
    sync_reports(var)
    write_refusal(var, Refusal(2017, fake.COUNTY, "r2", pointer.utc_now(), fake.STANDARD, []))
    assert read_refusal(var, 2017, fake.COUNTY, read_current(var).partitions[0])  # pyright: ignore[reportOptionalMemberAccess]

    def killed(*_args: object) -> None:
        raise Killed

    monkeypatch.setattr(snapshot, "clear_refusal", killed)
    with pytest.raises(Killed):
        publish(var, "r3", [fake.partition()], reports=papers(var, fake.COUNTY, "new"))
    current = read_current(var)
    assert current is not None and current.run_id == "r3"
    assert read_refusal(var, 2017, fake.COUNTY, current.partitions[0]) is None
    sweep(var)
    sync_reports(var)
    assert (var / "reports" / "2017" / fake.COUNTY / "gap_list.xlsx").read_text(encoding="utf-8") == "new"


def test_a_first_publication_that_never_reached_the_pointer_is_swept(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "write_current", killed)
        with pytest.raises(Killed):
            publish(var, "r1", [fake.partition()])
    assert (var / "published" / "r1").is_dir()
    with pytest.raises(NotLoadedError), open_partition(var, fake.YEAR, fake.COUNTY):
        pass
    sweep(var)
    assert not list((var / "published").iterdir())


def test_sweep_keeps_what_is_not_ours_and_all_when_the_pointer_was_lost(var: Path) -> None:
    publish(var, "r1", [fake.partition()])
    publish(var, "r2", [fake.partition()])
    (var / "published" / "notes").mkdir()
    (var / "published" / ".current.json.17.tmp").write_text("{", encoding="utf-8")
    assert [path.name for path in sweep(var)] == [".current.json.17.tmp"]
    (var / "published" / "current.json").unlink()
    assert sweep(var) == []
    assert {path.name for path in (var / "published").iterdir()} == {"r1", "r2", "notes"}


def test_a_damaged_pointer_is_said_to_be_damaged(var: Path) -> None:
    publish(var, "r1", [fake.partition()])
    (var / "published" / "current.json").write_text('{"run_id": "r1"', encoding="utf-8")
    with pytest.raises(pointer.PointerError, match="无法读取"):
        read_current(var)


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_killed_for_real(var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process killed further and further on: the snapshot always opens and is one of the two states."""
    publish(var, "r0", [fake.partition()])
    fake.build(var, pupils=900)
    trial = tmp_path / "trial"
    shutil.copytree(var, trial)
    with monkeypatch.context() as patch:
        count = killing(patch, after=10**6)
        publish(trial, "r1", [fake.partition()])
        steps = count()
    code = (
        "import os, signal, sys, pytest; from pathlib import Path; from publication import fake_warehouse as fake\n"
        "from orchestration.publication.snapshot import publish, sweep; from publication.tools import killing\n"
        "var = Path(sys.argv[1]); sweep(var)\n"
        "killing(pytest.MonkeyPatch(), int(sys.argv[3]), lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        "publish(var, sys.argv[2], [fake.partition()])\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPO), str(REPO / "tests" / "unit")])}
    seen: list[str] = []
    for number, step in enumerate((1, steps // 2, steps - 6, steps - 1)):
        done = subprocess.run(
            [sys.executable, "-c", code, str(var), f"k{number}", str(step)], env=env, check=False, capture_output=True
        )
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        current = read_current(var)
        assert current is not None
        seen.append(current.run_id)
        left = [path for path in (var / "published").iterdir() if path.name not in ("current.json", "r0")]
        assert left, "it had begun to write"
        assert pupils_of(current.duckdb, fake.COUNTY) == ({1120} if current.run_id == "r0" else {900})
    assert (seen[0], seen[-1]) == ("r0", "k3")
    sweep(var)
    assert publish(var, "last", [fake.partition()]).run_id == "last"


def test_papers_follow_the_snapshot_and_old_ones_go(var: Path) -> None:
    publish(var, "r1", [fake.partition()], reports=papers(var, fake.COUNTY, "one"))
    assert sync_reports(var) == []
    target = var / "reports" / "2017" / fake.COUNTY
    (target / "left over.txt").write_text("x", encoding="utf-8")
    assert sync_reports(var) == [] and (target / "left over.txt").exists(), "in line already: untouched"
    publish(var, "r2", [fake.partition()], reports=papers(var, fake.COUNTY, "two"))
    (var / "reports" / "2017" / f".new-{fake.COUNTY}").mkdir()  # a kill left it
    sync_reports(var)
    assert (target / "gap_list.xlsx").read_text(encoding="utf-8") == "two"
    assert sorted(path.name for path in target.iterdir()) == [".run_id", "gap_list.xlsx"]
    assert [path.name for path in target.parent.iterdir()] == [fake.COUNTY]
    (target / "gap_list.xlsx").write_text("edited", encoding="utf-8")
    published = var / "published" / "r2" / "reports" / "2017" / fake.COUNTY / "gap_list.xlsx"
    assert published.read_text(encoding="utf-8") == "two", "who edits a paper does not edit the published one"


def test_a_paper_held_open_is_reported_and_the_others_replaced(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows: a folder with an open file cannot be renamed, nor the file replaced."""
    publish(var, "r1", [fake.partition()], reports=papers(var, fake.COUNTY, "one"))
    sync_reports(var)
    target = var / "reports" / "2017" / fake.COUNTY
    folder = papers(var, fake.COUNTY, "two")
    (folder / "2017" / fake.COUNTY / "index.html").write_text("two", encoding="utf-8")
    publish(var, "r2", [fake.partition()], reports=folder)
    real = Path.replace

    def held(self: Path, aim: Path) -> Path:
        if self == target or Path(aim) == target / "gap_list.xlsx":
            raise PermissionError(13, "in use")
        return real(self, aim)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", held)
        assert sync_reports(var) == [target / "gap_list.xlsx"]
    assert (target / "index.html").read_text(encoding="utf-8") == "two"
    assert (target / "gap_list.xlsx").read_text(encoding="utf-8") == "one"
    assert sync_reports(var) == []
    assert (target / "gap_list.xlsx").read_text(encoding="utf-8") == "two"
