-- The county's schools at one level, added up. What a school has not reported is counted, not guessed.
with sections as (
    select
        marts.*,
        returned.teachers
    from {{ ref('mart_sections') }} as marts
    left join {{ ref('stg_school_levels') }} as returned
        on
            marts.year = returned.year
            and marts.county = returned.county
            and marts.school_code = returned.school_code
            and marts.level = returned.level
),

levels as (
    select
        partitions.year,
        partitions.county,
        partitions.provisional,
        unnest(['primary', 'junior']) as level
    from {{ ref('stg_partitions') }} as partitions
)

select
    levels.year,
    levels.county,
    levels.provisional,
    levels.level,
    cast(count(sections.school_code) as integer) as sections,
    cast(count(*) filter (where sections.in_scope) as integer) as sections_in_scope,
    cast(count(*) filter (where sections.verdict = 'met') as integer) as sections_met,
    cast(count(*) filter (where sections.verdict = 'not_met') as integer) as sections_not_met,
    cast(count(*) filter (where sections.verdict = 'missing') as integer) as sections_missing,
    cast(coalesce(sum(sections.pupils), 0) as bigint) as pupils,
    cast(count(sections.school_code) - count(sections.pupils) as integer) as pupils_missing,
    cast(coalesce(sum(sections.classes), 0) as bigint) as classes,
    cast(count(sections.school_code) - count(sections.classes) as integer) as classes_missing,
    cast(coalesce(sum(sections.teachers), 0) as bigint) as teachers,
    cast(count(sections.school_code) - count(sections.teachers) as integer) as teachers_missing
from levels
left join sections
    on
        levels.year = sections.year
        and levels.county = sections.county
        and levels.level = sections.level
group by levels.year, levels.county, levels.provisional, levels.level
order by levels.year, levels.county, {{ level_order('levels.level') }}
