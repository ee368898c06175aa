"""What a person types, in shared mode: the commands that keep versions in order, and what they say when they cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration.begin import begin_load
from orchestration.cli.app import run
from orchestration.publication import reader
from orchestration.publication.lake import connection
from orchestration.publication.lake.place import LAKE, Place, place
from tests.e2e.tools import ROOT
from tests.shared import tables
from tests.shared.conftest import Lake
from tests.shared.test_shared_publishing import COUNTY, OTHER, YEAR, held, publish


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code, and all that the command said."""
    code = run(arguments)
    said = capsys.readouterr()
    return code, said.out + said.err


def test_versions_are_kept_in_order(lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    var = ("--var", str(tmp_path))
    assert told(capsys, "gaps", str(YEAR), COUNTY, *var)[0] == 3
    publish(tmp_path, "r1", COUNTY, papers="甲")
    publish(tmp_path, "r2", COUNTY, OTHER, papers="乙", pupils=1130)
    shown = tmp_path / "reports" / str(YEAR) / COUNTY / "gap_list.xlsx"
    code, said = told(capsys, "rollback", *var)
    assert code == 0, said
    assert shown.read_text() == "甲" and held(reader.current(tmp_path)) == {COUNTY: "r1"}
    code, said = told(capsys, "rollback", "r2", *var)
    assert (code, shown.read_text()) == (0, "乙") and "r2" in said
    code, said = told(capsys, "withdraw", str(YEAR), OTHER, *var)
    assert code == 0 and "现有 1 个县次" in said
    assert not (tmp_path / "reports" / str(YEAR) / OTHER).exists()
    assert told(capsys, "withdraw", str(YEAR), OTHER, *var)[0] == 3
    code, said = told(capsys, "prune", "--keep", "1", *var)
    assert (code, said) == (0, "保留 1 份，清理 2 份。\n")
    assert told(capsys, "rollback", *var)[0] == 3
    code, said = told(capsys, "status", "--format", "json", *var)
    assert code == 0 and OTHER not in said and '"loaded": true' in said
    assert told(capsys, "changes", str(YEAR), COUNTY, *var)[0] == 0
    assert told(capsys, "dictionary", "gap_list", *var)[0] == 0

    archive = tmp_path / "backup.zip"
    code, said = told(capsys, "backup", str(archive), *var)
    assert code == 64 and "pg_dump" in said and "docs/shared_mode.md" in said and not archive.exists()
    archive.write_bytes(b"")
    code, said = told(capsys, "restore", str(archive), "--var", str(tmp_path / "new"))
    assert code == 64 and "pg_restore" in said


@pytest.mark.parametrize("command", ["gaps", "query", "withdraw"])
def test_a_server_that_is_away(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    publish(tmp_path, "r1", COUNTY)
    monkeypatch.setattr(connection, "READER_PATIENCE", 0.0)
    monkeypatch.setattr(connection, "WRITER_PATIENCE", 0.0)
    arguments = ["FROM gap_list"] if command == "query" else [str(YEAR), COUNTY]
    lake.server.kill()
    try:
        code, said = told(capsys, command, *arguments, "--var", str(tmp_path))
    finally:
        lake.server.start()
    assert code == 1
    assert said.startswith("错误：等了 0 秒，连不上 PostgreSQL；请检查服务是否在运行") and said.count("\n") == 1
    assert lake.server.password not in said
    assert held(reader.current(tmp_path)) == {COUNTY: "r1"}


def test_a_reader_who_withdraws_is_told_so(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path, "r1", COUNTY)
    for name, value in lake.environment("junheng_reader").items():
        monkeypatch.setenv(name, value)
    code, said = told(capsys, "withdraw", str(YEAR), COUNTY, "--var", str(tmp_path))
    assert code == 1 and "这个用户只能读，不能写共享仓库" in said
    assert held(reader.current(tmp_path)) == {COUNTY: "r1"}


def test_a_reader_who_loads_is_told_so_before_anything_is_read(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "raw" / str(YEAR) / COUNTY).mkdir(parents=True)
    command = ("load", str(YEAR), COUNTY, "--raw", str(tmp_path / "raw"), "--var", str(tmp_path / "var"))
    for published in (False, True):
        for name, value in lake.environment("junheng_reader").items():
            monkeypatch.setenv(name, value)
        code, said = told(capsys, *command)
        assert code == 1 and said.startswith("错误：这个用户只能读，不能写共享仓库"), said
        assert said.count("\n") == 1 and len(said) < 200
        assert not (tmp_path / "var" / "landing").exists() and not (lake.data / "papers" / "r2").exists()
        # Whose the catalogue is, and who may make one, may write.
        for name, value in lake.environment().items():
            monkeypatch.setenv(name, value)
        connection.check_right_to_write(the_place())
        if not published:
            publish(tmp_path, "r1", COUNTY)


def the_place() -> Place:
    """The shared warehouse that the environment names."""
    where = place()
    assert where is not None
    return where


def lost(lake: Lake, table: str, county: str) -> Path:
    """A published file, gone from the shared folder."""
    with connection.attached(the_place()) as lake_now:
        rows = lake_now.execute(f"FROM ducklake_list_files('{LAKE}', '{table}', schema => 'marts')").fetchall()
    [file] = [Path(row[0]) for row in rows if f"county={county}/" in row[0]]
    assert file.is_relative_to(lake.data)
    file.unlink()
    return file


def test_a_lost_file_is_said_and_made_good_by_a_load(
    lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    var = ("--var", str(tmp_path))
    first = publish(tmp_path, "r1", COUNTY, OTHER)
    whole, comments = tables.contents(first), tables.comments(first)
    files = [lost(lake, table, COUNTY) for table in ("gap_list", "counties", "verdicts")]
    for command in (["gaps", str(YEAR), COUNTY], ["query", "SELECT * FROM verdicts"], ["status"]):
        code, said = told(capsys, *command, *var)
        assert code == 1 and said.startswith("错误：发布的数据文件不在了：") and said.count("\n") == 1, said
        assert any(str(file) in said for file in files) and f"重新载入 {YEAR} {COUNTY}" in said
        assert "未受影响" not in said and "Error" not in said
    assert told(capsys, "gaps", str(YEAR), OTHER, *var)[0] == 0
    with begin_load(tmp_path):
        again = publish(tmp_path, "r2", COUNTY)
    assert held(again) == {COUNTY: "r2", OTHER: "r1"}
    now = tables.contents(again)
    assert {name: rows for name, rows in now.items() if not name.endswith(".changes")} == {
        name: rows for name, rows in whole.items() if not name.endswith(".changes")
    }
    assert tables.comments(again) == comments
    # Nothing can be gone back to that is not there any more.
    code, said = told(capsys, "rollback", *var)
    assert code == 1 and "发布的数据文件不在了" in said
    assert held(reader.current(tmp_path)) == {COUNTY: "r2", OTHER: "r1"}


def test_a_lost_file_is_gone_back_from_or_withdrawn(
    lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    var = ("--var", str(tmp_path))
    first = tables.contents(publish(tmp_path, "r1", OTHER))
    publish(tmp_path, "r2", COUNTY)
    lost(lake, "schools", COUNTY)
    assert told(capsys, "rollback", *var)[0] == 0
    state = reader.current(tmp_path)
    assert state is not None and held(state) == {OTHER: "r1"} and tables.contents(state) == first
    publish(tmp_path, "r3", COUNTY)
    lost(lake, "schools", COUNTY)
    assert told(capsys, "withdraw", str(YEAR), COUNTY, *var)[0] == 0
    assert held(reader.current(tmp_path)) == {OTHER: "r1"}


def test_the_password_is_in_no_process_title(lake: Lake, tmp_path: Path) -> None:
    state = publish(tmp_path, "r1", COUNTY)
    with reader.opened(state) as open_one:
        assert open_one.execute("SELECT count(*) FROM marts.counties").fetchone() == (1,)
        titles = b" ".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
        assert lake.database.encode() in titles  # the server's process of this very connection
        assert lake.server.password.encode() not in titles


def test_a_backup_comes_back(lake: Lake, tmp_path: Path) -> None:
    """The two commands of the notes, section 5, on a server that has lost everything."""
    notes = (ROOT / "docs" / "shared_mode.md").read_text(encoding="utf-8")
    state = publish(tmp_path / "worker", "r1", COUNTY, papers="甲")
    before = tables.contents(state)
    dump, copy = tmp_path / "junheng.dump", tmp_path / "copy"
    environment = {
        **os.environ, "PGHOST": str(lake.server.folder), "PGPORT": "5432", "PGUSER": "postgres",
    }  # fmt: skip

    def do(command: str) -> None:
        assert command in notes
        words = command.replace("-d junheng", f"-d {lake.database}").replace("junheng.dump", str(dump)).split()
        subprocess.run([str(lake.server.bin / words[0]), *words[1:]], env=environment, check=True)

    do("pg_dump -Fc -d junheng -f junheng.dump")
    shutil.copytree(lake.data, copy)
    publish(tmp_path / "worker", "r2", COUNTY, pupils=7)
    shutil.rmtree(lake.data)
    lake.server.sql("postgres", f"DROP DATABASE {lake.database} WITH (FORCE)")
    lake.server.database(lake.database)
    do("pg_restore -d junheng junheng.dump")
    shutil.copytree(copy, lake.data)
    state = reader.current(tmp_path)
    assert state is not None and held(state) == {COUNTY: "r1"}
    assert tables.contents(state) == before
    assert held(publish(tmp_path / "worker", "r3", OTHER)) == {COUNTY: "r1", OTHER: "r3"}
