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
            row_count
        from ({{ rows_with_broken_key(ref(model), columns, nullable) }})
    {%- endfor %}
{%- endmacro %}

{# The keys of a relation that stand on more than one row, or lack a part that is not in `nullable`. Millions of
   rows are grouped by a number of 64 bits, the hash of their key, in one pass: two keys of one hash would stop a load
   wrongly, once in a million nations; a broken key never passes. #}
{% macro rows_with_broken_key(relation, columns, nullable) -%}
    select
        {% for column in columns -%}
            any_value({{ column }}) as {{ column }},
        {% endfor -%}
        count(*) as row_count
    from {{ relation }}
    group by hash({{ columns | join(', ') }})
    having
        count(*) > 1
        {% for column in columns if column not in nullable -%}
            or bool_or({{ column }} is null)
        {% endfor %}
{%- endmacro %}
