{{ config(materialized='rebuilt_view') }}
-- Every value that enters a section's B1–B7 and B12, with sign, unit factor and share of the split.
-- Figures and traces both come from these rows, so that they cannot part.
{%- set level_fields = [
    'teachers', 'teachers_postgraduate', 'teachers_doctor', 'teachers_master', 'teachers_bachelor',
    'teachers_associate', 'teachers_pe', 'teachers_art', 'teachers_music', 'teachers_fine_art',
    'backbone_teachers',
] %}
{%- set resource_fields = [
    'teaching_area_m2', 'gym_area_m2', 'sports_ground_area_m2', 'equipment_value_wan', 'multimedia_rooms',
] %}
{%- set band_fields = [
    'classes_25_or_fewer', 'classes_26_30', 'classes_31_35', 'classes_36_40', 'classes_41_45', 'classes_46_50',
    'classes_51_55', 'classes_56_60', 'classes_61_65', 'classes_66_or_more',
] %}

with sections as (
    select *
    from {{ ref('int_sections_scoped') }}
),

resource_numerators as (
    select
        sections.year,
        sections.county,
        sections.school_code,
        sections.level,
        lower(addends.indicator) as judged_column,
        addends.indicator,
        'numerator' as part,
        addends.position,
        addends.record,
        addends.field,
        addends.label,
        addends.factor,
        addends.shared,
        -- A field that is declared but not listed above stops the build instead of passing for "not reported".
        case addends.field
            {% for field in level_fields %}
            when '{{ field }}' then cast(levels.{{ field }} as decimal(20, 4))
            {% endfor %}
            {% for field in resource_fields %}
            when '{{ field }}' then resources.{{ field }}
            {% endfor %}
            else error('indicator_addends 有未知的 field：' || addends.field)
        end as amount
    from sections
    inner join {{ ref('indicator_addends') }} as addends on sections.level = addends.level
    inner join {{ ref('stg_school_levels') }} as levels
        on
            sections.year = levels.year
            and sections.county = levels.county
            and sections.school_code = levels.school_code
            and sections.level = levels.level
    left join {{ ref('stg_school_resources') }} as resources
        on
            sections.year = resources.year
            and sections.county = resources.county
            and sections.school_code = resources.school_code
    where sections.in_scope
),

pupil_denominators as (
    select
        sections.year,
        sections.county,
        sections.school_code,
        sections.level,
        lower(indicators.indicator) as judged_column,
        indicators.indicator,
        'denominator' as part,
        1 as position,
        'school_level' as record,
        'pupils' as field,
        '在校生' as label,
        1 as factor,
        false as shared,
        cast(sections.pupils as decimal(20, 4)) as amount
    from sections
    cross join {{ ref('section_indicators') }} as indicators
    where sections.in_scope
),

-- B12 concerns 教学点 of any size as well. A band counts when its smallest class is over the limit.
large_class_bands as (
    select
        sections.year,
        sections.county,
        sections.school_code,
        sections.level,
        'b12_classes_over' as judged_column,
        'B12' as indicator,
        'numerator' as part,
        bands.smallest_class as position,
        'school_level' as record,
        bands.field,
        bands.label,
        1 as factor,
        false as shared,
        case bands.field
            {% for field in band_fields %}
            when '{{ field }}' then cast(levels.{{ field }} as decimal(20, 4))
            {% endfor %}
            else error('class_bands 有未知的 field：' || bands.field)
        end as amount
    from sections
    inner join {{ ref('stg_school_levels') }} as levels using (year, county, school_code, level)
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    inner join {{ ref('stg_standard_parameters') }} as limits
        on
            partitions.standard = limits.standard
            and 'B12.class_limit_' || sections.level = limits.name
    inner join {{ ref('class_bands') }} as bands on limits.value < bands.smallest_class
),

-- Blank bands are nought by the form's rule; only the total tells whether the sheet was filled in at all.
class_totals as (
    select
        year,
        county,
        school_code,
        level,
        'b12_classes_over' as judged_column,
        'B12' as indicator,
        'numerator' as part,
        0 as position,
        'school_level' as record,
        'classes' as field,
        '班数（须填报）' as label,
        0 as factor,
        false as shared,
        cast(classes as decimal(20, 4)) as amount
    from sections
),

unioned as (
    select * from resource_numerators
    union all
    select * from pupil_denominators
    union all
    select * from large_class_bands
    union all
    select * from class_totals
)

select
    unioned.year,
    unioned.county,
    'judged_sections_' || unioned.level as judged_table,
    unioned.judged_column,
    unioned.indicator,
    unioned.level,
    'section' as subject_type,
    unioned.school_code as subject_id,
    unioned.part,
    cast(unioned.position as integer) as position,
    unioned.record,
    unioned.school_code as record_id,
    case when unioned.record = 'school_level' then unioned.level end as record_level,
    unioned.field,
    unioned.label,
    cast(unioned.factor as decimal(9, 0)) as factor,
    case when unioned.shared then shares.share_weight else 1 end as share_weight,
    case when unioned.shared then shares.share_total else 1 end as share_total,
    case when unioned.shared then shares.share_text else '' end as share_text,
    unioned.amount,
    unioned.amount as value,
    -- Without its total, the count of large classes may be short: a failure stands, a pass cannot be claimed.
    unioned.indicator = 'B12' and unioned.field = 'classes' and unioned.amount is null as left_out
from unioned
inner join {{ ref('int_section_shares') }} as shares using (year, county, school_code, level)
