-- School rule: every section in scope is met. A school that did not report is missing.
with parts as (
    select
        year,
        county,
        school_code,
        verdict
    from {{ ref('int_section_verdicts') }}
    union all
    select
        year,
        county,
        school_code,
        'missing' as verdict
    from {{ ref('int_roster_united') }}
    where not is_reported
)

select
    year,
    county,
    school_code,
    {{ worst_verdict('verdict') }} as verdict
from parts
group by year, county, school_code
