-- Section rule: enough of the seven met (the standard says how many) and none of the others below its floor.
with counted as (
    select
        year,
        county,
        subject_id as school_code,
        level,
        count(*) filter (where test = 'standard' and verdict = 'met') as indicators_met,
        count(*) filter (where test = 'standard' and verdict = 'not_met') as indicators_not_met,
        count(*) filter (where test = 'standard') as indicators_judged,
        count(*) filter (where test = 'floor' and verdict = 'met') as indicators_at_floor,
        count(*) filter (where test = 'floor' and verdict = 'not_met') as indicators_below_floor,
        count(*) filter (where verdict = 'missing') as values_missing
    from {{ ref('int_verdicts_classified') }}
    where subject_type = 'section' and test in ('standard', 'floor')
    group by year, county, subject_id, level
)

select
    counted.year,
    counted.county,
    counted.school_code,
    counted.level,
    counted.indicators_met,
    counted.indicators_at_floor,
    case
        -- It fails whatever a missing value may turn out to be.
        when counted.indicators_below_floor > 0 then 'not_met'
        when counted.indicators_judged - counted.indicators_not_met < limits.value then 'not_met'
        when counted.values_missing > 0 then 'missing'
        else 'met'
    end as verdict
from counted
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
inner join {{ ref('stg_standard_parameters') }} as limits
    on partitions.standard = limits.standard and limits.name = 'SCHOOL.indicators_met_min'
