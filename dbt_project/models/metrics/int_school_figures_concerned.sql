-- Which figure of a school concerns whom, one row a school × judged column. `is_usable` false: the school may
-- be concerned but a fact that decides it is missing, so its figure is missing whatever the other values say.
with roster as (
    select *
    from {{ ref('int_roster_united') }}
    where scope in ('compulsory', 'special', 'unreported')
),

supplement as (
    select *
    from {{ ref('stg_supplement') }}
),

-- B10 and B11: every school with primary or junior pupils, 教学点 and 民办 included.
schools_with_pupils as (
    select *
    from roster
    where (scope = 'compulsory' and has_sections) or scope = 'unreported'
),

rooms as (
    select
        year,
        county,
        school_code,
        unnest(['b10_music_rooms', 'b10_art_rooms', 'b10_rooms_required']) as judged_column,
        null as level,
        true as is_usable
    from schools_with_pupils
),

sizes as (
    select
        year,
        county,
        school_code,
        -- 九年一贯制 and 十二年一贯制 have a limit of their own.
        case when type_code in ('312', '345') then 'b11_pupils_through' else 'b11_pupils_single' end
            as judged_column,
        null as level,
        true as is_usable
    from schools_with_pupils
),

-- B13: 小学 and 教学点 under the limit. Where the size is not known, funds that would do for a small school need
-- no answer; others are missing, since nobody can say whether the rule applies.
possibly_small as (
    select
        schools.year,
        schools.county,
        schools.school_code,
        schools.scope = 'unreported' or schools.pupils_missing as size_unknown,
        coalesce(supplement.funded_pupils >= limits.value, false) as funded_enough,
        coalesce(supplement.allocated_yuan >= limits.value * rates.value, false) as allocated_enough
    from schools_with_pupils as schools
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    left join supplement using (year, county, school_code)
    left join {{ ref('stg_standard_parameters') }} as limits
        on partitions.standard = limits.standard and limits.name = 'B13.small_school_pupils'
    left join {{ ref('stg_county_return') }} as rates
        on
            schools.year = rates.year
            and schools.county = rates.county
            and rates.indicator = 'B13'
            and rates.item = '小学生均公用经费基准定额'
    where
        schools.scope = 'unreported'
        or (schools.type_code in ('211', '218') and coalesce(schools.compulsory_pupils, 0) < limits.value)
),

small_school_funds as (
    select
        possibly_small.year,
        possibly_small.county,
        possibly_small.school_code,
        figures.judged_column,
        null as level,
        case figures.judged_column
            when 'b13_funded_pupils' then not possibly_small.size_unknown or possibly_small.funded_enough
            when 'b13_allocated_yuan' then not possibly_small.size_unknown or possibly_small.allocated_enough
            else true
        end as is_usable
    from possibly_small
    cross join (
        select unnest(['b13_funded_pupils', 'b13_allocated_yuan', 'b13_required_yuan']) as judged_column
    ) as figures
    where
        not possibly_small.size_unknown
        or not (possibly_small.funded_enough and possibly_small.allocated_enough)
),

-- B16, B19 and B26: 特教 included.
staff_and_funds as (
    select
        year,
        county,
        school_code,
        unnest(['b16_ratio', 'b19_ratio', 'b26_ratio']) as judged_column,
        null as level,
        true as is_usable
    from roster
),

-- B20: 公办, 城区 (11x) and 镇区 (12x), not boarding.
catchments_reported as (
    select
        roster.year,
        roster.county,
        roster.school_code,
        'b20_' || sections.level || '_ratio' as judged_column,
        sections.level,
        -- Who runs it, where it lies, whether it boards: where one is not known, nobody can say that it counts.
        roster.boarding is not null
        and roster.operator_code is not null
        and roster.urban_rural_code is not null as is_usable
    from roster
    inner join {{ ref('int_sections_scoped') }} as sections using (year, county, school_code)
    where
        roster.scope = 'compulsory'
        and roster.operator_code is distinct from '999'
        and (roster.urban_rural_code is null or left(roster.urban_rural_code, 2) in ('11', '12'))
        and roster.boarding is distinct from true
),

catchments_unreported as (
    select
        roster.year,
        roster.county,
        roster.school_code,
        'b20_' || levels.level || '_ratio' as judged_column,
        levels.level,
        false as is_usable
    from roster
    cross join (select unnest(['primary', 'junior']) as level) as levels
    inner join supplement using (year, county, school_code)
    where
        roster.scope = 'unreported'
        and roster.boarding is distinct from true
        -- Catchment pupils are given for the levels a school has; with none given it may have either.
        and (
            (supplement.primary_in_catchment is null and supplement.junior_in_catchment is null)
            or (levels.level = 'primary' and supplement.primary_in_catchment is not null)
            or (levels.level = 'junior' and supplement.junior_in_catchment is not null)
        )
)

select * from rooms
union all
select * from sizes
union all
select * from small_school_funds
union all
select * from staff_and_funds
union all
select * from catchments_reported
union all
select * from catchments_unreported
