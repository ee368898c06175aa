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

-- Lists, since an ordered aggregate costs a nation's 40,000 groups gigabytes.
listed as (
    select
        year,
        county,
        level,
        indicator,
        any_value(per_units) as per_units,
        list_sort(
            list({ 'school_code': school_code, 'numerator': numerator, 'denominator': denominator, 'value': value })
        ) as sections
    from metrics
    where value is not null
    group by year, county, level, indicator
),

sums as (
    select
        listed.*,
        list_sum([section.numerator for section in listed.sections]) as numerator,
        list_sum([section.denominator for section in listed.sections]) as denominator
    from listed
),

means as (
    select
        *,
        per_units * numerator / denominator as mean
    from sums
),

spreads as (
    select
        means.*,
        sqrt(
            list_sum([
                section.denominator * (section.value - means.mean) * (section.value - means.mean)
                for section in means.sections
            ])
            / means.denominator
        ) as standard_deviation
    from means
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
    spreads.numerator,
    spreads.denominator,
    spreads.mean,
    spreads.standard_deviation,
    -- All-zero figures have no coefficient: nothing can be claimed of their balance.
    case when spreads.mean > 0 then spreads.standard_deviation / spreads.mean end as cv,
    coalesce(len(spreads.sections), 0) as sections,
    coalesce(sections_asked.sections_missing, 0) > 0
    or coalesce(unreported.schools_unreported, 0) > 0 as is_incomplete
from asked
cross join {{ ref('section_indicators') }} as indicators
left join spreads using (year, county, level, indicator)
left join sections_asked using (year, county, level, indicator)
left join unreported using (year, county)
