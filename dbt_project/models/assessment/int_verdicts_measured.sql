{{ config(materialized='rebuilt_view') }}
-- Each verdict with what was tested, and what test and subject are called.
with indicators as (
    -- What all tests of an indicator share; schools that did not report have no test of their own.
    select
        standard,
        indicator,
        min_by(title, test_id) as title,
        min_by(position, test_id) as position,
        min_by(responsible_units, test_id) as responsible_units
    from {{ ref('stg_standards') }}
    group by standard, indicator
),

subjects as (
    select
        year,
        county,
        'school' as subject_type,
        school_code as subject_id,
        school_name as subject_name
    from {{ ref('int_roster_united') }}
    union all
    select
        year,
        county,
        'section' as subject_type,
        school_code as subject_id,
        school_name as subject_name
    from {{ ref('int_roster_united') }}
    union all
    select
        year,
        county,
        'county' as subject_type,
        county as subject_id,
        coalesce(county_name, county) as subject_name
    from {{ ref('stg_partitions') }}
)

select
    verdicts.year,
    verdicts.county,
    verdicts.test_id,
    verdicts.indicator,
    indicators.position,
    indicators.title,
    standards.requirement,
    verdicts.test,
    verdicts.level,
    verdicts.subject_type,
    verdicts.subject_id,
    subjects.subject_name,
    standards.item,
    verdicts.verdict,
    verdicts.is_incomplete,
    verdicts.is_unreported,
    verdicts.observed,
    verdicts.required,
    verdicts.shortfall,
    standards.shortfall_unit,
    verdicts.numerator,
    verdicts.denominator,
    standards.unit,
    standards.direction,
    verdicts.text_value,
    indicators.responsible_units
from {{ ref('int_verdicts_compared') }} as verdicts
left join indicators
    on verdicts.standard = indicators.standard and verdicts.indicator = indicators.indicator
left join subjects
    on
        verdicts.year = subjects.year
        and verdicts.county = subjects.county
        and verdicts.subject_type = subjects.subject_type
        and verdicts.subject_id = subjects.subject_id
left join {{ ref('stg_standards') }} as standards
    on verdicts.standard = standards.standard and verdicts.test_id = standards.test_id
