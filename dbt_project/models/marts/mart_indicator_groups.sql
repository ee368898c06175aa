-- How many of the indicators are met, by the parts of the rule that they stand in, and all together.
with grouped as (
    select
        verdicts.year,
        verdicts.county,
        verdicts.provisional,
        verdicts.verdict,
        unnest([
            case
                when per_section.indicator is not null then 'resources'
                when verdicts.indicator = 'C1' then 'approval'
                when verdicts.indicator = 'V' then 'veto'
                when try_cast(substr(verdicts.indicator, 2) as integer) <= 22 then 'guarantee'
                else 'quality'
            end,
            'all'
        ]) as part
    from {{ ref('mart_verdicts') }} as verdicts
    left join {{ ref('section_indicators') }} as per_section on verdicts.indicator = per_section.indicator
)

select
    year,
    county,
    provisional,
    part,
    cast(count(*) as integer) as indicators,
    cast(count(*) filter (where verdict = 'met') as integer) as met,
    cast(count(*) filter (where verdict = 'not_met') as integer) as not_met,
    cast(count(*) filter (where verdict = 'missing') as integer) as missing
from grouped
group by year, county, provisional, part
order by year, county, part
