"""A made-up nation as landed Parquet: what reading would have left for so many counties, in a few seconds.

Made by DuckDB from row numbers, so the same arguments give the same nation. Figures lie around the standard: near one
section in twenty is short of each. Values are landed with their cells, as reading lands them.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.unit.dbt_project.landing import COUNTY_RETURN

YEAR = 2017
SECTIONS_A_COUNTY = 72.4
# Of a hundred schools: kind of school, its levels.
KINDS = (
    (0, 60, "211", ("primary",)),
    (60, 72, "218", ("primary",)),
    (72, 90, "311", ("junior",)),
    (90, 100, "312", ("primary", "junior")),
)
SECTIONS_A_SCHOOL = 1.1
_LEVEL_FIELDS = (
    "pupils", "classes", "classes_25_or_fewer", "classes_26_30", "classes_31_35", "classes_36_40", "classes_41_45",
    "classes_46_50", "classes_51_55", "classes_56_60", "classes_61_65", "classes_66_or_more", "teachers",
    "teachers_postgraduate", "teachers_doctor", "teachers_master", "teachers_bachelor", "teachers_associate",
    "teachers_pe", "teachers_art", "teachers_music", "teachers_fine_art", "backbone_teachers",
)  # fmt: skip
_RESOURCE_FIELDS = (
    "teaching_area_m2", "gym_area_m2", "sports_ground_area_m2", "equipment_value_wan", "multimedia_rooms",
    "teachers_total",
)  # fmt: skip
_SUPPLEMENT_FIELDS = (
    "certified_teachers", "trained_teachers", "budget_yuan", "funded_pupils", "allocated_yuan", "training_yuan",
    "primary_in_catchment", "junior_in_catchment",
)  # fmt: skip


def write_nation(var: Path, counties: int, seed: int = 1) -> dict[str, int]:
    """Write ``landing/<table>/data.parquet`` of a nation of ``counties``; returns rows by table.

    At 2,900 counties it has 210,000 sections.
    """
    schools = round(counties * SECTIONS_A_COUNTY / SECTIONS_A_SCHOOL)
    with duckdb.connect() as book:
        book.execute("set preserve_insertion_order = true")
        book.execute(_SCHOOLS.format(schools=schools, counties=counties, seed=seed, year=YEAR))
        book.execute(_LEVELS)
        book.execute(_RESOURCES)
        book.execute(_SUPPLEMENT)
        book.execute(_ROOMS)
        book.execute(_COUNTIES)
        book.executemany("insert into items values (?, ?, ?, ?)", [
            (indicator, item, None if isinstance(value, str) else value, value if isinstance(value, str) else None)
            for (indicator, item), value in COUNTY_RETURN.items()
        ])  # fmt: skip
        book.execute(_COUNTY_RETURN)
        book.execute(_cells())
        counts: dict[str, int] = {}
        for table in (
            "partitions", "schools", "school_levels", "school_resources", "supplement", "rooms", "county_return",
            "county_profile", "task_decomposition", "cells",
        ):  # fmt: skip
            folder = var / "landing" / table
            folder.mkdir(parents=True, exist_ok=True)
            target = str(folder / "data.parquet").replace("'", "''")
            book.execute(f"copy {table} to '{target}' (format parquet, compression zstd)")
            [counts[table]] = book.sql(f"select count(*) from {table}").fetchone() or (0,)
    return counts


# u1 … u9 are even in [0, 1): hashes of the school's number, so that a school's figures do not depend on the others.
_SCHOOLS = """
    create table everything as
    select
        {year}::integer as year,
        lpad((110000 + number % {counties} + 1)::varchar, 6, '0') as county,
        case when kind < 60 then '211' when kind < 72 then '218' when kind < 90 then '311' else '312' end as type_code,
        case when kind < 72 then '2' else '3' end || lpad(number::varchar, 9, '0') as school_code,
        '第' || number || '学校' as school_name,
        kind < 72 or kind >= 90 as has_primary,
        kind >= 72 as has_junior,
        case when kind >= 60 and kind < 72 then 50 + (u1 * 60)::integer else 120 + (u1 * u1 * 1700)::integer end
            as size,
        u2, u3, u4, u5, u6, u7, u8, u9
    from (
        select
            number, (hash(number, {seed}, 0) % 100)::integer as kind,
            {uniform}
        from range({schools}) as t(number)
    );
    create table schools as
    select
        year, county, school_code, school_name, type_code, null::varchar as type_name, '831' as operator_code,
        null::varchar as operator_name, '121' as urban_rural_code, true as counted_as_school,
        false as form_boarding, 1995::integer as built_year, 'synthetic' as edition, 'compulsory' as scope
    from everything order by county, school_code;
