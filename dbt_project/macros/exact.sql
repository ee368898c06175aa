{# Exact arithmetic. A figure is kept as a whole number of ten-thousandths (the scale of every landed value)
   over a whole divisor, so that sums, shares and shortfalls never pass through a binary float. #}

{# A DECIMAL of scale ≤ 4 → HUGEINT of ten-thousandths, without rounding. #}
{% macro ten_thousandths(value) -%}
    cast(({{ value }}) * 10000 as hugeint)
{%- endmacro %}

{# A DECIMAL of scale ≤ 6 (limits) → HUGEINT of millionths, without rounding. #}
{% macro millionths(value) -%}
    cast(({{ value }}) * 1000000 as hugeint)
{%- endmacro %}

{# Integer division rounded up, for any sign of the dividend and a positive divisor. #}
{% macro ceil_division(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }})
    + case when ({{ dividend }}) % ({{ divisor }}) > 0 then 1 else 0 end)
{%- endmacro %}

{# The value that is judged: 10 decimals remove float noise and nothing else (a half is never at stake). #}
{% macro judged(value) -%}
    round({{ value }}, 10)
{%- endmacro %}
