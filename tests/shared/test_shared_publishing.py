"""One publisher and one reader: what the shared warehouse holds is what the working folder would, and stays whole."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestration import upkeep
from orchestration.begin import begin_load
from orchestration.publication import lifecycle, reader, snapshot
from orchestration.publication.changes import change_rows
from orchestration.publication.lake import committing, publishing
from orchestration.publication.lake.connection import attached
from orchestration.publication.lake.errors import AwayError, ConflictError, UnreachableError
from orchestration.publication.lake.place import LakeError, place
from orchestration.publication.lake.reading import versions
from orchestration.publication.querying import ask
from orchestration.publication.reports import sync_reports
from tests.shared import tables
from tests.shared.conftest import Lake
from tests.unit.publication import fake_warehouse as fake

ROOT = Path(__file__).parents[2]
COUNTY, OTHER, YEAR = fake.COUNTY, fake.OTHER, fake.YEAR


def publish(var: Path, run_id: str, *counties: str, pupils: int = 1120, papers: str = "") -> snapshot.Snapshot:
    """A load of these counties, from the point where its warehouse is built."""
    fake.build(var, counties, pupils=pupils)
    reports = None
    if papers:
        reports = var / "papers"
        for county in counties:
            (reports / str(YEAR) / county).mkdir(parents=True)
            (reports / str(YEAR) / county / "gap_list.xlsx").write_text(papers)
    return snapshot.publish(var, run_id, [fake.partition(county) for county in counties], reports=reports)


def held(state: snapshot.Snapshot | None) -> dict[str, str]:
    """County → the run it comes from."""
    return {record.county: record.run_id for record in state.partitions} if state else {}


def run_ids(lake: Lake) -> list[str]:
    """Runs of all versions, oldest first."""
    where = place()
    assert where is not None
    with attached(where) as connection:
        return [version.run_id for version in reversed(versions(connection))]


def in_child(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with this process's environment."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_holds_what_the_working_folder_would_hold(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reader.current(tmp_path) is None
    assert reader.status_rows(tmp_path) == []
    for run_id, counties, pupils in (("r1", (COUNTY, OTHER), 1120), ("r2", (COUNTY,), 1130)):
        shared = publish(tmp_path / "worker", run_id, *counties, pupils=pupils)
    shared_contents, said = tables.contents(shared), tables.comments(shared)
    with reader.open_partition(tmp_path / "reader", YEAR, COUNTY) as published:
        shared_rows = [
            reader.gap_rows(published.connection, YEAR, COUNTY),
            reader.verdict_rows(published.connection, YEAR, COUNTY),
            reader.metric_rows(published.connection, YEAR, COUNTY),
            reader.fault_rows(published.connection, YEAR, COUNTY),
            change_rows(published.connection, YEAR, COUNTY),
        ]
        record = published.record
    assert (record.run_id, record.previous_run_id, shared.sequence) == ("r2", "r1", 2)
    assert not list((tmp_path / "worker" / "published").iterdir())

    monkeypatch.delenv("JUNHENG_WAREHOUSE")
    for run_id, counties, pupils in (("r1", (COUNTY, OTHER), 1120), ("r2", (COUNTY,), 1130)):
        embedded = publish(tmp_path / "alone", run_id, *counties, pupils=pupils)
    with reader.open_partition(tmp_path / "alone", YEAR, COUNTY) as published:
        assert shared_rows == [
            reader.gap_rows(published.connection, YEAR, COUNTY),
            reader.verdict_rows(published.connection, YEAR, COUNTY),
            reader.metric_rows(published.connection, YEAR, COUNTY),
            reader.fault_rows(published.connection, YEAR, COUNTY),
            change_rows(published.connection, YEAR, COUNTY),
        ]
    assert len(shared_rows[-1]) > 0  # pupils did change
    assert shared_contents == tables.contents(embedded)
    assert said == tables.comments(embedded)


def test_papers_reach_every_worker(lake: Lake, tmp_path: Path) -> None:
    publish(tmp_path / "one", "r1", COUNTY, papers="甲")
    publish(tmp_path / "two", "r2", OTHER, papers="乙")
    for worker in ("one", "two"):
        assert sync_reports(tmp_path / worker) == []
        assert (tmp_path / worker / "reports" / str(YEAR) / COUNTY / "gap_list.xlsx").read_text() == "甲"
        assert (tmp_path / worker / "reports" / str(YEAR) / OTHER / "gap_list.xlsx").read_text() == "乙"


def test_goes_back_withdraws_and_forgets(lake: Lake, tmp_path: Path) -> None:
    first = tables.contents(publish(tmp_path, "r1", COUNTY))
    publish(tmp_path, "r2", OTHER)
    publish(tmp_path, "r3", COUNTY, OTHER, pupils=1130)
    back, _ = upkeep.roll_back(tmp_path, None)
    assert (back.run_id, held(back)) == ("r2", {COUNTY: "r1", OTHER: "r2"})
    back, _ = upkeep.roll_back(tmp_path, None)
    assert (back.run_id, back.sequence, held(back)) == ("r1", 5, {COUNTY: "r1"})
    assert tables.contents(back) == first
    with pytest.raises(lifecycle.NoSnapshotError) as refused:
        upkeep.roll_back(tmp_path, None)
    assert refused.value.known == ("r3", "r2")
    back, _ = upkeep.roll_back(tmp_path, "r3")
    assert held(back) == {COUNTY: "r3", OTHER: "r3"}

    with pytest.raises(snapshot.NotPublishedError) as missing:
        upkeep.withdraw(tmp_path, [(YEAR, OTHER), (YEAR, "370323")])
    assert missing.value.keys == ((YEAR, "370323"),)
    left, _ = upkeep.withdraw(tmp_path, [(YEAR, OTHER)])
    assert held(left) == {COUNTY: "r3"}
    seen = {
        row[1] for rows in tables.contents(left).values() for row in rows if row[0] == YEAR and len(str(row[1])) == 6
    }
    assert seen == {COUNTY}

    pruned = upkeep.prune(tmp_path, 2)
    assert (pruned.kept, pruned.removed) == ((left.run_id, "r3"), ("r2", "r1"))
    with pytest.raises(lifecycle.NoSnapshotError):
        upkeep.roll_back(tmp_path, "r1")
    back, _ = upkeep.roll_back(tmp_path, None)
    assert held(back) == {COUNTY: "r3", OTHER: "r3"}


def test_an_open_reader_keeps_its_version(lake: Lake, tmp_path: Path) -> None:
    publish(tmp_path, "r1", COUNTY)
    with reader.open_partition(tmp_path, YEAR, COUNTY) as published:
        before = reader.county_summary(published.connection, YEAR, COUNTY)
        publish(tmp_path, "r2", COUNTY, OTHER, pupils=1)
        assert reader.county_summary(published.connection, YEAR, COUNTY) == before
        assert published.connection.execute("SELECT count(*) FROM marts.counties").fetchone() == (1,)


def test_two_first_loads_of_one_county_do_not_double_it(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both begin from a warehouse without the county, so neither has anything to delete; without turns."""
    publish(tmp_path, "r0", OTHER)
    insert, begun = publishing._insert, threading.Barrier(2, timeout=300)
    conflicts: list[str] = []
    waited: set[int] = set()

    def together(*arguments: object) -> None:
        insert(*arguments)  # type: ignore[arg-type]
        if threading.get_ident() not in waited:
            waited.add(threading.get_ident())
            begun.wait()  # both have written, neither has committed

    monkeypatch.setattr(publishing, "_insert", together)
    monkeypatch.setattr(committing, "_turn", no_turn)
    failed: list[Exception] = []

    def first_load(name: str) -> None:
        try:
            publish(tmp_path / name, name, COUNTY)
        except Exception as error:
            failed.append(error)
            begun.abort()  # the other need not wait

    threads = [threading.Thread(target=first_load, args=(name,)) for name in ("a", "b")]
    monkeypatch.setattr(committing.progress, "report", lambda stage, detail, *_: conflicts.append(detail))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise ExceptionGroup("not both were published", failed)
    assert conflicts and "别人先发布了" in conflicts[0]
    assert sorted(run_ids(lake)) == ["a", "b", "r0"]
    state = reader.current(tmp_path)
    assert state is not None and held(state)[COUNTY] == run_ids(lake)[-1]
    record = state.partition(YEAR, COUNTY)
    assert record is not None and {record.run_id, record.previous_run_id} == {"a", "b"}
    with reader.opened(state) as connection:
        assert connection.execute(f"SELECT count(*) FROM marts.counties WHERE county = '{COUNTY}'").fetchone() == (1,)