""".replace(
    "{uniform}",
    ", ".join(f"(hash(number, {{seed}}, {n}) % 1000003) / 1000003.0 as u{n}" for n in range(1, 10)),
)
# enough(limit, u): nineteen in twenty reach the limit, the others fall short by up to a third.
_LEVELS = """
    create macro enough(need, u) as
        case when u < 0.05 then floor(need * (0.66 + 6 * u)) else ceil(need * (1 + (u - 0.05) * 0.9)) end::bigint;
    create table school_levels as
    with levels as (
        select e.*, 'primary' as level, size as pupils, 0.042 as b1, 45 as class_size from everything e
        where has_primary
        union all
        select e.*, 'junior' as level, ceil(size * 0.6)::integer as pupils, 0.053 as b1, 50 as class_size
        from everything e where has_junior
    ),
    counted as (
        select *, ceil(pupils / (class_size - 5.0))::bigint as classes, enough(pupils * b1, u2) as degree,
            case when u3 < 0.05 then 1 else 0 end as large
        from levels
    )
    select
        year, county, school_code, level, pupils::bigint as pupils, classes, 0::bigint as classes_25_or_fewer,
        0::bigint as classes_26_30, 0::bigint as classes_31_35, 0::bigint as classes_36_40,
        classes - large as classes_41_45, 0::bigint as classes_46_50, large::bigint as classes_51_55,
        0::bigint as classes_56_60, 0::bigint as classes_61_65, 0::bigint as classes_66_or_more,
        degree + 2 as teachers, 0::bigint as teachers_postgraduate, 0::bigint as teachers_doctor,
        0::bigint as teachers_master, degree as teachers_bachelor, 0::bigint as teachers_associate,
        enough(pupils * 0.009, u4) as teachers_pe, 0::bigint as teachers_art, 0::bigint as teachers_music,
        0::bigint as teachers_fine_art, enough(pupils * 0.01, u5) as backbone_teachers
    from counted order by county, school_code, level;
"""
_RESOURCES = """
    create table school_resources as
    select
        year, county, school_code,
        (enough(total * 5.8, u6) + gym)::decimal(20, 4) as teaching_area_m2, gym::decimal(20, 4) as gym_area_m2,
        (enough(total * 10.2, u7))::decimal(20, 4) as sports_ground_area_m2,
        (enough(total * 2500, u8) / 10000)::decimal(20, 4) as equipment_value_wan,
        enough(total * 0.024, u9) as multimedia_rooms, 0::bigint as teachers_total
    from (
        select
            *, (case when has_primary then size else 0 end)
            + (case when has_junior then ceil(size * 0.6) else 0 end) as total,
            case when u2 < 0.1 then 800 else 0 end as gym
        from everything
    )
    order by county, school_code;
