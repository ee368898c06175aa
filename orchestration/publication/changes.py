"""What a load changed in a partition: every file, every value, every verdict that is not as it was published before.

Made from two snapshots' evidence and marts, written into the new one (table ``evidence.changes``), so that the
report belongs to the run. A value is followed by whose figure it is, not by its cell: the same figure in another
edition, file or row is no change. Nothing is listed where nothing was published before.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication.export import PartitionFile
from orchestration.publication.pointer import PublishedPartition
from orchestration.publication.reader import Row, plain, rows_of
from orchestration.publication.sql import literal, partition_is

if TYPE_CHECKING:
    import duckdb

CHANGE_FIELDS = (
    *("kind", "change", "scope", "subject_type", "subject_id", "subject_name", "level", "indicator", "item", "test"),
    *("label", "old", "new", "file", "sheet", "cell", "old_file", "old_sheet", "old_cell", "record", "field"),
    *("revision", "position"),
)
# What of them fits on a printed page.
CHANGE_PAPER = (
    *("kind", "change", "subject_name", "subject_id", "level", "indicator", "item", "label", "old", "new"),
    *("file", "sheet", "cell"),
)
COMPARED = (
    *(("evidence", table) for table in ("cells", "received", "verdict_rows", "standards")),
    *(("marts", table) for table in ("verdicts", "counties", "schools", "sections")),
)

# Rooms have no number of their own: a room is its school, kind and name, the second of a name the second time.
_KEYED = """
    create or replace temp view {side}_keyed as
    with rooms as (
        select
            record_id,
            concat_ws(
                '|',
                any_value(value_text) filter (field = 'school_code'),
                any_value(value_text) filter (field = 'kind'),
                any_value(value_text) filter (field = 'room_name')
            ) as room,
            any_value(value_text) filter (field = 'school_code') as school_code
        from {side}_cells where record = 'room' group by record_id
    )
    select
        cells.*,
        coalesce(rooms.room, cells.record_id) as entity,
        case
            when cells.record = 'room' then rooms.school_code
            when regexp_full_match(cells.record_id, '[0-9]{{10}}') then cells.record_id
        end as school_code,
        row_number() over (
            partition by cells.record, entity, cells.level, cells.field
            order by try_cast(rooms.record_id as integer), cells.sheet, length(cells.cell), cells.cell
        ) as ordinal
    from {side}_cells as cells left join rooms on cells.record = 'room' and cells.record_id = rooms.record_id
"""
# One cell read for two fields is one change.
_VALUES = """
    select
        'value' as kind,
        case when old.record is null then 'added' when new.record is null then 'removed' else 'changed' end as change,
        coalesce(new.record, old.record) as record,
        coalesce(new.school_code, old.school_code) as school_code,
        coalesce(new.level, old.level) as level,
        coalesce(new.field, old.field) as field,
        coalesce(new.label, old.label) as label,
        case when coalesce(new.record, old.record) in ('county_return', 'task')
            then split_part(coalesce(new.record_id, old.record_id), '|', 1) end as indicator,
        case when coalesce(new.record, old.record) = 'county_return'
            then split_part(coalesce(new.record_id, old.record_id), '|', 2) end as item,
        old.value as old_value, old.value_text as old_text, new.value as new_value, new.value_text as new_text,
        new.file as file, new.sheet as sheet, new.cell as cell,
        old.file as old_file, old.sheet as old_sheet, old.cell as old_cell
    from old_keyed as old
    full join new_keyed as new
        on old.record = new.record and old.entity = new.entity and old.level is not distinct from new.level
        and old.field = new.field and old.ordinal = new.ordinal
    where (old.record is null or new.record is null
        or old.value is distinct from new.value or old.value_text is distinct from new.value_text)
        and coalesce(old.value_text, new.value_text, cast(old.value as varchar), cast(new.value as varchar)) is not null
