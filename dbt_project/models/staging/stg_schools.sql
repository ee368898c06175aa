select
    cast(year as integer) as year,
    cast(county as varchar) as county,
    cast(school_code as varchar) as school_code,
    cast(school_name as varchar) as school_name,
    cast(type_code as varchar) as type_code,
    cast(type_name as varchar) as type_name,
    cast(operator_code as varchar) as operator_code,
    cast(operator_name as varchar) as operator_name,
    cast(urban_rural_code as varchar) as urban_rural_code,
    cast(counted_as_school as boolean) as counted_as_school,
    cast(form_boarding as boolean) as form_boarding,
    cast(built_year as integer) as built_year,
    cast(edition as varchar) as edition,
    cast(scope as varchar) as scope
from {{ source('landing', 'schools') }}
-- An export writes a school of several levels on several rows that say the same of the school itself.
qualify row_number() over (partition by year, county, school_code order by type_code, school_name) = 1
