{# A table built anew by one statement. dbt's own `table` builds beside, renames and drops, so that readers of
   the old table are not disturbed: here the warehouse is wiped before a load and nobody reads it meanwhile,
   and those extra statements cost as much as the models themselves. #}
{% materialization rebuilt, adapter='duckdb', supported_languages=['sql'] %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set contract_config = config.get('contract') -%}

    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {%- if contract_config.enforced %}
            {{ get_assert_columns_equivalent(compiled_code) }}
        {%- endif %}
        create or replace table {{ target_relation }} as (
            {{ compiled_code }}
        )
    {%- endcall %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