"""
_CELLS = f"""
    select
        kind, change, null as scope,
        case when school_code is null then 'county' else 'school' end as subject_type,
        coalesce(school_code, {{county}}) as subject_id,
        case when count(distinct level) = 1 then any_value(level) end as level,
        indicator, item, null as test,
        string_agg(distinct label, '、' order by label) as label,
        old_value, old_text, new_value, new_text, file, sheet, cell, old_file, old_sheet, old_cell,
        min(record) as record, min(field) as field, null as revision
    from ({_VALUES})
    group by kind, change, school_code, indicator, item, old_value, old_text, new_value, new_text, file, sheet, cell,
        old_file, old_sheet, old_cell
"""  # noqa: S608
_FILES = """
    select
        'file' as kind,
        case when old.file is null then 'added' when new.file is null then 'removed' else 'changed' end as change,
        null as scope,
        case when coalesce(new.school_code, old.school_code) is null then 'county' else 'school' end as subject_type,
        coalesce(new.school_code, old.school_code, {county}) as subject_id,
        null as level, null as indicator, null as item, null as test,
        coalesce(new.file, old.file) as label,
        null as old_value, old.sha256 as old_text, null as new_value, new.sha256 as new_text,
        new.file as file, null as sheet, null as cell, old.file as old_file, null as old_sheet, null as old_cell,
        'received' as record, 'sha256' as field, new.revision as revision
    from old_received as old
    full join new_received as new
        on coalesce(old.school_code, old.file) = coalesce(new.school_code, new.file)
    where old.sha256 is distinct from new.sha256
"""
# Each published conclusion, from the whole county down to the single test.
_SIDE_VERDICTS = """
    create or replace temp view {side}_conclusions as
    select 'county' as scope, 'county' as subject_type, {county} as subject_id, null as level, null as indicator,
        null as item, null as test, '全县结论' as label, county_verdict as verdict
    from {side}_counties
    union all
    select 'indicator', 'county', {county}, null, indicator, null, null, title, verdict from {side}_verdicts
    union all
    select 'school', 'school', school_code, null, null, null, null, '学校综合', verdict from {side}_schools
    where verdict is not null
    union all
    select 'section', 'section', school_code, level, null, null, null, '学段综合', verdict from {side}_sections
    where verdict is not null
    union all
    select 'test', rows.subject_type, rows.subject_id, tests.level, split_part(rows.test_id, '.', 1), tests.item,
        rows.test_id, coalesce(tests.title, ''), rows.verdict
    from {side}_verdict_rows as rows left join {side}_standards as tests on rows.test_id = tests.test_id
"""
_VERDICTS = """
    select
        'verdict' as kind,
        case when old.scope is null then 'added' when new.scope is null then 'removed' else 'changed' end as change,
        coalesce(new.scope, old.scope) as scope,
        coalesce(new.subject_type, old.subject_type) as subject_type,
        coalesce(new.subject_id, old.subject_id) as subject_id,
        coalesce(new.level, old.level) as level,
        coalesce(new.indicator, old.indicator) as indicator,
        coalesce(new.item, old.item) as item,
        coalesce(new.test, old.test) as test,
        coalesce(new.label, old.label) as label,
        null as old_value, old.verdict as old_text, null as new_value, new.verdict as new_text,
        null as file, null as sheet, null as cell, null as old_file, null as old_sheet, null as old_cell,
        null as record, 'verdict' as field, null as revision
    from old_conclusions as old
    full join new_conclusions as new
        on old.scope = new.scope and old.subject_type = new.subject_type and old.subject_id = new.subject_id
        and old.level is not distinct from new.level and old.indicator is not distinct from new.indicator
        and old.test is not distinct from new.test
    where old.verdict is distinct from new.verdict
