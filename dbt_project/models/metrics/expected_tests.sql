-- Every (subject × test) that concerns someone, once: the judge answers each with exactly one verdict.
with figures as (
    select *
    from {{ ref('fct_figures') }}
    where is_concerned
),

{{ required_figures() }},

tests_with_a_figure as (
    select
        figures.year,
        figures.county,
        standards.test_id,
        standards.subject_type,
        figures.subject_id,
        -- Judged against another column: what is missing there keeps a pass from being claimed as well.
        figures.is_incomplete or coalesce(required.is_incomplete, false) as incomplete
    from figures
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    inner join {{ ref('stg_standards') }} as standards
        on
            partitions.standard = standards.standard
            and figures.judged_table = standards.judged_table
            and figures.judged_column = standards.judged_column
    left join required_figures as required
        on
            figures.year = required.year
            and figures.county = required.county
            and figures.judged_table = required.judged_table
            and standards.required_column = required.judged_column
            and figures.subject_id = required.subject_id
),

-- A school on the list that sent nothing has no section: one row an indicator stands for what it owes.
tests_unreported as (
    select
        roster.year,
        roster.county,
        indicators.indicator || '.unreported' as test_id,
        'school' as subject_type,
        roster.school_code as subject_id,
        true as incomplete
    from {{ ref('int_roster_united') }} as roster
    cross join (
        select indicator from {{ ref('section_indicators') }}
        union all
        select 'B12' as indicator
    ) as indicators
    where not roster.is_reported
)

select * from tests_with_a_figure
union all
select * from tests_unreported
