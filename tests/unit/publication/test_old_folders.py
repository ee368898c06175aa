"""A working folder of an earlier version is read, loaded into, gone back in; one of a later version is refused.

``tests/fixtures/var_layout_1.zip`` is a folder as the program left it before folders had a layout number: two runs of
the made-up county of fake_warehouse.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration import upkeep
from orchestration.publication.database import ExportError
from orchestration.publication.fitting import Fitting
from orchestration.publication.pointer import LAYOUT, PointerError, read_current
from orchestration.publication.reader import fault_rows, gap_rows, metric_rows, open_partition, status_rows
from orchestration.publication.snapshot import publish, sweep, sync_reports
from publication import fake_warehouse as fake
from publication.tools import all_rows, papers, pupils_of

FIXTURE = Path(__file__).parents[2] / "fixtures" / "var_layout_1.zip"
A, B = fake.COUNTY, fake.OTHER
FIRST, SECOND = "20171221T080000-first", "20171222T080000-second"


@pytest.fixture
def var(tmp_path: Path) -> Path:
    with zipfile.ZipFile(FIXTURE) as archive:
        archive.extractall(tmp_path / "var")
    return tmp_path / "var"


def test_it_is_read_as_it_is(var: Path) -> None:
    current = read_current(var)
    assert current is not None and (current.run_id, current.contract) == (SECOND, None)
    with open_partition(var, 2017, A) as published:
        assert gap_rows(published.connection, 2017, A) and metric_rows(published.connection, 2017, A)
        assert fault_rows(published.connection, 2017, A)
    assert [row["county"] for row in status_rows(var)] == [A, B]
    assert sweep(var) == []
    assert sync_reports(var) == []


def test_a_load_brings_it_up_and_changes_no_row_of_the_others(var: Path) -> None:
    before = all_rows(read_current(var).duckdb)  # pyright: ignore[reportOptionalMemberAccess]
    fake.build(var, [A], pupils=700)
    loaded = publish(var, "r3", [fake.partition(A)], reports=papers(var, {A: "three"}))
    after = all_rows(loaded.duckdb)
    for name, rows in before.items():
        assert [row for row in after[name] if B in row] == [row for row in rows if B in row], name
    pointer = json.loads((var / "published" / "current.json").read_bytes())
    assert (pointer["layout"], pointer["contract"]) == (LAYOUT, loaded.contract) and loaded.contract
    assert len(after["marts.area_verdicts"]) == 2
    package = json.loads((loaded.parquet / "datapackage.json").read_bytes())
    paths = [path for resource in package["resources"] for path in resource["path"]]
    assert all((loaded.parquet / path).is_file() for path in paths)
    with duckdb.connect(str(loaded.duckdb), read_only=True) as connection:
        bare = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE comment IS NULL").fetchone()
    assert bare == (0,)


def test_everything_that_keeps_a_folder_in_order_works_on_it(var: Path, tmp_path: Path) -> None:
    upkeep.roll_back(var, None)
    assert pupils_of(read_current(var).duckdb) == {A: 1120, B: 1120}  # pyright: ignore[reportOptionalMemberAccess]
    assert (var / "reports" / "2017" / A / "gap_list.xlsx").read_text(encoding="utf-8") == "one"
    upkeep.roll_back(var, SECOND)
    upkeep.back_up(var, tmp_path / "backup.zip")
    assert upkeep.restore(tmp_path / "backup.zip", tmp_path / "new").run_id == SECOND
    upkeep.withdraw(var, [(2017, A)])
    assert pupils_of(read_current(var).duckdb) == {B: 1120}  # pyright: ignore[reportOptionalMemberAccess]
    assert upkeep.prune(var, 1).removed
    assert [row["county"] for row in status_rows(var)] == [B]


def test_a_folder_of_a_later_version_is_refused_not_misread(var: Path) -> None:
    pointer = var / "published" / "current.json"
    content = json.loads(pointer.read_bytes())
    pointer.write_text(json.dumps(content | {"layout": LAYOUT + 1, "partitions": [{"new": 1}]}), encoding="utf-8")
    with pytest.raises(PointerError, match="更新的版本"):
        read_current(var)
    with pytest.raises(PointerError):
        upkeep.prune(var, 1)
    assert (var / "published" / FIRST).is_dir()


def schemas_of(parquet: Path) -> dict[str, set[tuple[tuple[str, str], ...]]]:
    """Table → every schema that any of its files has."""
    found: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    for path in parquet.rglob("*.parquet"):
        table = ".".join(path.relative_to(parquet).parts[:2])
        columns = duckdb.sql(f"DESCRIBE FROM read_parquet('{path}', hive_partitioning = false)").fetchall()
        found.setdefault(table, set()).add(tuple((str(row[0]), str(row[1])) for row in columns))
    return found


def declared_in(parquet: Path) -> dict[str, set[tuple[tuple[str, str], ...]]]:
    """Table → its one schema, as the data package has it."""
    package = json.loads((parquet / "datapackage.json").read_bytes())
    return {
        resource["name"]: {tuple((field["name"], field["duckdbType"]) for field in resource["schema"]["fields"])}
        for resource in package["resources"]
    }


# A column more at the front and at the end, other widths of numbers: what an upgrade brings.
NEWER = fake.DDL.replace("school_name VARCHAR,\n    type_code", "school_name VARCHAR, reported BOOLEAN,\n    type_code")
NEWER = NEWER.replace(
    "sections_judged BIGINT, sections_short BIGINT", "sections_judged INTEGER, sections_short INTEGER"
)
NEWER = NEWER.replace("built_year INTEGER", "built_year BIGINT") + "ALTER TABLE marts.counties ADD COLUMN extra DOUBLE;"


def test_after_an_upgrade_every_file_has_the_columns_that_are_declared(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = read_current(var)
    assert old is not None
    monkeypatch.setattr(fake, "DDL", NEWER)
    fake.build(var, [A], pupils=700)
    loaded = publish(var, "r3", [fake.partition(A)], reports=papers(var, {A: "three"}))
    assert schemas_of(loaded.parquet) == declared_in(loaded.parquet)
    types = dict(next(iter(schemas_of(loaded.parquet)["marts.verdicts"])))
    assert (types["sections_judged"], dict(next(iter(schemas_of(loaded.parquet)["marts.schools"])))["reported"]) == (
        "INTEGER", "BOOLEAN",
    )  # fmt: skip
    for table in ("verdicts", "schools", "counties", "gap_list"):
        read = pl.read_parquet(f"{loaded.parquet}/marts/{table}/**/*.parquet", hive_partitioning=False)
        assert set(read["county"]) == {A, B}
        with duckdb.connect(str(loaded.duckdb), read_only=True) as book:
            assert read.height == len(book.sql(f"FROM marts.{table}").fetchall())
    # What fitted has the file it had; what was written anew holds the same rows.
    for path in loaded.parquet.rglob(f"*/county={B}/data.parquet"):
        before = old.parquet / path.relative_to(loaded.parquet)
        changed = path.relative_to(loaded.parquet).parts[1] in ("verdicts", "schools", "counties")
        assert path.samefile(before) is not changed, path
    was = duckdb.sql(f"SELECT * FROM '{old.parquet}/marts/schools/year=2017/county={B}/data.parquet'").fetchall()
    now = duckdb.sql(
        f"SELECT * EXCLUDE reported FROM '{loaded.parquet}/marts/schools/year=2017/county={B}/data.parquet'"
    ).fetchall()
    assert now == was


def test_what_was_brought_up_once_is_linked_unopened_by_the_next_load(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "DDL", NEWER)
    fake.build(var, [A], pupils=700)
    third = publish(var, "r3", [fake.partition(A)], reports=papers(var, {A: "three"}))
    opened: list[Path] = []
    columns = Fitting._columns
    monkeypatch.setattr(Fitting, "_columns", lambda self, path: opened.append(path) or columns(self, path))
    fake.build(var, [A], pupils=701)
    fourth = publish(var, "r4", [fake.partition(A)], reports=papers(var, {A: "four"}))
    assert opened and not [path for path in opened if f"county={B}" in str(path)]
    for path in fourth.parquet.rglob(f"*/county={B}/data.parquet"):
        assert path.samefile(third.parquet / path.relative_to(fourth.parquet)), path
    assert schemas_of(fourth.parquet) == declared_in(fourth.parquet)


def test_a_withdrawal_after_an_upgrade_leaves_one_schema_too(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot of a version that linked older files as they were: its database has all columns, not every file."""
    monkeypatch.setattr(fake, "DDL", NEWER)
    with monkeypatch.context() as faulty:
        faulty.setattr(Fitting, "fits", lambda *_: True)
        fake.build(var, ["370323"], pupils=700)
        mixed = publish(var, "r3", [fake.partition("370323")], reports=papers(var, {"370323": "three"}))
    assert schemas_of(mixed.parquet) != declared_in(mixed.parquet)
    package = mixed.parquet / "datapackage.json"
    package.write_text(package.read_text(encoding="utf-8").replace("duckdbType", "other"), encoding="utf-8")
    upkeep.withdraw(var, [(2017, A)])
    left = read_current(var)
    assert left is not None and schemas_of(left.parquet) == declared_in(left.parquet)


