-- What: a parameter that dbt needs before judging and that the standard of a partition does not export.
-- When: a new edition of the suites lacks it; joins would then quietly find nothing.
-- Resolve: add it to `meta.parameters` of the suite it belongs to, and export the standards again.
with needed as (
    select
        unnest([
            'COUNTED.teaching_point_min_pupils', 'SCHOOL.indicators_met_min', 'B10.music_room_min_area_m2',
            'B10.art_room_min_area_m2', 'B10.classes_per_room', 'B12.class_limit_primary',
            'B12.class_limit_junior', 'B13.small_school_pupils',
        ]) as name
)

select
    partitions.year,
    partitions.county,
    partitions.standard,
    needed.name
from {{ ref('stg_partitions') }} as partitions
cross join needed
left join {{ ref('stg_standard_parameters') }} as parameters
    on partitions.standard = parameters.standard and needed.name = parameters.name
where parameters.value is null
