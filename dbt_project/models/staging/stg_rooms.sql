select
    cast(year as integer) as year,
    cast(county as varchar) as county,
    cast(school_code as varchar) as school_code,
    cast(kind as varchar) as kind,
    cast(room_name as varchar) as room_name,
    cast(area_m2 as decimal(20, 4)) as area_m2,
    cast(built_year as integer) as built_year,
    cast(row_id as varchar) as row_id
from {{ source('landing', 'rooms') }}
