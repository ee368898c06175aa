{{ config(materialized='rebuilt_view') }}
-- Every value that enters a figure of the county: 项目 of the county return (declared in county_addends), and
-- the schools' own values for the ratios judged county-wide (B16, B19, B20).
with county_ratios as (
    select *
    from {{ ref('int_school_addends_weighted') }}
    where judged_column in ('b16_ratio', 'b19_ratio', 'b20_primary_ratio', 'b20_junior_ratio')
),

-- A school with one value missing is left out of both parts; the ratio then is not final.
incomplete as (
    select distinct
        year,
        county,
        subject_id,
        judged_column,
        true as school_is_incomplete
    from county_ratios
    where amount is null
),

from_schools as (
    select
        county_ratios.*,
        coalesce(incomplete.school_is_incomplete, false) as school_is_incomplete
    from county_ratios
    left join incomplete using (year, county, subject_id, judged_column)
),

from_return as (
    select
        partitions.year,
        partitions.county,
        addends.judged_table,
        addends.judged_column,
        addends.indicator,
        addends.part,
        addends.position,
        addends.indicator || '|' || addends.item as record_id,
        addends.item as label,
        addends.factor,
        addends.optional as may_concern_nobody,
        items.value
    from {{ ref('stg_partitions') }} as partitions
    cross join {{ ref('county_addends') }} as addends
    left join {{ ref('stg_county_return') }} as items
        on
            partitions.year = items.year
            and partitions.county = items.county
            and addends.indicator = items.indicator
            and addends.item = items.item
    where addends.part <> 'text'
)

select
    year,
    county,
    'judged_counties' as judged_table,
    judged_column,
    indicator,
    level,
    'county' as subject_type,
    county as subject_id,
    part,
    position,
    record,
    record_id,
    record_level,
    field,
    label,
    factor,
    share_weight,
    share_total,
    share_text,
    amount,
    value,
    school_is_incomplete as left_out,
    false as may_concern_nobody
from from_schools
union all
select
    year,
    county,
    judged_table,
    judged_column,
    indicator,
    null as level,
    'county' as subject_type,
    county as subject_id,
    part,
    position,
    'county_return' as record,
    record_id,
    null as record_level,
    'value' as field,
    label,
    factor,
    cast(1 as hugeint) as share_weight,
    cast(1 as hugeint) as share_total,
    '' as share_text,
    value as amount,
    value,
    false as left_out,
    may_concern_nobody
from from_return
