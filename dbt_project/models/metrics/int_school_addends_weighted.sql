{{ config(materialized='rebuilt_view') }}
-- Every value that enters a figure of a school (B10, B11, B13, B16, B19, B20, B26).
{%- set supplement_fields = [
    'certified_teachers', 'trained_teachers', 'budget_yuan', 'funded_pupils', 'allocated_yuan', 'training_yuan',
    'primary_in_catchment', 'junior_in_catchment',
] %}

with concerned as (
    select *
    from {{ ref('int_school_figures_concerned') }}
),

from_supplement as (
    select
        concerned.year,
        concerned.county,
        concerned.school_code,
        concerned.level,
        concerned.judged_column,
        addends.indicator,
        addends.part,
        addends.position,
        addends.record,
        concerned.school_code as record_id,
        cast(null as varchar) as record_level,
        addends.field,
        addends.label,
        addends.factor,
        case addends.field
            {% for field in supplement_fields %}
            when '{{ field }}' then cast(supplement.{{ field }} as decimal(20, 4))
            {% endfor %}
            else error('school_addends 有未知的 field：' || addends.field)
        end as value,
        concerned.is_usable,
        addends.partial as may_be_partial
    from concerned
    inner join {{ ref('school_addends') }} as addends
        on concerned.judged_column = addends.judged_column and addends.record = 'supplement'
    left join {{ ref('stg_supplement') }} as supplement using (year, county, school_code)
),

-- A figure asks for one level or for all: an equality either way, which keeps the join below linear.
levels_asked as (
    select
        *,
        unnest([level, 'all']) as asked
    from {{ ref('stg_school_levels') }}
    where level in ('primary', 'junior', 'special')
),

-- One row a level of the school; a school without any keeps one row without a value: not reported.
from_levels as (
    select
        concerned.year,
        concerned.county,
        concerned.school_code,
        concerned.level,
        concerned.judged_column,
        addends.indicator,
        addends.part,
        addends.position + {{ level_order('levels.level') }} as position,
        addends.record,
        concerned.school_code as record_id,
        coalesce(levels.level, concerned.level) as record_level,
        addends.field,
        addends.label,
        addends.factor,
        case addends.field
            when 'pupils' then cast(levels.pupils as decimal(20, 4))
            when 'classes' then cast(levels.classes as decimal(20, 4))
            when 'teachers' then cast(levels.teachers as decimal(20, 4))
            else error('school_addends 有未知的 field：' || addends.field)
        end as value,
        concerned.is_usable,
        addends.partial as may_be_partial
    from concerned
    inner join {{ ref('school_addends') }} as addends
        on concerned.judged_column = addends.judged_column and addends.record = 'school_level'
    left join levels_asked as levels
        on
            concerned.year = levels.year
            and concerned.county = levels.county
            and concerned.school_code = levels.school_code
            and coalesce(concerned.level, 'all') = levels.asked
),

-- A small school must be given the 定额 of 小学 for as many pupils as the standard names.
required_funds as (
    select
        concerned.year,
        concerned.county,
        concerned.school_code,
        concerned.level,
        concerned.judged_column,
        'B13' as indicator,
        'numerator' as part,
        1 as position,
        'county_return' as record,
        'B13|小学生均公用经费基准定额' as record_id,
        null as record_level,
        'value' as field,
        '小学生均公用经费基准定额（元）' as label,
        -- The type of the seeds' factors: a wider one would make every row of the union pass through it.
        cast(limits.value as decimal(9, 0)) as factor,
        rates.value,
        concerned.is_usable,
        false as may_be_partial
    from concerned
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    left join {{ ref('stg_standard_parameters') }} as limits
        on partitions.standard = limits.standard and limits.name = 'B13.small_school_pupils'
    left join {{ ref('stg_county_return') }} as rates
        on
            concerned.year = rates.year
            and concerned.county = rates.county
            and rates.indicator = 'B13'
            and rates.item = '小学生均公用经费基准定额'
    where concerned.judged_column = 'b13_required_yuan'
),

unioned as (
    select * from from_supplement
    union all
    select * from from_levels
    union all
    select * from required_funds
),

-- Rooms are counted, not added up: the amount of a counted room is 1, its area is what the trace shows.
rooms as (
    select
        year,
        county,
        school_code,
        null as level,
        'b10_' || kind || '_rooms' as judged_column,
        'B10' as indicator,
        'numerator' as part,
        position,
        'room' as record,
        row_id as record_id,
        null as record_level,
        'area_m2' as field,
        coalesce(room_name || '使用面积（㎡）', kind_label || '专用教室：一间未列') as label,
        cast(case when is_counted then 1 else 0 end as decimal(9, 0)) as factor,
        cast(rooms_added as decimal(20, 4)) as amount,
        area_m2 as value,
        false as left_out
    from {{ ref('int_rooms_counted') }}
),

weighted as (
    select
        * exclude (value, is_usable, may_be_partial),
        case when is_usable then value end as amount,
        value,
        may_be_partial and value is null as left_out
    from unioned
    union all
    select * from rooms
)

select
    year,
    county,
    'judged_schools' as judged_table,
    judged_column,
    indicator,
    level,
    'school' as subject_type,
    school_code as subject_id,
    part,
    cast(position as integer) as position,
    record,
    record_id,
    record_level,
    field,
    label,
    factor,
    cast(1 as hugeint) as share_weight,
    cast(1 as hugeint) as share_total,
    '' as share_text,
    cast(amount as decimal(20, 4)) as amount,
    cast(value as decimal(20, 4)) as value,
    left_out
from weighted
