select
    cast(year as integer) as year,
    cast(county as varchar) as county,
    cast(line as varchar) as line,
    cast(label as varchar) as label,
    cast(value as decimal(20, 4)) as value
from {{ source('landing', 'county_profile') }}
