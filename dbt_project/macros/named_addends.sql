{# All addends: of sections, of schools, and of the county, where alone a value may concern nobody. #}
{% macro every_addend() -%}
    select
        *,
        false as may_concern_nobody
    from {{ ref('int_section_addends_weighted') }}
    union all
    select
        *,
        false as may_concern_nobody
    from {{ ref('int_school_addends_weighted') }}
    union all
    select *
    from {{ ref('int_county_addends_weighted') }}
{%- endmacro %}

{# The rest of a WITH clause over `addends`, which the caller begins: `named_addends`, the addends by the name of the
   figure they enter, those of coefficients and conclusions included. #}
{% macro named_addends() -%}
-- The item of a test names what is traced; a compared column (rooms or 元 required) is the denominator of each
-- test that is judged against it.
tests as (
    select distinct
        standard,
        judged_table,
        judged_column as traced_column,
        item,
        false as is_required
    from {{ ref('stg_standards') }}
    union
    select distinct
        standard,
        judged_table,
        required_column as traced_column,
        item,
        true as is_required
    from {{ ref('stg_standards') }}
    where required_column is not null
),

shown_names as (
    select distinct
        judged_column,
        figure_name
    from {{ ref('county_addends') }}
    where judged_table = 'shown'
),

figures as (
    select
        addends.year,
        addends.county,
        addends.indicator,
        addends.level,
        coalesce(tests.item, shown_names.figure_name) as item,
        addends.subject_type,
        addends.subject_id,
        case when tests.is_required then 'denominator' else addends.part end as part,
        addends.position,
        case
            when addends.subject_type = 'county' and schools.school_name is not null
                then schools.school_name || '：' || addends.label
            else addends.label
        end as label,
        addends.factor,
        addends.share_weight,
        addends.share_total,
        addends.share_text,
        addends.left_out,
        addends.value,
        addends.record,
        addends.record_id,
        addends.record_level,
        addends.field
    from addends
    inner join {{ ref('stg_partitions') }} as partitions using (year, county)
    left join tests
        on
            partitions.standard = tests.standard
            and addends.judged_table = tests.judged_table
            and addends.judged_column = tests.traced_column
    left join shown_names on addends.judged_column = shown_names.judged_column
    left join {{ ref('int_roster_united') }} as schools
        on
            addends.year = schools.year
            and addends.county = schools.county
            and addends.record_id = schools.school_code
    -- A value that only has to be there (factor 0) is shown where it is what is missing.
    where addends.factor <> 0 or addends.value is null or addends.record = 'room'
),

-- A coefficient rests on every section of its level; one without a value does not enter.
balance as (
    select
        figures.year,
        figures.county,
        figures.indicator,
        figures.level,
        figures.item,
        'county' as subject_type,
        figures.county as subject_id,
        figures.part,
        figures.position,
        metrics.school_name || '：' || figures.label as label,
        figures.factor,
        figures.share_weight,
        figures.share_total,
        figures.share_text,
        metrics.value is null as left_out,
        figures.value,
        figures.record,
        figures.record_id,
        figures.record_level,
        figures.field
    from figures
    inner join {{ ref('fct_section_metrics') }} as metrics
        on
            figures.year = metrics.year
            and figures.county = metrics.county
            and figures.subject_id = metrics.school_code
            and figures.level = metrics.level
            and figures.indicator = metrics.indicator
    where figures.subject_type = 'section'
),

conclusions as (
    select
        partitions.year,
        partitions.county,
        addends.indicator,
        null as level,
        tests.item,
        'county' as subject_type,
        partitions.county as subject_id,
        'numerator' as part,
        addends.position,
        addends.item || '（结论）' as label,
        1 as factor,
        1 as share_weight,
        1 as share_total,
        '' as share_text,
        false as left_out,
        null as value,
        'county_return' as record,
        addends.indicator || '|' || addends.item as record_id,
        null as record_level,
        'text' as field
    from {{ ref('stg_partitions') }} as partitions
    inner join {{ ref('county_addends') }} as addends on addends.part = 'text'
    left join tests
        on
            partitions.standard = tests.standard
            and addends.judged_table = tests.judged_table
            and addends.judged_column = tests.traced_column
),

named_addends as (
    select * from figures
    union all
    select * from balance
    union all
    select * from conclusions
)
{%- endmacro %}
