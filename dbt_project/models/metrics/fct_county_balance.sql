-- Mean, standard deviation and 差异系数 of each level × B1–B7: population form, weighted by pupils, over the
-- sections that have a value. Sums of floats run in the order of school codes, so that the order of files never
-- changes a bit.
with metrics as (
    select *
    from {{ ref('fct_section_metrics') }}
),

unreported as (
    select
        year,
        county,
        count(*) as schools_unreported
    from {{ ref('int_roster_united') }}
    where not is_reported
    group by year, county
),

-- A school that did not report may have either level: both keep waiting for it.
asked as (
    select distinct
        year,
        county,
        level
    from metrics
    union
    select
        unreported.year,
        unreported.county,
        unnest(['primary', 'junior']) as level
    from unreported
),

means as (
    select
        year,
        county,
        level,
        indicator,
        sum(numerator order by school_code) as numerator,
        sum(denominator order by school_code) as denominator,
        any_value(per_units) * sum(numerator order by school_code)
        / sum(denominator order by school_code) as mean,
        count(*) as sections
    from metrics
    where value is not null
    group by year, county, level, indicator
),

deviations as (
    select
        metrics.year,
        metrics.county,
        metrics.level,
        metrics.indicator,
        sqrt(
            sum(
                metrics.denominator * (metrics.value - means.mean) * (metrics.value - means.mean)
                order by metrics.school_code
            )
            / any_value(means.denominator)
        ) as standard_deviation
    from metrics
    inner join means using (year, county, level, indicator)
    where metrics.value is not null
    group by metrics.year, metrics.county, metrics.level, metrics.indicator
),

sections_asked as (
    select
        year,
        county,
        level,
        indicator,
        count(*) filter (where value is null) as sections_missing
    from metrics
    group by year, county, level, indicator
)

select
    asked.year,
    asked.county,
    asked.level,
    indicators.indicator,
    means.numerator,
    means.denominator,
    means.mean,
    deviations.standard_deviation,
    -- All-zero figures have no coefficient: nothing can be claimed of their balance.
    case when means.mean > 0 then deviations.standard_deviation / means.mean end as cv,
    coalesce(means.sections, 0) as sections,
    coalesce(sections_asked.sections_missing, 0) > 0
    or coalesce(unreported.schools_unreported, 0) > 0 as is_incomplete
from asked
cross join {{ ref('section_indicators') }} as indicators
left join means using (year, county, level, indicator)
left join deviations using (year, county, level, indicator)
left join sections_asked using (year, county, level, indicator)
left join unreported using (year, county)
