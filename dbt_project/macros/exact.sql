{# Exact arithmetic. A figure is kept as a whole number of ten-thousandths (the scale of every landed value)
   over a whole divisor, so that sums, shares and shortfalls never pass through a binary float. #}

{# A DECIMAL of scale ≤ 4 → HUGEINT of ten-thousandths, without rounding. Below a hundred thousand million the way
   leads through a float, twenty times as fast: there 10000 × the nearest float is off by less than a quarter
   (10^15 × 2^-52), so that its nearest whole number is the exact one. #}
{% macro ten_thousandths(value) -%}
    case
        when abs({{ value }}) < 100000000000 then cast(round(cast({{ value }} as double) * 10000) as hugeint)
        else cast(({{ value }}) * 10000 as hugeint)
    end
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
