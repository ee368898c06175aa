{{ config(materialized='rebuilt_view') }}
-- Every verdict with what was measured, what was asked and what is lacking: the met ones too, which the gap list
-- leaves out. Papers take each figure of a school, and each limit of a county, from here.
select
    verdicts.year,
    verdicts.county,
    partitions.provisional,
    verdicts.test_id,
    cast(verdicts.position as integer) as position,
    verdicts.indicator,
    verdicts.title,
    verdicts.requirement,
    verdicts.test,
    verdicts.level,
    verdicts.subject_type,
    verdicts.subject_id,
    verdicts.subject_name,
    verdicts.item,
    verdicts.verdict,
    verdicts.observed,
    verdicts.required,
    case when verdicts.required > 0 then verdicts.observed / verdicts.required end as ratio,
    verdicts.direction,
    verdicts.unit,
    verdicts.shortfall,
    verdicts.shortfall_unit,
    verdicts.numerator,
    verdicts.denominator,
    verdicts.text_value as text,
    verdicts.is_unreported as unreported
from {{ ref('int_verdicts_measured') }} as verdicts
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
