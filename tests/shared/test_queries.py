"""Anybody's SQL on the shared warehouse: it reads what the version has, can write nothing nor reach the catalogue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.publication import reader, statements
from orchestration.publication.lake.connection import attached
from orchestration.publication.lake.place import LakeError, place
from orchestration.publication.pointer import Snapshot
from orchestration.publication.querying import QueryError, ask
from orchestration.publication.sql import identifier
from tests.shared import tables
from tests.shared.conftest import Lake
from tests.shared.test_shared_publishing import COUNTY, OTHER, publish
from tests.unit.publication import fake_warehouse as fake

METADATA = "__ducklake_metadata_junheng"
WRITING = "commit; create table zz(a int); begin"
HOSTILE = (
    "EXPLAIN ANALYZE COPY (SELECT 1 AS a, 2 AS b) TO '{tables}/marts' (FORMAT csv, PARTITION_BY (a), OVERWRITE true)",
    "EXPLAIN (ANALYZE, FORMAT json) COPY (SELECT 1) TO '{tables}/x.csv'",
    "EXPLAIN ANALYZE DELETE FROM gap_list",
    "COPY gap_list TO '{tables}/x.csv'",
    "COPY gap_list TO 'snapshot://0'",
    "COPY gap_list TO 'snapshot://x.csv'",
    "EXPLAIN ANALYZE COPY (SELECT 1 AS a, 2 AS b) TO 'snapshot://' (FORMAT csv, PARTITION_BY (a), OVERWRITE true)",
    "EXPORT DATABASE '{tables}/x'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM glob('{tables}/**')",
    "FROM '{tables}/../secret.csv'",
    "ATTACH '{tables}/x.db'",
    "ATTACH 'ducklake:postgres:{dsn}' AS y",
    "FROM postgres_scan('{dsn}', 'public', 'ducklake_table')",
    "FROM postgres_execute/**/('" + METADATA + "', '" + WRITING + "')",
    "FROM postgres_query/**/('" + METADATA + "', 'SELECT 1')",
    "FROM postgres_query -- c\n ('" + METADATA + "', '" + WRITING + "')",
    'SELECT * FROM "postgres_query"\u3000(\'' + METADATA + "', 'SELECT 1')",
    "FROM ducklake_snapshots/**/('junheng')",
    "FROM ducklake_list_files/**/('junheng', 'gap_list')",
    "CALL ducklake_expire_snapshots('junheng', versions => [1])",
    "FROM duckdb_secrets/**/()",
    "FROM which_secret/**/('x', 'postgres')",
    "FROM " + METADATA + ".public.ducklake_data_file",
    "FROM " + METADATA + ".pg_catalog.pg_authid",
    "FROM meta.partitions",
    "FROM query/**/('FROM ducklake_snapshots(''junheng'')')",
    "FROM query_table/**/(['" + METADATA + ".public.ducklake_table'])",
    "FROM json_execute_serialized_sql/**/(json_serialize_sql('SELECT 1'))",
    "PRAGMA json_execute_serialized_sql('x')",
    "CREATE TEMP MACRO m() AS TABLE FROM postgres_query('" + METADATA + "', 'SELECT 1'); FROM m()",
    "CREATE SECRET s (TYPE postgres); SELECT 1",
    "CREATE TABLE marts.x AS SELECT 1; SELECT 1",
    "DROP TABLE gap_list",
    "LOAD ducklake",
    "SET GLOBAL enable_external_access = true",
)


@pytest.fixture
def state(lake: Lake, tmp_path: Path) -> Snapshot:
    return publish(tmp_path, "r1", COUNTY, OTHER)


def catalogue(lake: Lake) -> str:
    """What stands in the catalogue's database, and its newest version."""
    return lake.server.sql(
        lake.database,
        "SELECT relname FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace ORDER BY 1",
        "SELECT max(snapshot_id), count(*) FROM ducklake_snapshot",
    )


@pytest.mark.parametrize("let", [False, True], ids=["as it is", "had the words been let through"])
def test_hostile_questions_write_nothing_and_reach_nothing(
    lake: Lake, state: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, let: bool
) -> None:
    """The connection alone stops what the words would: then nothing hangs on telling one statement from another."""
    (lake.data / "secret.csv").write_text("a\n1\n")
    if let:
        everything = frozenset(name for _, name in tables_of(state))

        def trusting(sql: str) -> statements.Question:
            *before, last = sql.split("; ") if sql.startswith("CREATE") else [sql]
            return statements.Question(tuple(before), last, everything)

        monkeypatch.setattr("orchestration.publication.querying.understood", trusting)
    where, dsn = lake.data / "tables", lake.server.dsn(lake.database, "junheng_writer")
    before, known = tables.files(lake.data), catalogue(lake)
    for sql in HOSTILE:
        asked = sql.replace("{tables}", str(where)).replace("{dsn}", dsn)
        try:
            said = ask(state, asked).rows
        except (QueryError, LakeError) as error:
            assert lake.server.password not in str(error) and "Traceback" not in str(error), asked
        else:
            assert let and not any("junheng_writer" in str(row) or "ducklake-" in str(row) for row in said), asked
        assert tables.files(lake.data) == before, asked
    assert catalogue(lake) == known


