{# A model lives in the schema of its room (staging, metrics, assessment, marts, evidence), unprefixed:
   the judge and the publication read those names. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
