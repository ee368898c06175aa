-- How many are short, and by how much together: the gap list summed over its subjects. Scope `test` is one row a
-- test of the list; scope `indicator` counts the schools behind an indicator, each once however many tests it fails.
with gaps as (
    select *
    from {{ ref('mart_gap_list') }}
),

per_test as (
    select
        year,
        county,
        provisional,
        'test' as scope,
        min(position) as position,
        indicator,
        any_value(title) as title,
        test,
        level,
        item,
        count(*) as gap_count,
        count(*) filter (where verdict = 'not_met') as not_met_count,
        count(*) filter (where verdict = 'missing') as missing_count,
        count(distinct subject_id) filter (where subject_type in ('section', 'school')) as school_count,
        -- In decimals, so that the order of the rows is of no account.
        cast(sum(cast(shortfall as decimal(28, 10))) as double) as shortfall,
        any_value(shortfall_unit) as shortfall_unit
    from gaps
    group by year, county, provisional, indicator, test, level, item
),

per_indicator as (
    select
        year,
        county,
        provisional,
        'indicator' as scope,
        min(position) as position,
        indicator,
        any_value(title) as title,
        null as test,
        null as level,
        null as item,
        count(*) as gap_count,
        count(*) filter (where verdict = 'not_met') as not_met_count,
        count(*) filter (where verdict = 'missing') as missing_count,
        count(distinct subject_id) filter (where subject_type in ('section', 'school')) as school_count,
        null as shortfall,
        null as shortfall_unit
    from gaps
    group by year, county, provisional, indicator
),

unioned as (
    select * from per_test
    union all
    select * from per_indicator
)

select
    year,
    county,
    provisional,
    scope,
    cast(position as integer) as position,
    indicator,
    title,
    cast(test as varchar) as test,
    cast(level as varchar) as level,
    cast(item as varchar) as item,
    cast(gap_count as integer) as gaps,
    cast(not_met_count as integer) as not_met,
    cast(missing_count as integer) as missing,
    cast(school_count as integer) as schools,
    shortfall,
    cast(shortfall_unit as varchar) as shortfall_unit
from unioned
order by year, county, scope, position
