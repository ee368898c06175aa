select
    cast(
        row_number() over (
            partition by gaps.year, gaps.county
            order by
                gaps.position,
                {{ test_order('gaps.test') }},
                {{ level_order('gaps.level') }},
                gaps.subject_id,
                gaps.item nulls first
        ) as integer
    ) as position,
    gaps.year,
    gaps.county,
    partitions.provisional,
    gaps.indicator,
    gaps.title,
    gaps.test,
    gaps.level,
    gaps.subject_type,
    gaps.subject_id,
    gaps.subject_name,
    gaps.item,
    gaps.verdict,
    gaps.observed,
    gaps.required,
    case when gaps.required > 0 then gaps.observed / gaps.required end as ratio,
    gaps.shortfall,
    gaps.shortfall_unit,
    gaps.numerator,
    gaps.denominator,
    gaps.unit,
    tasks.measure,
    -- The county's own decomposition names who is responsible; the standard does where there is none.
    case
        when len(tasks.responsible_units) > 0 then tasks.responsible_units
        else gaps.responsible_units
    end as responsible_units,
    tasks.deadline,
    tasks.deadline_text,
    -- What was corrected or explained among the values behind the figure shows wherever the figure does.
    nullif(concat_ws('；', gaps.note, said.note), '') as note
from {{ ref('int_gaps_listed') }} as gaps
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
left join {{ ref('stg_task_decomposition') }} as tasks using (year, county, indicator)
left join {{ ref('int_figures_noted') }} as said
    on
        gaps.year = said.year
        and gaps.county = said.county
        and gaps.indicator = said.indicator
        and gaps.level is not distinct from said.level
        and gaps.item is not distinct from said.item
        and gaps.subject_type = said.subject_type
        and gaps.subject_id = said.subject_id
order by gaps.year, gaps.county, position
