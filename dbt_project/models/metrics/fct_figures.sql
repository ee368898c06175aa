{{ config(materialized='rebuilt_view') }}
-- Every figure and conclusion that is judged, or shown beside: the long form behind the judged tables.
with summed as (
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
        cast(null as varchar) as text_value,
        is_incomplete,
        is_concerned
    from {{ ref('int_figures_summed') }}
),

balance as (
    select
        year,
        county,
        'judged_counties' as judged_table,
        lower(indicator) || '_cv_' || level as judged_column,
        indicator,
        level,
        'county' as subject_type,
        county as subject_id,
        1 as per_units,
        null as numerator_scaled,
        null as numerator_divisor,
        null as denominator_scaled,
        -- Its parts (sums, mean, standard deviation) stand in fct_county_balance.
        false as has_denominator,
        null as numerator,
        null as denominator,
        cv as value,
        null as text_value,
        is_incomplete,
        true as is_concerned
    from {{ ref('fct_county_balance') }}
),

conclusions as (
    select
        partitions.year,
        partitions.county,
        addends.judged_table,
        addends.judged_column,
        addends.indicator,
        null as level,
        'county' as subject_type,
        partitions.county as subject_id,
        1 as per_units,
        null as numerator_scaled,
        null as numerator_divisor,
        null as denominator_scaled,
        false as has_denominator,
        null as numerator,
        null as denominator,
        null as value,
        items.text as text_value,
        false as is_incomplete,
        true as is_concerned
    from {{ ref('stg_partitions') }} as partitions
    cross join {{ ref('county_addends') }} as addends
    left join {{ ref('stg_county_return') }} as items
        on
            partitions.year = items.year
            and partitions.county = items.county
            and addends.indicator = items.indicator
            and addends.item = items.item
    where addends.part = 'text'
),

unioned as (
    select * from summed
    union all
    select * from balance
    union all
    select * from conclusions
)

select
    *,
    {{ judged('value') }} as judged_value
from unioned
