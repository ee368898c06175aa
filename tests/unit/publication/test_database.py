"""The DuckDB file brought up to date holds what one built anew holds, and stands aside where it cannot."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.publication.database import build_database
from orchestration.publication.export import PartitionFile, warehouse
from orchestration.publication.pointer import Snapshot
from orchestration.publication.snapshot import publish, withdraw
from publication import fake_warehouse as fake

COUNTIES = ("370321", "370322", "370323")


def contents(database: Path) -> dict[str, object]:
    """Rows of every table and view, and every comment."""
    with duckdb.connect(str(database), read_only=True) as book:
        found: dict[str, object] = {}
        names = book.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() UNION ALL "
            "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
        ).fetchall()
        for schema, name in names:
            relation = book.sql(f'FROM "{schema}"."{name}"')
            found[f"{schema}.{name}"] = (relation.columns, sorted(map(repr, relation.fetchall())))
        found["comments"] = book.execute(
            "SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        ).fetchall()
        return found


def rebuilt(snapshot: Snapshot, var: Path, target: Path) -> Path:
    """The file as it is built anew from a snapshot's Parquet."""
    files = [
        PartitionFile(path.parts[-5], path.parts[-4], int(path.parts[-3][5:]), path.parts[-2][7:])
        for path in snapshot.parquet.glob("*/*/*/*/data.parquet")
    ]
    build_database(warehouse(var), target, snapshot.parquet, files)
    return target


@pytest.fixture
def var(tmp_path: Path) -> Path:
    folder = tmp_path / "var"
    fake.build(folder, COUNTIES)
    publish(folder, "r1", [fake.partition(county) for county in COUNTIES])
    return folder


def load(var: Path, run_id: str, county: str, pupils: int) -> Snapshot:
    fake.build(var, [county], pupils=pupils)
    return publish(var, run_id, [fake.partition(county)])


def test_brought_up_to_date_is_as_built_anew(var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:  # nothing may be built from scratch here
        patched.setattr("orchestration.publication.database.build_database", None)
        snapshot = load(var, "r2", COUNTIES[1], 777)
    assert contents(snapshot.duckdb) == contents(rebuilt(snapshot, var, tmp_path / "anew.duckdb"))
    with duckdb.connect(str(snapshot.duckdb), read_only=True) as book:
        query = "SELECT DISTINCT pupils FROM marts.sections WHERE county = '370322' ORDER BY ALL"
        assert (777,) in book.execute(query).fetchall()


def test_what_did_not_change_is_linked(var: Path) -> None:
    before = Path(var / "published" / "r1" / "parquet")
    snapshot = load(var, "r2", COUNTIES[1], 777)
    for path in snapshot.parquet.glob("*/*/*/county=*/data.parquet"):
        same = path.samefile(before / path.relative_to(snapshot.parquet))
        assert same is (path.parent.name != f"county={COUNTIES[1]}"), path


def test_a_file_of_an_older_version_is_built_anew(var: Path) -> None:
    old = var / "published" / "r1" / "junheng.duckdb"
    with duckdb.connect(str(old)) as book:
        for (view,) in book.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
            book.execute(f'DROP VIEW marts."{view}"')
        book.execute("ALTER TABLE marts.schools DROP COLUMN school_name")
        book.execute("DROP TABLE evidence.received")
    snapshot = load(var, "r2", COUNTIES[1], 777)
    with duckdb.connect(str(snapshot.duckdb), read_only=True) as book:
        assert book.execute("SELECT count(*) FROM marts.schools WHERE school_name IS NULL").fetchone() == (0,)
        received = book.execute("SELECT DISTINCT county FROM evidence.received ORDER BY ALL").fetchall()
        assert received == [(county,) for county in COUNTIES]


def test_withdrawing_everything_leaves_the_tables(var: Path) -> None:
    snapshot = withdraw(var, "r2", [(fake.YEAR, county) for county in COUNTIES])
    with duckdb.connect(str(snapshot.duckdb), read_only=True) as book:
        for schema, name in book.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
            assert book.execute(f'SELECT count(*) FROM "{schema}"."{name}"').fetchone() == (0,), name


def test_loads_again_and_again_do_not_swell_the_file(var: Path) -> None:
    first = load(var, "again-0", COUNTIES[0], 1000).duckdb.stat().st_size
    for number in range(1, 15):
        last = load(var, f"again-{number}", COUNTIES[0], 1000 + number).duckdb
    assert last.stat().st_size <= 2 * first
