-- What: a published numerator or denominator that its addends do not add up to.
-- When: a figure and its trace have parted, so that following it to the cells would mislead.
-- Resolve: both must come from the int_*_addends_weighted models; look for a filter in mart_figure_addends.
with summed as (
    select
        year,
        county,
        indicator,
        level,
        subject_type,
        subject_id,
        sum(weight * cast(value as double)) filter (where part = 'numerator') as numerator,
        sum(weight * cast(value as double)) filter (where part = 'denominator') as denominator
    from {{ ref('mart_figure_addends') }}
    group by year, county, indicator, level, subject_type, subject_id
),

figures as (
    select
        year,
        county,
        indicator,
        level,
        'section' as subject_type,
        school_code as subject_id,
        numerator,
        denominator
    from {{ ref('fct_section_metrics') }}
    where value is not null
    union all
    select
        year,
        county,
        indicator,
        level,
        'county' as subject_type,
        county as subject_id,
        numerator,
        denominator
    from {{ ref('fct_county_balance') }}
    where mean is not null
)

select
    figures.*,
    summed.numerator as numerator_of_addends,
    summed.denominator as denominator_of_addends
from figures
left join summed using (year, county, indicator, level, subject_type, subject_id)
where
    summed.numerator is null
    or summed.denominator is null
    -- Floats in another order of addition: equal to a part in a thousand million.
    or abs(summed.numerator - figures.numerator) > 1e-9 * greatest(abs(figures.numerator), 1)
    or abs(summed.denominator - figures.denominator) > 1e-9 * greatest(abs(figures.denominator), 1)