"""
_SUPPLEMENT = """
    create table supplement as
    with sums as (
        select
            county, school_code, sum(pupils) as pupils, sum(teachers) as teachers,
            sum(pupils) filter (level = 'primary') as primary_pupils,
            sum(pupils) filter (level = 'junior') as junior_pupils
        from school_levels group by all
    )
    select
        e.year, e.county, e.school_code, e.school_name, 1995::integer as built_year, false as boarding,
        teachers::bigint as certified_teachers, (teachers - (u3 < 0.05)::integer)::bigint as trained_teachers,
        (pupils * 1000)::decimal(20, 4) as budget_yuan, greatest(pupils, 100)::bigint as funded_pupils,
        (greatest(pupils, 100) * 1000)::decimal(20, 4) as allocated_yuan,
        (pupils * case when u4 < 0.05 then 40 else 50 end)::decimal(20, 4) as training_yuan,
        primary_pupils::bigint as primary_in_catchment, junior_pupils::bigint as junior_in_catchment,
        '城关镇' as town
    from everything e join sums using (county, school_code) order by e.county, e.school_code;
"""
_ROOMS = """
    create table rooms as
    select
        e.year, e.county, e.school_code, e.school_name, kind, kind || number as room_name,
        (case when u5 < 0.05 then 58 else 100 end)::decimal(20, 4) as area_m2, 1995::integer as built_year,
        row_number() over (partition by e.county order by e.school_code, kind, number)::varchar as row_id
    from everything e
    join (
        select county, school_code, greatest(ceil(sum(classes) / 12), 1)::integer as needed
        from school_levels group by all
    ) using (county, school_code)
    cross join (values ('music'), ('art')) as kinds(kind)
    cross join range(40) as numbers(number)
    where number < needed;
"""
_COUNTIES = """
    create table partitions as
    select distinct year, county, 'national-2017' as standard, false as provisional, '县' || county as county_name
    from everything order by county;
    create table county_profile as
    select year, county, 'L1' as line, '人口总数（万人）' as label, 50.32::decimal(20, 4) as value from partitions;
    create table items (indicator varchar, item varchar, value decimal(20, 4), text varchar);
    create table task_decomposition as
    select
        year, county, 'B3' as indicator, null::varchar as requirement, null::varchar as claimed_statement,
        null::varchar as claimed_verdict, '招聘教师' as measure, '2018年' as deadline_text, null::date as deadline,
        ['县教体局'] as responsible_units
    from partitions;
"""
_COUNTY_RETURN = """
    create table county_return as
    select year, county, indicator, item, value, text, null::varchar as evidence
    from partitions cross join items order by county, indicator, item;
"""


def _cells() -> str:
    """Every landed value in a cell of its own, as reading notes them."""
    place = (
        "null::varchar as label, 'reported' as state, county || '.xlsx' as file, repeat('0', 64) as sha256, "
        "'基础基' as sheet, 'E6' as cell, null::varchar as as_written, null::varchar as correction, "
        "null::varchar as explanation"
    )

    def unpivoted(table: str, record: str, key: str, level: str, fields: tuple[str, ...]) -> str:
        cast = ", ".join(f"{name}::decimal(20, 4) as {name}" for name in fields)
        return (
            f"select year, county, '{record}' as record, {key} as record_id, {level} as level, field, value, {place} "
            f"from (unpivot (select year, county, {key}, {level} as level, {cast} from {table}) "
            f"on {', '.join(fields)} into name field value value)"
        )

    nothing = "null::varchar"
    parts = [
        unpivoted("school_levels", "school_level", "school_code", "level", _LEVEL_FIELDS),
        unpivoted("school_resources", "school_resource", "school_code", nothing, _RESOURCE_FIELDS),
        unpivoted("supplement", "supplement", "school_code", nothing, _SUPPLEMENT_FIELDS),
        unpivoted("rooms", "room", "row_id", nothing, ("area_m2",)),
        "select year, county, 'county_return' as record, indicator || '|' || item as record_id, null as level, "
        f"case when text is null then 'value' else 'text' end as field, value, {place} from county_return",
    ]
    return f"create table cells as {' union all '.join(parts)}"
