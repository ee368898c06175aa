-- Gaps of cities and provinces: how many, whose, how much is short in all. A view, as area_verdicts is, and why.
-- Shortfalls of one unit add up; how far a coefficient or a rate is over its limit does not.
with placed as (
    select
        *,
        'city' as area_level,
        substr(county, 1, 4) as area
    from marts.gap_list
    union all
    select
        *,
        'province' as area_level,
        substr(county, 1, 2) as area
    from marts.gap_list
)

select
    year,
    area_level,
    area,
    indicator,
    any_value(title) as title,
    test,
    level,
    shortfall_unit,
    bool_or(provisional) as provisional,
    cast(count(*) filter (where verdict = 'not_met') as bigint) as gaps,
    cast(count(*) filter (where verdict = 'missing') as bigint) as missing,
    count(distinct county || subject_id) as subjects,
    cast(count(distinct county) as integer) as counties,
    -- Shortfalls are whole or in hundredths: as decimals they add up to the same in any order.
    cast(
        sum(cast(shortfall as decimal(18, 2))) filter (where shortfall_unit not in ('差异系数', '差异率'))
        as decimal(28, 2)
    ) as shortfall
from placed
group by year, area_level, area, indicator, test, level, shortfall_unit
order by year, area, left(indicator, 1), try_cast(substr(indicator, 2) as integer), test, level, shortfall_unit
