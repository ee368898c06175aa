-- 达标情况 of B10, B11 and B12 where not met, as Annex 2 words them.
with room_schools as (
    select
        year,
        county,
        subject_id as school_code,
        {{ worst_verdict('verdict') }} as verdict
    from {{ ref('int_verdicts_classified') }}
    where indicator = 'B10'
    group by year, county, subject_id
),

room_names as (
    select
        room_schools.year,
        room_schools.county,
        count(*) filter (where room_schools.verdict = 'met') as schools_met,
        count(*) filter (where room_schools.verdict = 'missing') as schools_missing,
        string_agg(schools.school_name, '、' order by room_schools.school_code)
        filter (where room_schools.verdict = 'met') as names_met
    from room_schools
    left join {{ ref('int_roster_united') }} as schools using (year, county, school_code)
    group by room_schools.year, room_schools.county
),

-- Rooms of the schools that do not pass; a school may also fail by number alone.
room_areas as (
    select
        rooms.year,
        rooms.county,
        rooms.school_code,
        min(rooms.area_m2) as smallest_m2,
        max(rooms.area_m2) as largest_m2,
        bool_and(rooms.is_counted) filter (where rooms.row_id is not null) as fails_by_number_only
    from {{ ref('int_rooms_counted') }} as rooms
    inner join room_schools using (year, county, school_code)
    where room_schools.verdict = 'not_met'
    group by rooms.year, rooms.county, rooms.school_code
),

room_ranges as (
    select
        year,
        county,
        min(smallest_m2) as smallest_m2,
        max(largest_m2) as largest_m2,
        count(*) filter (where fails_by_number_only) as schools_short_of_rooms
    from room_areas
    group by year, county
),

rooms as (
    select
        room_names.year,
        room_names.county,
        'B10' as indicator,
        case room_names.schools_met
            when 0 then '义务教育段学校的专用功能房均未达到标准。各学校'
            when 1 then '义务教育段学校，' || room_names.names_met || '一所学校的专用功能房面积能够达到标准。其余学校'
            else
                '义务教育段学校，' || room_names.names_met || '等' || {{ chinese_count('room_names.schools_met') }}
                || '所学校的专用功能房面积能够达到标准。其余学校'
        end
        || case
            when room_ranges.smallest_m2 is null then '没有登记专用功能房面积。'
            when room_ranges.smallest_m2 = room_ranges.largest_m2
                then '单个功能房面积均为' || {{ plain_number('room_ranges.smallest_m2', 2) }} || '平方米。'
            else
                '单个功能房面积均在' || {{ plain_number('room_ranges.smallest_m2', 2) }}
                || '-' || {{ plain_number('room_ranges.largest_m2', 2) }} || '平方米之间。'
        end
        || case
            when room_ranges.schools_short_of_rooms > 0
                then cast(room_ranges.schools_short_of_rooms as varchar) || '所学校间数不足。'
            else ''
        end
        || case
            when room_names.schools_missing > 0
                then '另有' || cast(room_names.schools_missing as varchar) || '所学校数据缺失。'
            else ''
        end as statement
    from room_names
    left join room_ranges using (year, county)
),

sizes as (
    select
        year,
        county,
        'B11' as indicator,
        '我县目前有' || cast(count(distinct subject_id) as varchar) || '所小学、初中超过规模。' as statement
    from {{ ref('int_verdicts_unmet') }}
    where indicator = 'B11' and verdict = 'not_met'
    group by year, county
),

class_limits as (
    select
        partitions.year,
        partitions.county,
        max(limits.value) filter (where limits.name = 'B12.class_limit_primary') as primary_limit,
        max(limits.value) filter (where limits.name = 'B12.class_limit_junior') as junior_limit
    from {{ ref('stg_partitions') }} as partitions
    inner join {{ ref('stg_standard_parameters') }} as limits using (standard)
    group by partitions.year, partitions.county
),

large_classes as (
    select
        year,
        county,
        coalesce(sum(observed) filter (where level = 'primary'), 0) as primary_classes,
        coalesce(sum(observed) filter (where level = 'junior'), 0) as junior_classes
    from {{ ref('int_verdicts_unmet') }}
    where indicator = 'B12' and verdict = 'not_met'
    group by year, county
),

classes as (
    select
        large_classes.year,
        large_classes.county,
        'B12' as indicator,
        '超过' || {{ plain_number('class_limits.primary_limit', 0) }} || '人的小学班级'
        || {{ plain_number('large_classes.primary_classes', 0) }} || '个，超过'
        || {{ plain_number('class_limits.junior_limit', 0) }} || '人的初中班级'
        || {{ plain_number('large_classes.junior_classes', 0) }} || '个。' as statement
    from large_classes
    inner join class_limits using (year, county)
)

select * from rooms
union all
select * from sizes
union all
select * from classes
