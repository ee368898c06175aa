{# not_met wins over missing, missing over met; what nobody was asked is met (rules: no such school, met). #}
{% macro worst_verdict(verdict) -%}
    case
        when bool_or({{ verdict }} = 'not_met') then 'not_met'
        when bool_or({{ verdict }} = 'missing') then 'missing'
        else 'met'
    end
{%- endmacro %}