"""
_CHANGES = f"""
    with found as (({_FILES}) union all by name ({_CELLS}) union all by name ({_VERDICTS})),
    names as (
        select school_code as subject_id, school_name as subject_name from new_schools
        union
        select school_code, school_name from old_schools where school_code not in (select school_code from new_schools)
        union
        select {{county}}, any_value(county_name) from new_counties
    ),
    ordered as (
        select *, row_number() over (
            order by
                list_position(['file', 'value', 'verdict'], kind),
                list_position(['county', 'indicator', 'school', 'section', 'test'], scope),
                coalesce(file, old_file), coalesce(sheet, old_sheet),
                try_cast(regexp_extract(coalesce(cell, old_cell), '[0-9]+') as integer),
                length(coalesce(cell, old_cell)), coalesce(cell, old_cell),
                left(indicator, 1), try_cast(substr(indicator, 2) as integer), subject_id,
                list_position(['primary', 'junior', 'senior', 'special'], level), test, label
        ) as position
        from found left join names using (subject_id)
    )
    select
        {{year}}::integer as year, {{county}} as county, position::integer as position, kind, change,
        scope::varchar as scope, subject_type, subject_id, subject_name::varchar as subject_name,
        level::varchar as level, indicator::varchar as indicator, item::varchar as item, test::varchar as test, label,
        old_value::decimal(20, 4) as old_value, old_text::varchar as old_text,
        new_value::decimal(20, 4) as new_value, new_text::varchar as new_text,
        file::varchar as file, sheet::varchar as sheet, cell::varchar as cell,
        old_file::varchar as old_file, old_sheet::varchar as old_sheet, old_cell::varchar as old_cell,
        record::varchar as record, field, revision::integer as revision
    from ordered where {{compared}} order by position
"""  # noqa: S608


def write_changes(
    parquet: Path, partitions: Sequence[PublishedPartition], previous: Path | None
) -> list[PartitionFile]:
    """Write ``evidence/changes`` of each loaded partition into the snapshot being built.

    ``parquet`` is that snapshot's folder, already holding the partition's other tables; ``previous`` that of the
    snapshot before, None for the first.
    """
    import duckdb

    files: list[PartitionFile] = []
    for partition in partitions:
        file = PartitionFile("evidence", "changes", int(partition.year), partition.county)
        with duckdb.connect() as connection:
            compared = _views(connection, parquet, previous, file)
            query = _CHANGES.format(
                year=file.year, county=literal(file.county), compared="true" if compared else "false"
            )
            target = file.under(parquet)
            target.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"COPY ({query}) TO {literal(target)} (FORMAT parquet, COMPRESSION zstd)")
        files.append(file)
    return files


def _views(connection: duckdb.DuckDBPyConnection, new: Path, old: Path | None, file: PartitionFile) -> bool:
    """Every compared table of both sides as ``new_…`` and ``old_…``; whether there was an old side at all.

    A table that an older version of ours did not publish counts as unchanged, and a column it did not know is null.
    """
    there = old is not None and PartitionFile("marts", "verdicts", file.year, file.county).under(old).exists()
    for schema, table in COMPARED:
        part = PartitionFile(schema, table, file.year, file.county)
        connection.execute(f"create temp view new_{table} as from read_parquet({literal(part.under(new))})")
        before = f"from new_{table}"
        if old is not None and part.under(old).exists():
            before += f" where false union all by name from read_parquet({literal(part.under(old))})"
        connection.execute(f"create temp view old_{table} as {before}")
    for side in ("new", "old"):
        connection.execute(_KEYED.format(side=side))
        connection.execute(_SIDE_VERDICTS.format(side=side, county=literal(file.county)))
    return there


def change_rows(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[Row]:
    """The change report of the run that loaded the partition; rows of CHANGE_FIELDS, numbers as numbers."""
    if not rows_of(connection, "select 1 from duckdb_tables() where table_name = 'changes'"):
        return []
    rows = rows_of(
        connection, f"select * from evidence.changes where {partition_is(year, county)} order by position"  # noqa: S608
    )  # fmt: skip
    return [
        {name: plain(row.get(name)) for name in CHANGE_FIELDS}
        | {
            side: row[f"{side}_text"] if row[f"{side}_value"] is None else row[f"{side}_value"]
            for side in ("old", "new")
        }
        for row in rows
    ]
