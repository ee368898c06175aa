-- In-scope sections × B1–B7.
select
    figures.year,
    figures.county,
    figures.subject_id as school_code,
    sections.school_name,
    figures.level,
    sections.pupils,
    sections.classes,
    figures.indicator,
    figures.per_units,
    figures.numerator,
    figures.denominator,
    figures.value
from {{ ref('int_figures_summed') }} as figures
inner join {{ ref('section_indicators') }} as indicators on figures.indicator = indicators.indicator
inner join {{ ref('int_sections_scoped') }} as sections
    on
        figures.year = sections.year
        and figures.county = sections.county
        and figures.subject_id = sections.school_code
        and figures.level = sections.level
where figures.subject_type = 'section'
