-- What the official sentences count besides ratios: schools and classes over their limits, small schools' funds,
-- and the 综合 coefficient (plain mean of the seven, for information, never a test).
with verdicts as (
    select *
    from {{ ref('int_verdicts_classified') }}
),

-- A through school (一贯制) is counted as such, any other at its highest compulsory level.
school_kinds as (
    select
        sections.year,
        sections.county,
        sections.school_code,
        case
            when any_value(schools.type_code) in ('312', '345') then '一贯制学校'
            when bool_or(sections.level = 'junior') then '初中'
            else '小学'
        end as kind
    from {{ ref('int_sections_scoped') }} as sections
    inner join {{ ref('stg_schools') }} as schools using (year, county, school_code)
    group by sections.year, sections.county, sections.school_code
),

room_schools as (
    select
        year,
        county,
        subject_id,
        {{ worst_verdict('verdict') }} as verdict
    from verdicts
    where indicator = 'B10'
    group by year, county, subject_id
),

rooms as (
    select
        year,
        county,
        'B10' as indicator,
        '音乐、美术专用教室达标学校' as item,
        null as level,
        cast(count(*) filter (where verdict = 'met') as double) as value,
        '所' as unit
    from room_schools
    group by year, county
),

sizes as (
    select
        partitions.year,
        partitions.county,
        'B11' as indicator,
        '超过规模的' || kinds.kind as item,
        null as level,
        cast(count(distinct verdicts.subject_id) as double) as value,
        '所' as unit
    from {{ ref('stg_partitions') }} as partitions
    cross join (select unnest(['小学', '初中', '一贯制学校']) as kind) as kinds
    left join school_kinds
        on
            partitions.year = school_kinds.year
            and partitions.county = school_kinds.county
            and kinds.kind = school_kinds.kind
    left join verdicts
        on
            school_kinds.year = verdicts.year
            and school_kinds.county = verdicts.county
            and school_kinds.school_code = verdicts.subject_id
            and verdicts.indicator = 'B11'
            and verdicts.verdict = 'not_met'
    group by partitions.year, partitions.county, kinds.kind
),

large_classes as (
    select
        year,
        county,
        'B12' as indicator,
        '超过人数的班级' as item,
        level,
        -- No count at all is not nought.
        sum(value) as value,
        '个' as unit
    from {{ ref('fct_figures') }}
    where indicator = 'B12'
    group by year, county, level
),

small_schools as (
    select
        figures.year,
        figures.county,
        figures.subject_id,
        max(figures.value) filter (where figures.judged_column = 'b13_allocated_yuan') as allocated_yuan,
        any_value(roster.compulsory_pupils) as pupils
    from {{ ref('fct_figures') }} as figures
    inner join {{ ref('int_roster_united') }} as roster
        on
            figures.year = roster.year
            and figures.county = roster.county
            and figures.subject_id = roster.school_code
    where figures.indicator = 'B13' and figures.judged_table = 'judged_schools'
    group by figures.year, figures.county, figures.subject_id
),

small_school_sums as (
    select
        year,
        county,
        cast(count(*) as double) as schools,
        cast(sum(pupils) as double) as pupils,
        sum(allocated_yuan order by subject_id) as allocated_yuan
    from small_schools
    group by year, county
),

small_school_counts as (
    select
        partitions.year,
        partitions.county,
        'B13' as indicator,
        unnest(['规模较小学校', '规模较小学校学生数', '规模较小学校公用经费']) as item,
        null as level,
        -- None of no school; what small schools did not report is not nought.
        unnest(
            case
                when sums.schools is null then [0, 0, 0]
                else [sums.schools, sums.pupils, sums.allocated_yuan]
            end
        ) as value,
        unnest(['所', '人', '元']) as unit
    from {{ ref('stg_partitions') }} as partitions
    left join small_school_sums as sums using (year, county)
),

training_funds as (
    select
        year,
        county,
        'B26' as indicator,
        '教师培训经费达标学校' as item,
        null as level,
        cast(count(*) filter (where verdict = 'met') as double) as value,
        '所' as unit
    from verdicts
    where indicator = 'B26'
    group by year, county
),

overall_balance as (
    select
        year,
        county,
        'ALL' as indicator,
        '综合差异系数' as item,
        level,
        case when count(cv) = count(*) then sum(cv order by indicator) / count(*) end as value,
        '差异系数' as unit
    from {{ ref('fct_county_balance') }}
    group by year, county, level
)

select * from rooms
union all
select * from sizes
union all
select * from large_classes
union all
select * from small_school_counts
union all
select * from training_funds
union all
select * from overall_balance
