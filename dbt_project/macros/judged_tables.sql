{# The judged tables put the long figures side by side, one column a test, as the suites name them. #}

{% macro figure_column(name, type='double') -%}
    cast(max(figures.judged_value) filter (where figures.judged_column = '{{ name }}') as {{ type }}) as {{ name }}
{%- endmacro %}

{% macro text_column(name) -%}
    max(figures.text_value) filter (where figures.judged_column = '{{ name }}') as {{ name }}
{%- endmacro %}

{# One row a section of the level, 教学点 of any size included; B1–B7 are null where it is out of scope. #}
{% macro judged_sections(level) %}
select
    sections.year,
    sections.county,
    sections.school_code as subject_id,
    sections.school_name as subject_name,
    {% for indicator in ['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7'] -%}
        {{ figure_column(indicator) }},
    {% endfor -%}
    {{ figure_column('b12_classes_over', 'bigint') }}
from {{ ref('int_sections_scoped') }} as sections
left join {{ ref('fct_figures') }} as figures
    on
        sections.year = figures.year
        and sections.county = figures.county
        and sections.school_code = figures.subject_id
        and figures.judged_table = 'judged_sections_{{ level }}'
where sections.level = '{{ level }}'
group by sections.year, sections.county, sections.school_code, sections.school_name
order by sections.year, sections.county, sections.school_code
{% endmacro %}

{# Of a WITH clause that has `figures`: `required_figures`, those of the columns that others are compared with. #}
{% macro required_figures() -%}
required_columns as (
    select distinct required_column
    from {{ ref('stg_standards') }}
    where required_column is not null
),

required_figures as (
    select figures.*
    from figures
    inner join required_columns on figures.judged_column = required_columns.required_column
)
{%- endmacro %}
