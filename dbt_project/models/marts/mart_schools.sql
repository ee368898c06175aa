with sections as (
    select
        year,
        county,
        school_code,
        cast(sum(pupils) filter (where level = 'primary') as bigint) as primary_pupils,
        cast(sum(pupils) filter (where level = 'junior') as bigint) as junior_pupils,
        cast(sum(classes) as bigint) as classes,
        bool_or(in_scope) as in_scope,
        any_value(scope_reason) as scope_reason
    from {{ ref('int_sections_scoped') }}
    group by year, county, school_code
)

select
    roster.year,
    roster.county,
    partitions.provisional,
    roster.school_code,
    roster.school_name,
    roster.is_reported as reported,
    roster.type_code,
    roster.type_name,
    roster.operator_code,
    roster.operator_name,
    roster.urban_rural_code,
    roster.town,
    roster.built_year,
    roster.boarding,
    sections.primary_pupils,
    sections.junior_pupils,
    sections.classes,
    not roster.is_reported or coalesce(sections.in_scope, false) as in_scope,
    case
        when not roster.is_reported or sections.in_scope then null
        when roster.scope = 'special' then '特殊教育学校，不参加资源配置评估'
        when roster.scope = 'vocational' then '职业学校，不在评估范围'
        when roster.scope = 'senior' then '只有高中学段，不在评估范围'
        else coalesce(sections.scope_reason, '没有小学、初中在校生')
    end as scope_reason,
    verdicts.verdict
from {{ ref('int_roster_united') }} as roster
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
left join sections using (year, county, school_code)
left join {{ ref('int_school_verdicts') }} as verdicts using (year, county, school_code)
