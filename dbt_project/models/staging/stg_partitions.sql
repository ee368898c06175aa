select
    cast(year as integer) as year,
    cast(county as varchar) as county,
    cast(standard as varchar) as standard,
    cast(provisional as boolean) as provisional,
    cast(county_name as varchar) as county_name
from {{ source('landing', 'partitions') }}
