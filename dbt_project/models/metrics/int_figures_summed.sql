-- Addends → figures, by one formula for sections, schools and the county:
--     value = per_units × Σ(amount × factor × share) / Σ(amount × factor)   (no denominator: the sum itself)
-- The numerator is the exact fraction numerator_scaled / numerator_divisor, the denominator an exact count of
-- ten-thousandths; floats appear in the last division only.
with addends as (
    {{ every_addend() }}
),

summed as (
    select
        year,
        county,
        judged_table,
        judged_column,
        indicator,
        level,
        subject_type,
        subject_id,
        bool_or(left_out) as is_incomplete,
        bool_or(may_concern_nobody) as may_concern_nobody,
        bool_or(part = 'denominator') as has_denominator,
        -- One value not reported, and the sum is not known (unless the row is left out and the figure says so).
        case
            when bool_and(amount is not null) filter (where part = 'numerator' and not left_out)
                then
                    {{ ten_thousandths("sum(amount * factor) filter (where part = 'numerator' and not left_out)") }}
                    * any_value(share_weight) filter (where part = 'numerator')
        end as numerator_sum,
        any_value(share_total) filter (where part = 'numerator') * 10000 as numerator_divisor,
        case
            when bool_and(amount is not null) filter (where part = 'denominator' and not left_out)
                then {{ ten_thousandths("sum(amount * factor) filter (where part = 'denominator' and not left_out)") }}
        end as denominator_scaled
    from addends
    group by year, county, judged_table, judged_column, indicator, level, subject_type, subject_id
),

with_requirements as (
    select
        summed.year,
        summed.county,
        summed.judged_table,
        summed.judged_column,
        summed.indicator,
        summed.level,
        summed.subject_type,
        summed.subject_id,
        summed.is_incomplete,
        summed.may_concern_nobody,
        summed.has_denominator,
        summed.numerator_divisor,
        summed.denominator_scaled,
        coalesce(units.per_pupils, 1) as per_units,
        case
            -- One room for each number of classes begun that the standard names.
            when summed.judged_column = 'b10_rooms_required'
                then
                    {{ ceil_division('summed.numerator_sum', ten_thousandths('limits.value')) }}
                    * summed.numerator_divisor
            else summed.numerator_sum
        end as numerator_scaled
    from summed
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    left join {{ ref('section_indicators') }} as units on summed.indicator = units.indicator
    left join {{ ref('stg_standard_parameters') }} as limits
        on partitions.standard = limits.standard and limits.name = 'B10.classes_per_room'
),

divided as (
    select
        *,
        cast(numerator_scaled as double) / cast(numerator_divisor as double) as numerator,
        cast(denominator_scaled as double) / 10000 as denominator,
        case
            when not has_denominator then numerator_scaled / numerator_divisor
            when denominator_scaled > 0
                then (per_units * numerator_scaled * 10000) / (numerator_divisor * denominator_scaled)
        end as value
    from with_requirements
)

select
    year,
    county,
    judged_table,
    judged_column,
    indicator,
    level,
    subject_type,
    subject_id,
    per_units,
    numerator_scaled,
    numerator_divisor,
    denominator_scaled,
    has_denominator,
    numerator,
    denominator,
    value,
    is_incomplete,
    -- 0 of 0 (no special-school pupils, no migrant or disabled children): the test concerns nobody.
    coalesce(not may_concern_nobody or numerator_scaled <> 0 or denominator_scaled <> 0, true) as is_concerned
from divided