CHANGES = {
    "nothing": (),
    "rows deleted": ("DELETE FROM marts.gap_list WHERE indicator = 'B3'",),
    "a wider type": ("ALTER TABLE marts.sections ALTER COLUMN indicators_met SET DATA TYPE BIGINT",),
    "a column with a default": ("ALTER TABLE marts.schools ADD COLUMN telephone VARCHAR DEFAULT '0533'",),
    "another name": ("ALTER TABLE marts.schools RENAME COLUMN town TO place",),
    "the same name again": (
        "ALTER TABLE marts.schools DROP COLUMN town",
        "ALTER TABLE marts.schools ADD COLUMN town VARCHAR",
    ),
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_every_table_and_view_is_the_versions_own(
    lake: Lake, state: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: tuple[str, ...]
) -> None:
    """Also of files of which rows were deleted, and of files written when the table was another."""
    with monkeypatch.context() as newer:
        newer.setattr(fake, "DDL", fake.DDL + "ALTER TABLE marts.counties ADD COLUMN telephone VARCHAR DEFAULT '0533';")
        publish(tmp_path, "r2", OTHER)
    where = place()
    assert where is not None
    with attached(where, write=True) as connection:
        for statement in changes:
            connection.execute(statement)
        version = connection.execute("FROM ducklake_current_snapshot('junheng')").fetchone()
    assert version is not None
    seen = 0
    for asked in (state, replace(state, lake=int(version[0]))):
        for schema, name in tables_of(asked):
            table = f"{schema}.{identifier(name)}"
            with reader.opened(asked) as connection:
                rows = reader.rows_of(connection, f"FROM {table} ORDER BY ALL")
                kinds = connection.execute(f"DESCRIBE {table}").fetchall()
            answer = ask(asked, f"FROM {table} ORDER BY ALL")
            seen += len(rows)
            assert answer.rows == rows, table
            assert list(zip(answer.fields, answer.types, strict=True)) == [row[:2] for row in kinds]
    assert seen > 100


@pytest.mark.parametrize(
    "name",
    [
        "gap_list",
        '"GAP_LIST"',
        "marts.gap_list",
        "junheng.marts.gap_list",
        "'gap_list'",
        "e'gap\\x5flist'",
        "$$gap_list$$",
    ],
)
def test_a_table_is_found_however_it_is_named(state: Snapshot, name: str) -> None:
    assert ask(state, f"SELECT count(*) > 1 AS some FROM {name} LIMIT 1").rows == [{"some": True}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM gap_list WHERE note NOT LIKE '%query (%' OR note IS NULL",
        "SELECT subject_name FROM gap_list -- postgres_query(",
        "SELECT *　FROM\u00a0counties",
        "SHOW TABLES",
        "DESCRIBE gap_list",
        "SUMMARIZE counties",
        "EXPLAIN ANALYZE FROM gap_list",
        "PIVOT gap_list ON verdict USING count(*) GROUP BY indicator",
        "CREATE TEMP TABLE t AS FROM counties; CREATE TEMP VIEW v AS FROM t; FROM v JOIN counties USING (county)",
        "SELECT comment FROM duckdb_columns() WHERE column_name = 'shortfall' AND comment IS NOT NULL",
        "SELECT * FROM information_schema.tables WHERE table_name = 'area_verdicts'",
        "FROM area_gap_counts",
    ],
)
def test_what_is_allowed_is_answered(state: Snapshot, sql: str) -> None:
    assert ask(state, sql).rows


def test_neither_extension_nor_catalogue_is_in_the_connection(state: Snapshot) -> None:
    known = "SELECT count(*) AS n FROM duckdb_functions() WHERE function_name SIMILAR TO '(postgres|ducklake).*'"
    assert ask(state, known).rows == [{"n": 0}]
    names = {row["database_name"] for row in ask(state, "SELECT database_name FROM duckdb_databases()").rows}
    assert names == {"junheng", "memory", "system", "temp"}


def test_a_data_file_that_is_away_is_said_in_words(lake: Lake, state: Snapshot) -> None:
    for path in (lake.data / "tables" / "marts" / "counties").rglob("*.parquet"):
        path.unlink()
    with pytest.raises(LakeError, match="数据文件不在了") as error:
        ask(state, "FROM counties")
    assert "\n" not in str(error.value)


def tables_of(state: Snapshot) -> list[tuple[str, str]]:
    """Schema and name of all that may be asked for."""
    with reader.opened(state) as connection:
        return [
            (str(schema), str(name))
            for schema, name in connection.execute(
                "SELECT DISTINCT schema_name, table_name FROM duckdb_columns() "
                "WHERE database_name = 'junheng' AND schema_name IN ('marts', 'evidence')"
            ).fetchall()
        ]
