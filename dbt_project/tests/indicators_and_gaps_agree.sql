-- What: an indicator that is not met or missing without a gap of that verdict, or a met one with a gap.
-- When: a rule of int_gaps_listed and one of int_indicator_verdicts have parted.
-- Resolve: compare the two models for the indicator; every verdict that decides an indicator must be listed.
with gaps as (
    select
        year,
        county,
        indicator,
        bool_or(verdict = 'not_met') as has_not_met,
        bool_or(verdict = 'missing') as has_missing
    from {{ ref('int_gaps_listed') }}
    group by year, county, indicator
),

-- A coefficient that cannot be formed at all (nothing but noughts) has no gap row of its own.
unformed as (
    select distinct
        year,
        county,
        indicator
    from {{ ref('int_verdicts_classified') }}
    where test = 'balance' and verdict = 'missing'
)

select
    verdicts.year,
    verdicts.county,
    verdicts.indicator,
    verdicts.verdict
from {{ ref('int_indicator_verdicts') }} as verdicts
left join gaps using (year, county, indicator)
left join unformed using (year, county, indicator)
where
    (verdicts.verdict = 'met' and gaps.indicator is not null)
    or (verdicts.verdict = 'not_met' and not coalesce(gaps.has_not_met, false))
    or (
        verdicts.verdict = 'missing'
        and unformed.indicator is null
        and (coalesce(gaps.has_not_met, false) or not coalesce(gaps.has_missing, false))
    )
