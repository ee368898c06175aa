{# The columns together identify a row. Nullable parts (a level or an item that does not apply) are compared
   as equal, so two rows without an item are still duplicates; `nullable` names them, all others must be set. #}
{% test unique_key(model, columns, nullable=[]) %}
{{ rows_with_broken_key(model, columns, nullable) }}
{% endtest %}
