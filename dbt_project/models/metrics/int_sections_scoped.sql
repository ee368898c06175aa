-- A section is one school at one level that has pupils, or whose pupils are not reported (a missing section).
with section_levels as (
    select *
    from {{ ref('stg_school_levels') }}
    where level in ('primary', 'junior') and (pupils > 0 or pupils is null)
),

school_sizes as (
    select
        year,
        county,
        school_code,
        sum(pupils) as compulsory_pupils,
        bool_or(pupils is null) as pupils_missing
    from section_levels
    group by year, county, school_code
),

with_reasons as (
    select
        section_levels.year,
        section_levels.county,
        section_levels.school_code,
        schools.school_name,
        schools.type_code,
        section_levels.level,
        section_levels.pupils,
        section_levels.classes,
        case
            when schools.scope = 'special' then '特殊教育学校，不参加资源配置评估'
            when schools.scope <> 'compulsory' then '不是义务教育学校，不在评估范围'
            -- A 教学点 whose size is not known is not let off: it is a missing section.
            when
                schools.type_code = '218'
                and not school_sizes.pupils_missing
                and school_sizes.compulsory_pupils < limits.value
                then
                    '教学点在校生不足'
                    || cast(cast(limits.value as integer) as varchar)
                    || '人，不参加资源配置评估'
        end as scope_reason
    from section_levels
    inner join school_sizes using (year, county, school_code)
    inner join {{ ref('stg_schools') }} as schools using (year, county, school_code)
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    left join {{ ref('stg_standard_parameters') }} as limits
        on
            partitions.standard = limits.standard
            and limits.name = 'COUNTED.teaching_point_min_pupils'
)

select
    *,
    scope_reason is null as in_scope
from with_reasons
