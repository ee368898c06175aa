"""The published data as a product: declared, commented, described, keyed; areas add up; incremental = full rebuild."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from orchestration.publication import contract, declared
from orchestration.publication.reports import SLIPS
from tests.e2e.test_loads import small_county
from tests.e2e.tools import current, load, read, run
from tests.returns_tools import edit

YEAR = "2018"


@pytest.fixture(scope="module")
def book(huantai: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(current(huantai)["duckdb"], read_only=True) as connection:
        yield connection


def columns(book: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, tuple[str, str | None]]]:
    found: dict[tuple[str, str], dict[str, tuple[str, str | None]]] = defaultdict(dict)
    for schema, table, name, kind, comment in book.execute(
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() "
        "where schema_name in ('marts', 'evidence') order by column_index"
    ).fetchall():
        found[schema, table][name] = (kind, comment)
    return found


def test_what_is_published_is_what_is_declared_and_says_what_it_is(book: duckdb.DuckDBPyConnection) -> None:
    there = columns(book)
    assert set(there) == set(declared.tables())
    for key, table in declared.tables().items():
        kinds = {column.name: column.type.upper() for column in table.columns}
        assert {name: kind for name, (kind, _) in there[key].items()} == kinds, key
        for name, (_, comment) in there[key].items():
            assert comment and re.search(r"[\u4e00-\u9fff]", comment), (key, name)
    said = book.execute(
        "select comment from duckdb_tables() union all select comment from duckdb_views() where not internal"
    ).fetchall()
    assert len(said) == len(there) and all(comment for (comment,) in said)


def test_keys_and_references_hold(book: duckdb.DuckDBPyConnection) -> None:
    by_name = {name: table for (_, name), table in declared.tables().items()}
    for (schema, name), table in declared.tables().items():
        if table.key:
            key = ", ".join(table.key)
            twice = book.execute(f"select {key} from {schema}.{name} group by all having count(*) > 1").fetchall()
            assert twice == [], name
            empty = " or ".join(f"{column} is null" for column in table.key if column not in table.nullable)
            assert book.execute(f"select count(*) from {schema}.{name} where {empty}").fetchone() == (0,), name
        for reference in table.references:
            target = by_name[reference.table]
            lost = book.execute(
                f"select count(*) from {schema}.{name} anti join {target.schema}.{target.name} "
                f"using ({', '.join(reference.columns)})"
            ).fetchone()
            assert lost == (0,), f"{name} → {reference.table}"
        for column in table.columns:
            if column.values:
                given = {
                    value for (value,) in book.execute(f"select distinct {column.name} from {schema}.{name}").fetchall()
                }
                assert given - {None} <= set(column.values), (name, column.name)
            if column.pattern:
                odd = f"not regexp_full_match({column.name}, '{column.pattern}')"
                count = book.execute(f"select count(*) from {schema}.{name} where {odd}").fetchone()
                assert count == (0,), (name, column.name)


def test_the_data_package_describes_every_file(huantai: Path, book: duckdb.DuckDBPyConnection) -> None:
    folder = Path(current(huantai)["parquet"])
    package = json.loads((folder / "datapackage.json").read_bytes())
    assert package["profile"] == "tabular-data-package" and package["version"] == contract.version()
    assert current(huantai)["contract"] == contract.version()
    assert re.fullmatch(r"[a-z0-9._-]+", package["name"])
    listed = [path for resource in package["resources"] for path in resource["path"]]
    assert sorted(listed) == sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet"))
    names = {resource["name"] for resource in package["resources"]}
    for resource in package["resources"]:
        files = [str(folder / path) for path in resource["path"]]
        held = duckdb.read_parquet(files, hive_partitioning=False)
        fields: list[dict[str, Any]] = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == held.columns, resource["name"]
        assert all(field["title"] and field["description"] for field in fields)
        assert {field["type"] for field in fields} <= {"string", "integer", "number", "boolean", "date", "array"}
        for reference in resource["schema"].get("foreignKeys", []):
            assert reference["reference"]["resource"] in names
        assert set(resource["schema"].get("primaryKey", [])) <= set(held.columns)
    gaps = next(resource for resource in package["resources"] if resource["name"] == "marts.gap_list")
    fields = {field["name"]: field for field in gaps["schema"]["fields"]}
    assert fields["deadline"]["type"] == "date" and fields["responsible_units"]["type"] == "array"
    assert fields["verdict"]["constraints"]["enum"] == ["not_met", "missing"]


def areas_by_hand(book: duckdb.DuckDBPyConnection) -> tuple[dict[str, Counter[str]], dict[tuple[Any, ...], list[Any]]]:
    """Verdicts and gaps of each area, added up row by row."""
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in book.sql("select * from marts.counties").pl().iter_rows(named=True):
        for area in (row["county"][:4], row["county"][:2]):
            verdicts[area]["counties"] += 1
            verdicts[area][f"counties_{row['county_verdict']}"] += 1
            for name in row:
                if name.startswith(("schools_", "sections_")) or name in ("gaps", "missing"):
                    verdicts[area][name] += row[name]
    gaps: dict[tuple[Any, ...], list[Any]] = {}
    for row in book.sql("select * from marts.gap_list").pl().iter_rows(named=True):
        for area in (row["county"][:4], row["county"][:2]):
            key = (area, row["indicator"], row["test"], row["level"], row["shortfall_unit"])
            sums = gaps.setdefault(key, [0, 0, set(), set(), None])
            sums[0] += row["verdict"] == "not_met"
            sums[1] += row["verdict"] == "missing"
            sums[2].add((row["county"], row["subject_id"]))
            sums[3].add(row["county"])
            if row["shortfall"] is not None and row["shortfall_unit"] not in ("差异系数", "差异率"):
                sums[4] = (sums[4] or Decimal(0)) + Decimal(str(row["shortfall"]))
    return verdicts, gaps


def check_areas(database: str) -> set[str]:
    """Both views against sums by hand; returns the areas."""
    with duckdb.connect(database, read_only=True) as book:
        verdicts, gaps = areas_by_hand(book)
        shown = book.sql("select * exclude (year, area_level, provisional) from marts.area_verdicts").pl()
        for row in shown.iter_rows(named=True):
            assert {name: row[name] for name in row if name != "area"} == {
                name: verdicts[row["area"]][name] for name in row if name != "area"
            }
        rows = book.sql(
            "select area, indicator, test, level, shortfall_unit, gaps, missing, subjects, counties, shortfall "
            "from marts.area_gap_counts"
        ).fetchall()
        assert {row[:5]: list(row[5:]) for row in rows} == {
            key: [sums[0], sums[1], len(sums[2]), len(sums[3]), sums[4]] for key, sums in gaps.items()
        }
        return set(shown["area"])


def test_areas_of_one_county(huantai: Path) -> None:
    assert check_areas(current(huantai)["duckdb"]) == {"3703", "37"}


def published(var: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every published row but those that tell of the way here (what changed, when a file first came)."""
    with duckdb.connect(current(var)["duckdb"], read_only=True) as book:
        return {
            f"{schema}.{name}": book.sql(
                f"select * {'exclude (received_at, revision)' if name == 'received' else ''} "
                f"from {schema}.{name} order by all"
            ).fetchall()
            for schema, name in declared.tables()
            if name != "changes"
        }


