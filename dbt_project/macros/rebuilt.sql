{# A table (or view) built anew by one statement. dbt's own `table` builds beside, renames and drops, so that readers
   of the old table are not disturbed: here the warehouse is wiped before a load and nobody reads it meanwhile,
   and those extra statements cost as much as the models themselves. #}
{% materialization rebuilt, adapter='duckdb', supported_languages=['sql'] %}
    {{ return(rebuild('table')) }}
{% endmaterialization %}

{# For long rows that others sum up or look into once: writing them costs more than forming them again. #}
{% materialization rebuilt_view, adapter='duckdb', supported_languages=['sql'] %}
    {{ return(rebuild('view')) }}
{% endmaterialization %}

{% macro rebuild(kind) %}
    {%- set target_relation = this.incorporate(type=kind) -%}
    {%- set contract_config = config.get('contract') -%}

    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {%- if contract_config.enforced %}
            {{ get_assert_columns_equivalent(compiled_code) }}
        {%- endif %}
        create or replace {{ kind }} {{ target_relation }} as (
            {{ compiled_code }}
        )
    {%- endcall %}
    {#- The columns are those of the contract: no need to ask the database for them, one by one, as persist_docs does. -#}
    {% if config.persist_column_docs() and contract_config.enforced %}
        {% call statement('comments') -%}
            comment on {{ kind }} {{ target_relation }} is {{ duckdb_escape_comment(model.description) }};
            {% for column in model.columns.values() -%}
                comment on column {{ target_relation }}.{{ column.name }} is {{ duckdb_escape_comment(column.description) }};
            {% endfor %}
        {%- endcall %}
    {% else %}
        {% do persist_docs(target_relation, model) %}
    {% endif %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmacro %}
