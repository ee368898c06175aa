{# A mart is published without its prefix: mart_gap_list is the table marts.gap_list. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{ custom_alias_name | trim if custom_alias_name else node.name.removeprefix('mart_') }}
{%- endmacro %}
