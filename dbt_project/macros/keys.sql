{# Rows of several models whose key is not one: `models` is a list of (model, key columns, columns that may be
   null). One query instead of a test a model, since dbt's cost is per test, not per row. #}
{% macro broken_keys(models) -%}
    {%- for model, columns, nullable in models %}
        {%- if not loop.first %}
            union all
        {%- endif %}
        select
            '{{ model }}' as model,
            concat_ws(' | ', {% for column in columns %}coalesce(cast({{ column }} as varchar), '∅'){{ ', ' if not loop.last }}{% endfor %})
                as key,
            count(*) as row_count
        from {{ ref(model) }}
        group by {{ columns | join(', ') }}
        having
            count(*) > 1
            {% for column in columns if column not in nullable -%}
                or {{ column }} is null
            {% endfor %}
    {%- endfor %}
{%- endmacro %}
