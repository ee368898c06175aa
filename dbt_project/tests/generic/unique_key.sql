{# The columns together identify a row. Nullable parts (a level or an item that does not apply) are compared
   as equal, so two rows without an item are still duplicates; `nullable` names them, all others must be set. #}
{% test unique_key(model, columns, nullable=[]) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {% for column in columns if column not in nullable -%}
        or {{ column }} is null
    {% endfor %}
{% endtest %}
