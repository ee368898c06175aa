-- B10: which music and art rooms count. One row a room, and one for a kind of which a school lists none.
with schools as (
    select *
    from {{ ref('int_roster_united') }}
    -- Rooms are asked of every school with primary or junior pupils, and of those that did not report.
    where (scope = 'compulsory' and has_sections) or scope = 'unreported'
),

-- Both levels of a school together; a level without its classes makes this a lower bound.
school_classes as (
    select
        year,
        county,
        school_code,
        sum(classes) as classes
    from {{ ref('int_sections_scoped') }}
    group by year, county, school_code
),

kinds as (
    select
        unnest(['music', 'art']) as kind,
        unnest(['音乐', '美术']) as kind_label
),

kinds_asked as (
    select
        schools.year,
        schools.county,
        schools.school_code,
        kinds.kind,
        kinds.kind_label,
        area_limits.value as min_area_m2,
        {{ ceil_division('school_classes.classes', 'cast(class_limits.value as bigint)') }} as rooms_required
    from schools
    cross join kinds
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    left join school_classes using (year, county, school_code)
    left join {{ ref('stg_standard_parameters') }} as area_limits
        on
            partitions.standard = area_limits.standard
            and 'B10.' || kinds.kind || '_room_min_area_m2' = area_limits.name
    left join {{ ref('stg_standard_parameters') }} as class_limits
        on
            partitions.standard = class_limits.standard
            and class_limits.name = 'B10.classes_per_room'
),

rooms as (
    select
        kinds_asked.*,
        rooms.row_id,
        rooms.room_name,
        rooms.area_m2,
        rooms.area_m2 >= kinds_asked.min_area_m2 as is_large_enough,
        count(rooms.row_id) over school_rooms as rooms_listed,
        count(*) filter (where rooms.area_m2 >= kinds_asked.min_area_m2) over kind_rooms as rooms_counted,
        count(rooms.row_id) filter (where rooms.area_m2 is null) over kind_rooms as rooms_unknown,
        row_number() over (kind_rooms order by rooms.row_id) as position
    from kinds_asked
    left join {{ ref('stg_rooms') }} as rooms using (year, county, school_code, kind)
    window
        school_rooms as (
            partition by kinds_asked.year, kinds_asked.county, kinds_asked.school_code
        ),
        kind_rooms as (
            partition by kinds_asked.year, kinds_asked.county, kinds_asked.school_code, kinds_asked.kind
        )
)

select
    year,
    county,
    school_code,
    kind,
    kind_label,
    row_id,
    position,
    room_name,
    area_m2,
    coalesce(is_large_enough, false) as is_counted,
    case
        when is_large_enough then 1
        when area_m2 is not null then 0
        -- A school that lists no room at all is missing; one that lists only the other kind has none of this.
        when row_id is null and rooms_listed = 0 then null
        when row_id is null then 0
        -- A room of unknown size matters only where it could tip the balance.
        when rooms_counted >= rooms_required or rooms_counted + rooms_unknown < rooms_required then 0
    end as rooms_added
from rooms