def test_columns_of_a_newer_version_stay(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(fake, "DDL", fake.DDL + "ALTER TABLE marts.schools ADD COLUMN telephone VARCHAR DEFAULT '0533';")
        fake.build(var, [A, B], pupils=700)
        publish(var, "r3", [fake.partition(A), fake.partition(B)])
    fake.build(var, [A], pupils=701)
    loaded = publish(var, "r4", [fake.partition(A)])
    assert schemas_of(loaded.parquet) == declared_in(loaded.parquet)
    with duckdb.connect(str(loaded.duckdb), read_only=True) as book:
        rows = book.sql("SELECT DISTINCT county, telephone FROM marts.schools ORDER BY ALL").fetchall()
    assert rows == [(A, None), (B, "0533")]


def test_a_value_that_no_longer_fits_is_said_and_nothing_is_published(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        fake, "DDL", fake.DDL.replace("school_name VARCHAR,\n    level", "school_name INTEGER,\n    level")
    )
    monkeypatch.setattr(fake, "insert", lambda *_: None)
    before = read_current(var)
    with monkeypatch.context() as empty, pytest.raises(ExportError, match=r"2017 370322 由旧版本发布.*重新载入"):
        empty.setattr("orchestration.publication.export.REQUIRED_TABLES", frozenset[tuple[str, str]]())
        fake.build(var, [A])
        with duckdb.connect(str(var / "warehouse.duckdb")) as book:
            for table in ("counties", "verdicts"):
                book.execute(f"INSERT INTO marts.{table} BY NAME SELECT 2017 AS year, '{A}' AS county")
        publish(var, "r3", [fake.partition(A)])
    assert read_current(var) == before
