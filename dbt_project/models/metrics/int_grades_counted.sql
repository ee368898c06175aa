-- How many grades of a level have pupils. A campus joined to its parent has cells of the same grades: a grade is
-- counted once. A grade that was read and not understood leaves the number open.
select
    year,
    county,
    record_id as school_code,
    level,
    case
        when bool_and(value is not null) then count(distinct field) filter (where value > 0)
    end as grades
from {{ source('landing', 'cells') }}
where record = 'school_level' and starts_with(field, 'pupils_grade_')
group by year, county, record_id, level
