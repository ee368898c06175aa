"""Any SQL may be asked, and none of it can write, read a file or change a setting."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pytest

from orchestration.publication.querying import QueryError, ask
from orchestration.publication.snapshot import publish
from orchestration.publication.statements import REFUSED_FUNCTIONS
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
        "explain analyze from counties",
        "explain (analyze, format json) from counties",
        "explain (from counties)",
        "select 1 from gap_list where note like '%query (%' or true",
        "select county -- write_log(\n from counties",
        "select\u3000county\u00a0from\u3000counties",
        "create or replace temporary view v as from counties; create temp macro m(a) as a + 1; select m(1), * from v",
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
        "explain analyze copy (select 1 a, 2 b) to '{folder}/x' (format csv, partition_by (a))",
        "explain (analyze, format json) copy (select 1) to '{folder}/x.csv'",
        "explain analyze create temp table t as select 1",
        "explain pragma table_info('counties')",
        "pragma table_info('counties')",
        "pragma json_execute_serialized_sql('x')",
        "from query/**/('select 1')",
        "from \"query_table\" -- c\n ('counties')",
        "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
        "create secret (type s3); select 1",
        # They would take the process along, or the answer's own output.
        "create temp table t as from enable_logging(storage='file', storage_path='{folder}/x'); "
        "create temp table u as select write_log('x'); select 1",
        "select\u3000*\u00a0from\u3000enable_logging\u00a0(storage='stdout')",
        "select 'x'.write_log()",
        "from enable_profiling(format='json', save_location='{folder}/x')",
        "from arrow_scan(0::ubigint::pointer, 0, 0)",
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


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("interval 1 month", "1 month"),
        ("interval '1 year 2 days 3 hours'", "1 year 2 days 03:00:00"),
        ("[interval 1 month, null]", ["1 month", None]),
        ("{'a b': interval 1 month, 'n': 1}", {"a b": "1 month", "n": 1}),
        ("map{'k': interval 1 month}", {"k": "1 month"}),
        ("'infinity'::timestamp", "infinity"),
        ("'-infinity'::timestamptz", "-infinity"),
        ("'infinity'::date", "infinity"),
        ("['-infinity'::date]", ["-infinity"]),
        ("date '9999-12-31'", "9999-12-31"),
        ("'9999-12-31 23:59:59.999999'::timestamp", "9999-12-31T23:59:59.999999"),
        ("timestamp '2017-09-01 08:00:00'", "2017-09-01T08:00:00"),
    ],
)
def test_values_are_what_duckdb_says_they_are(database: Path, value: str, says: object) -> None:
    sql = f"select 1 as one, {value} as it, 2 as one union all select 3, null, 4 order by all -- the end"
    assert [row["it"] for row in ask(database, sql).rows] == [says, None]


def test_an_answer_of_any_kind_is_spelled(database: Path) -> None:
    sql = "pivot (select 'a' as n, interval 1 month as v) on n using max(v)"
    assert ask(database, sql).rows == [{"a": "1 month"}]
    sql = "create temp table t as select interval 1 month as i; from t; "
    assert ask(database, sql).rows == [{"i": "1 month"}]
    assert ask(database, "from test_all_types()").rows
    dice = "select interval 1 month as i from range(1000) where random() < 0.5"
    assert {row["i"] for row in ask(database, dice).rows} == {"1 month"}


# Functions that stand before FROM and read nothing but what is in memory, or are stopped where they open a file.
HARMLESS = {
    *("duckdb_approx_database_count", "duckdb_columns", "duckdb_connection_count", "duckdb_constraints"),
    *("duckdb_coordinate_systems", "duckdb_databases", "duckdb_dependencies", "duckdb_extensions"),
    *("duckdb_external_file_cache", "duckdb_functions", "duckdb_indexes", "duckdb_keywords", "duckdb_log_contexts"),
    *("duckdb_logs", "duckdb_memory", "duckdb_optimizers", "duckdb_prepared_statements", "duckdb_schemas"),
    *("duckdb_secret_types", "duckdb_secrets", "duckdb_sequences", "duckdb_settings", "duckdb_table_sample"),
    *("duckdb_tables", "duckdb_temporary_files", "duckdb_types", "duckdb_variables", "duckdb_views"),
    *("generate_series", "icu_calendar_names", "json_each", "json_tree", "pg_timezone_names", "range", "repeat"),
    *("repeat_row", "summary", "test_all_types", "test_vector_types", "unnest", "which_secret"),
    *("pragma_collations", "pragma_database_size", "pragma_metadata_info", "pragma_platform", "pragma_show"),
    *("pragma_storage_info", "pragma_table_info", "pragma_user_agent", "pragma_version"),
    *("glob", "parquet_bloom_probe", "parquet_file_metadata", "parquet_full_metadata", "parquet_kv_metadata"),
    *("parquet_metadata", "parquet_scan", "parquet_schema", "read_blob", "read_csv", "read_csv_auto", "read_duckdb"),
    *("read_json", "read_json_auto", "read_json_objects", "read_json_objects_auto", "read_ndjson", "sniff_csv"),
    *("read_ndjson_auto", "read_ndjson_objects", "read_parquet", "read_text"),
}


def test_every_function_of_this_duckdb_that_gives_a_table_has_been_looked_at() -> None:
    """A new one may do what no setting forbids: read what it does, then name it here or among the refused."""
    with duckdb.connect() as connection:
        known = connection.execute(
            "SELECT function_name FROM duckdb_functions() WHERE function_type = 'table'"
        ).fetchall()
    assert {str(name) for (name,) in known} - HARMLESS <= REFUSED_FUNCTIONS


@pytest.mark.parametrize(("sql", "says"), [("select ?", "请写明值"), ("select error('差额')", "差额")])
def test_only_who_writes_is_told_that_nothing_can_be_written(database: Path, sql: str, says: str) -> None:
    with pytest.raises(QueryError) as error:
        ask(database, sql)
    assert says in str(error.value) and "只能查询" not in str(error.value)
