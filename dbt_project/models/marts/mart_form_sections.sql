-- 表Ⅱ-2: one row an in-scope section, its seven values side by side, and which of them stand where.
with standings as (
    select
        year,
        county,
        school_code,
        level,
        {% for indicator in ['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7'] -%}
        max(value) filter (where indicator = '{{ indicator }}') as {{ indicator | lower }},
        {% endfor -%}
        list(indicator order by indicator) filter (where verdict = 'met') as met,
        list(indicator order by indicator) filter (where verdict = 'not_met' and floor_verdict = 'met') as at_floor,
        list(indicator order by indicator)
        filter (where verdict = 'not_met' and floor_verdict = 'not_met') as below_floor,
        list(indicator order by indicator) filter (where verdict = 'missing') as missing
    from {{ ref('mart_section_metrics') }}
    group by year, county, school_code, level
),

-- 其他部门（党政机关） and 其他部门 are the same operator.
operators as (
    select
        year,
        county,
        school_code,
        nullif(trim(operator_code), '') as operator_code,
        nullif(trim(regexp_replace(operator_name, '[（(].*$', '')), '') as operator_name
    from {{ ref('stg_schools') }}
),

-- The form's code where the return's code and name both say it, or the one that is known and the other is not;
-- where they contradict each other nothing is guessed.
operator_codes as (
    select
        operators.year,
        operators.county,
        operators.school_code,
        case
            when by_code.form_code <> by_name.form_code then null
            -- A name that has a code of its own does not overrule another code that is written.
            when by_name.operator_code <> operators.operator_code then null
            else coalesce(by_code.form_code, by_name.form_code)
        end as operator_type,
        nullif(concat_ws(' ', operators.operator_code, operators.operator_name), '') as operator_as_reported
    from operators
    left join {{ ref('operator_types') }} as by_code on operators.operator_code = by_code.operator_code
    left join {{ ref('operator_types') }} as by_name on operators.operator_name = by_name.operator_name
)

select
    sections.year,
    sections.county,
    partitions.provisional,
    cast(
        row_number() over (
            partition by sections.year, sections.county, sections.level
            order by sections.school_code
        ) as integer
    ) as position,
    sections.school_code,
    sections.school_name,
    sections.level,
    operator_codes.operator_type,
    operator_codes.operator_as_reported,
    sections.pupils,
    cast(grades.grades as integer) as grades,
    sections.classes,
    {% for indicator in ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7'] -%}
    standings.{{ indicator }},
    {% endfor -%}
    coalesce(standings.met, []) as met,
    coalesce(standings.at_floor, []) as at_floor,
    coalesce(standings.below_floor, []) as below_floor,
    coalesce(standings.missing, []) as missing,
    verdicts.verdict
from {{ ref('int_sections_scoped') }} as sections
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
inner join {{ ref('int_section_verdicts') }} as verdicts using (year, county, school_code, level)
left join standings using (year, county, school_code, level)
left join {{ ref('int_grades_counted') }} as grades using (year, county, school_code, level)
left join operator_codes using (year, county, school_code)
where sections.in_scope
order by sections.year, sections.county, {{ level_order('sections.level') }}, position
