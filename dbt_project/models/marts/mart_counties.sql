with school_counts as (
    select
        year,
        county,
        count(*) filter (where verdict = 'met') as schools_met,
        count(*) filter (where verdict = 'not_met') as schools_not_met,
        count(*) filter (where verdict = 'missing') as schools_missing
    from {{ ref('int_school_verdicts') }}
    group by year, county
),

section_counts as (
    select
        year,
        county,
        count(*) filter (where verdict = 'met') as sections_met,
        count(*) filter (where verdict = 'not_met') as sections_not_met,
        count(*) filter (where verdict = 'missing') as sections_missing
    from {{ ref('int_section_verdicts') }}
    group by year, county
),

indicator_counts as (
    select
        year,
        county,
        count(*) as indicators,
        count(*) filter (where verdict = 'met') as indicators_met,
        count(*) filter (where verdict = 'not_met') as indicators_not_met,
        count(*) filter (where verdict = 'missing') as indicators_missing
    from {{ ref('int_indicator_verdicts') }}
    group by year, county
),

gap_counts as (
    select
        year,
        county,
        count(*) filter (where verdict = 'not_met') as gaps,
        count(*) filter (where verdict = 'missing') as missing
    from {{ ref('int_gaps_listed') }}
    group by year, county
)

select
    partitions.year,
    partitions.county,
    partitions.provisional,
    partitions.county_name,
    partitions.standard,
    verdicts.verdict as county_verdict,
    cast(coalesce(school_counts.schools_met, 0) as integer) as schools_met,
    cast(coalesce(school_counts.schools_not_met, 0) as integer) as schools_not_met,
    cast(coalesce(school_counts.schools_missing, 0) as integer) as schools_missing,
    cast(coalesce(section_counts.sections_met, 0) as integer) as sections_met,
    cast(coalesce(section_counts.sections_not_met, 0) as integer) as sections_not_met,
    cast(coalesce(section_counts.sections_missing, 0) as integer) as sections_missing,
    cast(indicator_counts.indicators as integer) as indicators,
    cast(indicator_counts.indicators_met as integer) as indicators_met,
    cast(indicator_counts.indicators_not_met as integer) as indicators_not_met,
    cast(indicator_counts.indicators_missing as integer) as indicators_missing,
    cast(coalesce(gap_counts.gaps, 0) as integer) as gaps,
    cast(coalesce(gap_counts.missing, 0) as integer) as missing
from {{ ref('stg_partitions') }} as partitions
inner join {{ ref('int_county_verdicts') }} as verdicts using (year, county)
inner join indicator_counts using (year, county)
left join school_counts using (year, county)
left join section_counts using (year, county)
left join gap_counts using (year, county)
order by partitions.year, partitions.county