@contextmanager
def no_turn(*_: object) -> Generator[None]:
    """Nobody waits for anybody."""
    yield


KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration.publication.lake import publishing
from tests.shared.test_shared_publishing import publish
publishing._insert_record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
publish(Path(sys.argv[1]), "killed", "370321", "370322", pupils=5, papers="丙")
"""


def test_a_publisher_killed_in_its_transaction_publishes_nothing(lake: Lake, tmp_path: Path) -> None:
    before = tables.contents(publish(tmp_path / "one", "r1", COUNTY))
    assert in_child(KILLED, str(tmp_path / "two")).returncode == -signal.SIGKILL
    state = reader.current(tmp_path)
    assert state is not None and held(state) == {COUNTY: "r1"} and run_ids(lake) == ["r1"]
    assert tables.contents(state) == before
    # Its turn died with it, and what it left is in nobody's way.
    after = publish(tmp_path / "two", "r2", COUNTY, OTHER, pupils=5)
    assert held(after) == {COUNTY: "r2", OTHER: "r2"}
    assert snapshot.sweep(tmp_path / "two") == [tmp_path / "two" / "published" / ".building-killed"]


def test_a_killed_postgresql_is_waited_for(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, "r1", COUNTY)
    insert, kills = publishing._insert_record, []

    def insert_then_kill(*arguments: object) -> None:
        insert(*arguments)  # type: ignore[arg-type]
        if not kills:
            kills.append(True)
            lake.server.kill()
            threading.Timer(1, lake.server.start).start()

    monkeypatch.setattr(publishing, "_insert_record", insert_then_kill)
    state = publish(tmp_path, "r2", COUNTY, OTHER, pupils=5)
    assert held(state) == {COUNTY: "r2", OTHER: "r2"} and run_ids(lake) == ["r1", "r2"]


def test_a_load_waits_as_a_writer_also_when_it_only_reads(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, "r1", COUNTY)
    monkeypatch.setattr("orchestration.publication.lake.connection.READER_PATIENCE", 0.0)
    with begin_load(tmp_path):
        fake.build(tmp_path, [COUNTY], pupils=5)
        lake.server.kill()
        again = threading.Timer(1, lake.server.start)
        again.start()
        assert snapshot.build(tmp_path, "r2", [fake.partition(COUNTY)]).is_file()
        again.join()
        assert held(snapshot.publish(tmp_path, "r2", [fake.partition(COUNTY)])) == {COUNTY: "r2"}
    lake.server.kill()
    try:
        with pytest.raises(AwayError, match="等了 0 秒"):
            reader.current(tmp_path)
    finally:
        lake.server.start()


def test_a_commit_whose_answer_was_lost_is_not_repeated(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt, lost = committing._attempt, []

    def committed_unheard(*arguments: object) -> None:
        attempt(*arguments)  # type: ignore[arg-type]
        lost.append(True)
        raise UnreachableError("server closed the connection")

    monkeypatch.setattr(committing, "_attempt", committed_unheard)
    state = publish(tmp_path, "r1", COUNTY)
    assert held(state) == {COUNTY: "r1"} and run_ids(lake) == ["r1"] and len(lost) == 1


def test_a_server_that_stays_away_is_waited_for_once(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, "r1", COUNTY)
    monkeypatch.setattr("orchestration.publication.lake.connection.WRITER_PATIENCE", 0.0)
    attempt = committing._attempt

    def killed_before(*arguments: object) -> None:
        lake.server.kill()
        attempt(*arguments)  # type: ignore[arg-type]

    def killed_after(*arguments: object) -> None:
        attempt(*arguments)  # type: ignore[arg-type]
        lake.server.kill()

    for kill, says, runs in (
        (killed_before, "什么也没有发布", ["r1"]),
        (killed_after, "发布成功与否尚不可知", ["r1", "r2"]),
    ):
        monkeypatch.setattr(committing, "_attempt", kill)
        try:
            with pytest.raises(AwayError, match=f"等了 0 秒，连不上 PostgreSQL.*{says}"):
                publish(tmp_path, "r2", OTHER)
        finally:
            lake.server.start()
        assert run_ids(lake) == runs


def test_gives_up_after_a_number_of_conflicts(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, "r1", COUNTY)

    def always_late(*_: object) -> None:
        raise ConflictError("别人先发布了")

    monkeypatch.setattr(committing, "_attempt", always_late)
    monkeypatch.setattr(committing, "TRIES", 3)
    with pytest.raises(LakeError, match="试了 3 次仍没有成功。什么也没有发布"):
        publish(tmp_path, "r2", COUNTY)
    assert held(reader.current(tmp_path)) == {COUNTY: "r1"}


def test_a_newer_version_adds_columns_and_an_older_one_leaves_them(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, "r1", COUNTY)
    with monkeypatch.context() as newer:
        newer.setattr(fake, "DDL", fake.DDL + "ALTER TABLE marts.schools ADD COLUMN telephone VARCHAR DEFAULT '0533';")
        publish(tmp_path, "r2", OTHER)
    publish(tmp_path, "r3", COUNTY, pupils=7)
    state = reader.current(tmp_path)
    assert state is not None
    rows = ask(state, "SELECT DISTINCT county, telephone FROM schools ORDER BY ALL").rows
    assert rows == [{"county": COUNTY, "telephone": None}, {"county": OTHER, "telephone": "0533"}]


def test_an_upgrade_changes_types_in_place(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wider type, a narrower one and a new column at once; versions of before are still read, and gone back to."""
    first = publish(tmp_path, "r1", COUNTY, OTHER)
    was = tables.contents(first)
    newer = fake.DDL.replace("built_year INTEGER", "built_year BIGINT, telephone VARCHAR")
    newer = newer.replace("sections_judged BIGINT", "sections_judged INTEGER")
    monkeypatch.setattr(fake, "DDL", newer)
    monkeypatch.setattr(publishing.contract, "version", lambda: "99.0.0")
    second = publish(tmp_path, "r2", COUNTY, pupils=7)
    with reader.opened(second) as connection:
        kinds = {
            (table, name): kind
            for table in ("schools", "verdicts")
            for name, kind, *_ in connection.execute(f"DESCRIBE marts.{table}").fetchall()
        }
        assert kinds["schools", "built_year"] == "BIGINT" and kinds["verdicts", "sections_judged"] == "INTEGER"
        assert kinds["schools", "telephone"] == "VARCHAR"
        counts = connection.execute("SELECT county, count(*) FROM marts.verdicts GROUP BY ALL ORDER BY ALL").fetchall()
        assert counts == [(COUNTY, 33), (OTHER, 33)]
    assert {row[2] for row in tables.comments(second) if row[1] == "verdicts"} >= {"sections_judged", "statement"}
    assert tables.contents(first) == was
    third = publish(tmp_path, "r3", OTHER, pupils=8)
    assert held(third) == {COUNTY: "r2", OTHER: "r3"}
    back, _ = upkeep.roll_back(tmp_path, "r1")
    assert held(back) == {COUNTY: "r1", OTHER: "r1"}
    with reader.opened(back) as connection:
        assert connection.execute("SELECT sum(sections_judged) FROM marts.verdicts").fetchone() == (70,)


