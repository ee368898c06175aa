-- Cities and provinces: what stands behind the first 4 and the first 2 digits of a county code (GB/T 2260).
-- A view over everything a snapshot holds: dbt has only the load in hand, and a city's counties come in many loads.
-- It costs nothing at publishing and cannot disagree with the marts it counts.
with placed as (
    select
        *,
        'city' as area_level,
        substr(county, 1, 4) as area
    from marts.counties
    union all
    select
        *,
        'province' as area_level,
        substr(county, 1, 2) as area
    from marts.counties
)

select
    year,
    area_level,
    area,
    bool_or(provisional) as provisional,
    cast(count(*) as integer) as counties,
    cast(count(*) filter (where county_verdict = 'met') as integer) as counties_met,
    cast(count(*) filter (where county_verdict = 'not_met') as integer) as counties_not_met,
    cast(count(*) filter (where county_verdict = 'missing') as integer) as counties_missing,
    cast(sum(schools_met) as bigint) as schools_met,
    cast(sum(schools_not_met) as bigint) as schools_not_met,
    cast(sum(schools_missing) as bigint) as schools_missing,
    cast(sum(sections_met) as bigint) as sections_met,
    cast(sum(sections_not_met) as bigint) as sections_not_met,
    cast(sum(sections_missing) as bigint) as sections_missing,
    cast(sum(gaps) as bigint) as gaps,
    cast(sum(missing) as bigint) as missing
from placed
group by year, area_level, area
order by year, area