def test_loads_refusals_and_withdrawals_end_where_one_load_does(tmp_path: Path) -> None:
    """Two counties; one of them again with a changed return; the other's folder emptied: refused, and it stays; then
    it is withdrawn. What is left equals one load of the rest into an empty folder, row for row."""
    raw, var = tmp_path / "raw", tmp_path / "var"
    small_county(raw, "370322", 3)
    kept = small_county(raw, "370403", 4)
    outcome = load(var, raw, YEAR, "370322", "370403")
    assert outcome.returncode == 0, outcome.stderr
    assert check_areas(current(var)["duckdb"]) == {"3703", "3704", "37"}

    school = next(path for path in sorted((kept / "schools").glob("*.xlsx")) if "小学" in path.name)
    area = openpyxl.load_workbook(school)["基础基522"]["F9"].value
    edit(kept, f"schools/{school.name}", "基础基522", {"F9": round(float(str(area)) * 0.9, 2)})
    before = {partition["county"]: partition["fingerprint"] for partition in current(var)["partitions"]}
    shutil.rmtree(raw / YEAR / "370322")
    (raw / YEAR / "370322").mkdir()
    outcome = load(var, raw, YEAR, "370322", "370403")
    assert outcome.returncode == 2, outcome.stderr
    assert len(read("verdicts", var, 2018, "370322")["rows"]) == 33, "what was published stays"
    after = {partition["county"]: partition["fingerprint"] for partition in current(var)["partitions"]}
    assert after["370322"] == before["370322"] and after["370403"] != before["370403"]

    outcome = run("withdraw", YEAR, "370322", "--var", str(var))
    assert outcome.returncode == 0, outcome.stderr
    # Of its papers only the slips of the newer, refused return stay.
    assert [path.name for path in (var / "reports" / YEAR / "370322").iterdir()] == [SLIPS]
    assert (var / "reports" / YEAR / "370403" / "gap_list.xlsx").exists()
    whole = tmp_path / "whole"
    assert load(whole, raw, YEAR, "370403").returncode == 0
    assert published(var) == published(whole)
    assert [one["fingerprint"] for one in current(var)["partitions"]] == [after["370403"]]
    assert [one["fingerprint"] for one in current(whole)["partitions"]] == [after["370403"]]
