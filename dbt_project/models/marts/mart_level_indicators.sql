-- One of the seven at one level: the limits, how many sections reach them, and the county's mean and coefficient.
with tests as (
    select *
    from {{ ref('int_verdicts_measured') }}
    where test in ('standard', 'floor') and subject_type = 'section'
),

counted as (
    select
        year,
        county,
        level,
        indicator,
        count(*) filter (where test = 'standard') as sections_judged,
        count(*) filter (where test = 'standard' and verdict = 'met') as sections_met,
        count(*) filter (where test = 'standard' and verdict = 'not_met') as sections_not_met,
        count(*) filter (where test = 'standard' and verdict = 'missing') as sections_missing,
        count(*) filter (where test = 'floor' and verdict = 'not_met') as sections_below_floor
    from tests
    group by year, county, level, indicator
),

limits as (
    select
        standard,
        level,
        indicator,
        max(limit_value) filter (where test = 'standard') as standard_value,
        max(limit_value) filter (where test = 'floor') as floor_value,
        max(limit_value) filter (where test = 'balance') as cv_limit,
        max(unit) filter (where test = 'standard') as unit
    from {{ ref('stg_standards') }}
    where test in ('standard', 'floor', 'balance')
    group by standard, level, indicator
)

select
    balance.year,
    balance.county,
    balance.provisional,
    balance.level,
    balance.indicator,
    cast(limits.standard_value as double) as standard_value,
    cast(limits.floor_value as double) as floor_value,
    limits.unit,
    balance.mean,
    balance.cv,
    cast(limits.cv_limit as double) as cv_limit,
    balance.verdict as cv_verdict,
    cast(coalesce(counted.sections_judged, 0) as integer) as sections_judged,
    cast(coalesce(counted.sections_met, 0) as integer) as sections_met,
    cast(coalesce(counted.sections_not_met, 0) as integer) as sections_not_met,
    cast(coalesce(counted.sections_missing, 0) as integer) as sections_missing,
    cast(coalesce(counted.sections_below_floor, 0) as integer) as sections_below_floor,
    case when counted.sections_judged > 0 then counted.sections_met / counted.sections_judged end as share_met
from {{ ref('mart_county_balance') }} as balance
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
inner join limits
    on
        partitions.standard = limits.standard
        and balance.level = limits.level
        and balance.indicator = limits.indicator
left join counted
    on
        balance.year = counted.year
        and balance.county = counted.county
        and balance.level = counted.level
        and balance.indicator = counted.indicator
order by balance.year, balance.county, {{ level_order('balance.level') }}, balance.indicator