def test_the_reader_reads_and_cannot_write(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path / "worker", "r1", COUNTY)
    for name, value in lake.environment("junheng_reader").items():
        monkeypatch.setenv(name, value)
    var = tmp_path / "reader"
    assert [row["run_id"] for row in reader.status_rows(var)] == ["r1"]
    with reader.open_partition(var, YEAR, COUNTY) as published:
        assert reader.gap_rows(published.connection, YEAR, COUNTY)
    with pytest.raises(LakeError, match="只能读") as refused:
        publish(var, "r2", COUNTY, papers="甲")
    assert len(str(refused.value)) < 300 and "\n" not in str(refused.value)
    assert not [path for path in lake.data.rglob("*") if "r2" in path.name]
    state = reader.current(var)
    assert state is not None and ask(state, "SELECT count(*) AS n FROM counties").rows == [{"n": 1}]
    with pytest.raises(LakeError, match="只能读"):
        upkeep.withdraw(var, [(YEAR, COUNTY)])
    with pytest.raises(LakeError, match="只能读"):
        upkeep.prune(var, 1)
    # Nor by PostgreSQL's own client, whatever it sets.
    allowed = "SET default_transaction_read_only = off"
    for statement in (
        "DELETE FROM ducklake_data_file",
        "UPDATE ducklake_snapshot SET snapshot_id = 99",
        "INSERT INTO ducklake_metadata VALUES ('a', 'b')",
        "CREATE TABLE mine (a int)",
        "DROP TABLE ducklake_table",
        "CREATE TEMP TABLE mine (a int)",
        "SELECT lo_from_bytea(0, 'abc')",
        "SELECT lo_create(0)",
        "SELECT lo_creat(-1)",
        "SELECT lo_import('/etc/passwd')",
    ):
        said = lake.server.sql(lake.database, allowed, statement, user="junheng_reader", check=False)
        assert "permission denied" in said or "must be owner" in said, said
    assert lake.server.sql(lake.database, "SELECT count(*) > 0 FROM ducklake_data_file", user="junheng_reader") == "t\n"
    assert lake.server.sql(lake.database, "SELECT count(*) FROM pg_largeobject_metadata") == "0\n"
    for name, value in lake.environment().items():
        monkeypatch.setenv(name, value)
    assert held(reader.current(var)) == {COUNTY: "r1"} and run_ids(lake) == ["r1"]


