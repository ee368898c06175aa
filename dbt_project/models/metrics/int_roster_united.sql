-- The roster: the county's list (supplement) together with the workbooks. A listed school without a workbook
-- has not reported.
with reported as (
    select *
    from {{ ref('stg_schools') }}
),

listed as (
    select *
    from {{ ref('stg_supplement') }}
),

sections as (
    select
        year,
        county,
        school_code,
        sum(pupils) as compulsory_pupils,
        bool_or(pupils is null) as pupils_missing
    from {{ ref('int_sections_scoped') }}
    group by year, county, school_code
)

select
    coalesce(reported.year, listed.year) as year,
    coalesce(reported.county, listed.county) as county,
    coalesce(reported.school_code, listed.school_code) as school_code,
    coalesce(reported.school_name, listed.school_name) as school_name,
    reported.school_code is not null as is_reported,
    listed.school_code is not null as is_listed,
    coalesce(reported.scope, 'unreported') as scope,
    reported.type_code,
    reported.type_name,
    reported.operator_code,
    reported.operator_name,
    reported.urban_rural_code,
    listed.town,
    coalesce(listed.built_year, reported.built_year) as built_year,
    -- 寄宿制 as the supplement says; where the form says otherwise the reader raises a query.
    listed.boarding,
    sections.school_code is not null as has_sections,
    sections.compulsory_pupils,
    coalesce(sections.pupils_missing, false) as pupils_missing
from reported
full outer join listed
    on
        reported.year = listed.year
        and reported.county = listed.county
        and reported.school_code = listed.school_code
left join sections
    on
        reported.year = sections.year
        and reported.county = sections.county
        and reported.school_code = sections.school_code
