-- Every verdict with what was judged, those that are met included: what the gap list says of the gaps only.
select
    measured.year,
    measured.county,
    partitions.provisional,
    measured.test_id,
    measured.indicator,
    cast(measured.position as integer) as indicator_position,
    measured.test,
    measured.level,
    measured.subject_type,
    measured.subject_id,
    measured.subject_name,
    measured.item,
    measured.verdict,
    measured.observed,
    measured.required,
    case when measured.required > 0 then measured.observed / measured.required end as ratio,
    measured.shortfall,
    measured.shortfall_unit,
    measured.numerator,
    measured.denominator,
    measured.unit,
    measured.text_value,
    measured.is_unreported
from {{ ref('int_verdicts_measured') }} as measured
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
order by measured.year, measured.county, measured.position, measured.test_id, measured.subject_id
