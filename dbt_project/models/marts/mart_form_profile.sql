select
    profile.year,
    profile.county,
    partitions.provisional,
    cast(substr(profile.line, 2) as integer) as position,
    profile.line,
    regexp_replace(profile.label, '（[^（）]*）$', '') as label,
    regexp_extract(profile.label, '（([^（）]*)）$', 1) as unit,
    cast(profile.value as double) as value
from {{ ref('stg_county_profile') }} as profile
inner join {{ ref('stg_partitions') }} as partitions using (year, county)
order by profile.year, profile.county, position
