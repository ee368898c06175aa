-- The county passes if every school passes the school rule, the 14 coefficients are within the limit, B8–B31 and
-- C1 are met and no veto item is present. The plan's stricter rule for B1–B7 does not enter.
with parts as (
    select
        year,
        county,
        verdict
    from {{ ref('int_school_verdicts') }}
    union all
    select
        year,
        county,
        verdict
    from {{ ref('int_verdicts_classified') }}
    where test = 'balance'
    union all
    select
        indicators.year,
        indicators.county,
        indicators.verdict
    from {{ ref('int_indicator_verdicts') }} as indicators
    left join {{ ref('section_indicators') }} as per_section using (indicator)
    where per_section.indicator is null
)

select
    year,
    county,
    {{ worst_verdict('verdict') }} as verdict
from parts
group by year, county
