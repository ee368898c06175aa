{# How the plan's Annex 2 writes numbers. #}

{# Rounded half up on decimals (never on the binary float), trailing zeros dropped: 0.3100 → 0.31, 1.50 → 1.5. #}
{% macro plain_number(value, decimals) -%}
    {%- set rounded -%}
        cast(round(cast({{ value }} as decimal(28, 10)), {{ decimals }}) as decimal(28, {{ decimals }}))
    {%- endset -%}
    {%- if decimals == 0 -%}
        cast({{ rounded }} as varchar)
    {%- else -%}
        regexp_replace(cast({{ rounded }} as varchar), '\.?0+$', '')
    {%- endif -%}
{%- endmacro %}

{# As plain_number, with more decimals where it would read as the limit it misses: 6000 under 6000 is 5999.9999. #}
{% macro number_apart(value, limit, decimals) -%}
    case
        {%- for more in (decimals, 4) %}
        when {{ plain_number(value, more) }} <> {{ plain_number(limit, more) }} then {{ plain_number(value, more) }}
        {%- endfor %}
        else {{ plain_number(value, 10) }}
    end
{%- endmacro %}

{# A count as Chinese writes it before a measure word: 两, 三 … 十; larger counts stay figures. #}
{% macro chinese_count(value) -%}
    case
        when {{ value }} between 1 and 10
            then ['一', '两', '三', '四', '五', '六', '七', '八', '九', '十'][cast({{ value }} as integer)]
        else cast({{ value }} as varchar)
    end
{%- endmacro %}

{# The display order of levels: primary, junior, then what concerns both or neither. #}
{% macro level_order(level) -%}
    case {{ level }} when 'primary' then 1 when 'junior' then 2 else 3 end
{%- endmacro %}

{% macro test_order(test) -%}
    case {{ test }} when 'standard' then 1 when 'floor' then 2 when 'balance' then 3 when 'rule' then 4 else 5 end
{%- endmacro %}
