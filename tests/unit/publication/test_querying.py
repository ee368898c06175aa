"""Any SQL may be asked, and none of it can write, read a file or change a setting."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from orchestration.publication.querying import QueryError, ask
from orchestration.publication.snapshot import publish
from publication import fake_warehouse as fake


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    var = tmp_path_factory.mktemp("query") / "a 'var'"
    fake.build(var)
    return publish(var, "r1", [fake.partition()]).duckdb


def test_rows_are_values_that_json_has_words_for(database: Path) -> None:
    answer = ask(
        database,
        "select 1 as a, 2 as a, 1.5::decimal(5, 2) as d, date '2017-12-31' as day, null as n, 'nan'::double as x, "
        "'\\x01'::blob as b, {'k': [1.5::decimal(3, 1)]} as s, interval 1 day as i, uuid() is not null as u",
    )
    assert answer.fields[:2] == ("a", "a_2") and answer.types[0] == "INTEGER"
    row = answer.rows[0]
    assert (row["d"], row["day"], row["n"], row["x"], row["s"], row["u"]) == (
        1.5,
        "2017-12-31",
        None,
        "nan",
        {"k": [1.5]},
        True,
    )
    json.dumps(answer.rows, allow_nan=False)


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from gap_list",
        "from marts.counties",
        "select * from cells limit 1",
        "describe gap_list",
        "show tables",
        "summarize counties",
        "explain select 1",
        "with x as (select 1) from x;",
        "pivot gap_list on verdict using count(*) group by indicator",
        "create temp table t as from counties; select * from t",
        "from area_verdicts",
    ],
)
def test_reading_is_allowed(database: Path, sql: str) -> None:
    assert ask(database, sql).rows


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing",
        "delete from marts.counties",
        "insert into marts.counties from marts.counties",
        "drop table marts.counties",
        "update marts.counties set county = 'x'",
        "create table marts.x as select 1; select 1",
        "create or replace table main.x as select 1; from x",
        "copy marts.counties to '{folder}/x.csv'",
        "export database '{folder}/x'",
        "attach '{folder}/x.duckdb' as y",
        "attach ':memory:' as y; select 1",
        "set threads = 1",
        "pragma memory_limit = '1GB'",
        "select 1; set enable_external_access = true; select 1",
        "install httpfs",
        "load parquet",
        "select * from read_text('{file}')",
        "select * from read_csv('{file}')",
        "from '{file}'",
        "select * from glob('/*')",
        "select * from duckdb_secrets()",
        "create temp table t as from read_text('{file}'); from t",
        "checkpoint",
        "call pragma_database_size()",
        "select * from no_such_table",
        "select * from database",
        "selekt 1",
        "prepare p as select 1",
        "begin; select 1",
    ],
)
def test_all_else_is_refused_in_chinese_and_leaves_no_trace(database: Path, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\n1\n", encoding="utf-8")
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    beside = sorted(database.parent.iterdir())
    with pytest.raises(QueryError, match=r"[\u4e00-\u9fff]") as error:
        ask(database, sql.format(folder=tmp_path, file=secret))
    assert "\n" not in str(error.value) and "secret\n" not in str(error.value)
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before
    assert sorted(database.parent.iterdir()) == beside and list(tmp_path.iterdir()) == [secret]
