select
    cast(year as integer) as year,
    cast(county as varchar) as county,
    cast(school_code as varchar) as school_code,
    cast(teaching_area_m2 as decimal(20, 4)) as teaching_area_m2,
    cast(gym_area_m2 as decimal(20, 4)) as gym_area_m2,
    cast(sports_ground_area_m2 as decimal(20, 4)) as sports_ground_area_m2,
    cast(equipment_value_wan as decimal(20, 4)) as equipment_value_wan,
    cast(multimedia_rooms as decimal(20, 4)) as multimedia_rooms
from {{ source('landing', 'school_resources') }}
