with verdicts as (
    select
        year,
        county,
        subject_id as school_code,
        level,
        indicator,
        max(verdict) filter (where test = 'standard') as verdict,
        max(verdict) filter (where test = 'floor') as floor_verdict
    from {{ ref('int_verdicts_classified') }}
    where subject_type = 'section' and test in ('standard', 'floor')
    group by year, county, subject_id, level, indicator
)

select
    metrics.year,
    metrics.county,
    partitions.provisional,
    metrics.school_code,
    metrics.school_name,
    metrics.level,
    metrics.pupils,
    metrics.classes,
    metrics.indicator,
    metrics.numerator,
    metrics.denominator,
    metrics.value,
    verdicts.verdict,
    verdicts.floor_verdict,
    shares.variance_share,
    shares.cumulative_variance_share,
    cast(shares.variance_rank as integer) as variance_rank
from {{ ref('fct_section_metrics') }} as metrics
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
left join verdicts using (year, county, school_code, level, indicator)
left join {{ ref('fct_variance_shares') }} as shares using (year, county, school_code, level, indicator)
