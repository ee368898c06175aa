select
    sections.year,
    sections.county,
    partitions.provisional,
    sections.school_code,
    sections.school_name,
    sections.level,
    sections.pupils,
    sections.classes,
    cast(verdicts.indicators_met as integer) as indicators_met,
    cast(verdicts.indicators_at_floor as integer) as indicators_at_floor,
    verdicts.verdict,
    sections.in_scope,
    sections.scope_reason
from {{ ref('int_sections_scoped') }} as sections
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
left join {{ ref('int_section_verdicts') }} as verdicts using (year, county, school_code, level)
