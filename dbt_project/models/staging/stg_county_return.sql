select
    cast(year as integer) as year,
    cast(county as varchar) as county,
    cast(indicator as varchar) as indicator,
    cast(item as varchar) as item,
    cast(value as decimal(20, 4)) as value,
    cast(text as varchar) as text,
    cast(evidence as varchar) as evidence
from {{ source('landing', 'county_return') }}
