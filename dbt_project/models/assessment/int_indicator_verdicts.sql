-- The plan's indicator rule: met only if no section, school or county figure is short and both coefficients are
-- within the limit. Details are the schools behind a county's figure, not tests of their own.
with indicators as (
    select distinct
        partitions.year,
        partitions.county,
        standards.indicator,
        standards.position
    from {{ ref('stg_partitions') }} as partitions
    inner join {{ ref('stg_standards') }} as standards using (standard)
)

select
    indicators.year,
    indicators.county,
    indicators.indicator,
    indicators.position,
    {{ worst_verdict('verdicts.verdict') }} as verdict,
    count(*) filter (
        where verdicts.subject_type = 'section' and verdicts.test = 'standard' and verdicts.verdict <> 'missing'
    ) as sections_judged,
    count(*) filter (
        where verdicts.subject_type = 'section' and verdicts.test = 'standard' and verdicts.verdict = 'not_met'
    ) as sections_short
from indicators
left join {{ ref('int_verdicts_classified') }} as verdicts
    on
        indicators.year = verdicts.year
        and indicators.county = verdicts.county
        and indicators.indicator = verdicts.indicator
        and verdicts.test <> 'detail'
group by indicators.year, indicators.county, indicators.indicator, indicators.position