WRONG = "not-the-password-9f31"


@pytest.mark.parametrize("command", [["gaps", "2017", COUNTY], ["rollback"]])
def test_the_password_is_never_said(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("PGPASSWORD", WRONG)
    monkeypatch.setenv("JUNHENG_DEBUG", "1")
    code = "import sys; from orchestration.cli.app import run; sys.exit(run(sys.argv[1:]))"
    done = in_child(code, *command, "--var", str(tmp_path))
    assert done.returncode == 1
    assert "PostgreSQL 不接受这个用户或密码" in done.stderr
    assert WRONG not in done.stdout + done.stderr


def test_a_password_in_the_setting_is_refused_unsaid(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    for dsn in (f"dbname=x password={WRONG}", f"dbname=x PASSWORD = '{WRONG}'", f"postgresql://me:{WRONG}/@host/x",
                f"postgresql://me@host/x?passwor%64={WRONG}", f"postgresql://host/x?a=b&%53slPassword={WRONG}",
                f"postgresql://me:?{WRONG}@host/x"):  # fmt: skip
        monkeypatch.setenv("JUNHENG_WAREHOUSE", f"ducklake:postgres:{dsn}")
        with pytest.raises(LakeError, match="不可写密码") as refused:
            place()
        assert WRONG not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("JUNHENG_WAREHOUSE", "postgres:dbname=x", "ducklake:postgres:"),
        ("JUNHENG_WAREHOUSE", "ducklake:postgres:dbname=nobody_made_it host=/nowhere", "连不上 PostgreSQL"),
        # What no waiting can heal is refused without any.
        ("JUNHENG_WAREHOUSE", "ducklake:postgres:garbage", "^环境变量 JUNHENG_WAREHOUSE 的连接串写得不对"),
        ("JUNHENG_WAREHOUSE", "ducklake:postgres:dbname='x", "^环境变量.*写得不对"),
        ("JUNHENG_WAREHOUSE", "ducklake:postgres:port=abc dbname=x", "^环境变量.*port 须是"),
        ("JUNHENG_WAREHOUSE", "ducklake:postgres:postgresql://h:99999/x", "^环境变量.*port 须是"),
        ("JUNHENG_WAREHOUSE", "ducklake:postgres:postgresql://h/%zz", "^环境变量.*写得不对"),
        ("JUNHENG_WAREHOUSE", "ducklake:postgres:datbase=x", "^环境变量.*写得不对.*datbase"),
        ("JUNHENG_WAREHOUSE", "ducklake:postgres:dbname=x sslmode=maybe", "^环境变量.*写得不对.*sslmode"),
        ("JUNHENG_WAREHOUSE_DATA", "", "JUNHENG_WAREHOUSE_DATA"),
        ("JUNHENG_WAREHOUSE_DATA", "shared", "绝对路径"),
        ("JUNHENG_WAREHOUSE_DATA", "s3://bucket/x", "挂载"),
    ],
)
def test_a_wrong_setting_says_what_is_wrong(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("orchestration.publication.lake.connection.READER_PATIENCE", 0.0)
    with pytest.raises(LakeError, match=says):
        reader.current(tmp_path)


def test_a_writer_with_another_folder_is_refused(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path / "one", "r1", COUNTY)
    monkeypatch.setenv("JUNHENG_WAREHOUSE_DATA", str(tmp_path / "elsewhere"))
    with pytest.raises(LakeError, match="JUNHENG_WAREHOUSE_DATA 不是共享仓库的数据文件夹"):
        publish(tmp_path / "two", "r2", OTHER)
