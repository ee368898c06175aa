-- 表Ⅱ-1 and 表Ⅲ: each level × the seven indicators and 综合 (ALL), every partition whole, also where a level has
-- no section.
with cells as (
    select
        partitions.year,
        partitions.county,
        partitions.provisional,
        partitions.standard,
        levels.level,
        indicators.indicator
    from {{ ref('stg_partitions') }} as partitions
    cross join (select unnest(['primary', 'junior']) as level) as levels
    cross join (
        select indicator from {{ ref('section_indicators') }}
        union all
        select 'ALL' as indicator
    ) as indicators
),

judged as (
    select
        year,
        county,
        level,
        indicator,
        verdict,
        floor_verdict
    from {{ ref('mart_section_metrics') }}
    union all
    select
        year,
        county,
        level,
        'ALL' as indicator,
        verdict,
        null as floor_verdict
    from {{ ref('int_section_verdicts') }}
),

counted as (
    select
        year,
        county,
        level,
        indicator,
        count(*) as sections,
        count(*) filter (where verdict = 'met') as sections_met,
        count(*) filter (where verdict = 'not_met') as sections_not_met,
        count(*) filter (where verdict = 'missing') as sections_missing,
        count(*) filter (where floor_verdict = 'not_met') as sections_below_floor
    from judged
    group by year, county, level, indicator
),

limits as (
    select
        standard,
        indicator,
        level,
        max(limit_value) filter (where test = 'standard') as standard_limit,
        max(limit_value) filter (where test = 'floor') as floor_limit,
        max(limit_value) filter (where test = 'balance') as cv_limit,
        max(unit) filter (where test = 'standard') as unit
    from {{ ref('stg_standards') }}
    where test in ('standard', 'floor', 'balance')
    group by standard, indicator, level
),

balance as (
    select
        year,
        county,
        level,
        indicator,
        mean,
        cv,
        is_incomplete
    from {{ ref('fct_county_balance') }}
    union all
    select
        year,
        county,
        level,
        indicator,
        null as mean,
        value as cv,
        value is null as is_incomplete
    from {{ ref('int_county_counts') }}
    where indicator = 'ALL'
),

balance_verdicts as (
    select
        year,
        county,
        level,
        indicator,
        verdict
    from {{ ref('int_verdicts_classified') }}
    where test = 'balance'
)

select
    cells.year,
    cells.county,
    cells.provisional,
    cells.level,
    cells.indicator,
    cast(coalesce(counted.sections, 0) as integer) as sections,
    cast(coalesce(counted.sections_met, 0) as integer) as sections_met,
    cast(coalesce(counted.sections_not_met, 0) as integer) as sections_not_met,
    cast(coalesce(counted.sections_missing, 0) as integer) as sections_missing,
    cast(coalesce(counted.sections_below_floor, 0) as integer) as sections_below_floor,
    -- Missing is never met: it stays in the denominator.
    cast(counted.sections_met as double) / counted.sections as share_met,
    limits.unit,
    cast(limits.standard_limit as double) as standard_limit,
    cast(limits.floor_limit as double) as floor_limit,
    cast(limits.floor_limit as double) / cast(limits.standard_limit as double) as floor_share,
    cast(limits.cv_limit as double) as cv_limit,
    balance.mean,
    balance.cv,
    balance_verdicts.verdict as cv_verdict,
    coalesce(balance.is_incomplete, false) as incomplete
from cells
left join counted using (year, county, level, indicator)
left join limits using (standard, indicator, level)
left join balance using (year, county, level, indicator)
left join balance_verdicts using (year, county, level, indicator)
order by cells.year, cells.county, {{ level_order('cells.level') }}, cells.indicator = 'ALL', cells.indicator
