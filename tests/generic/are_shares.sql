{#
    Fails where a column lies outside 0 to 1. Nulls pass. One scan covers all columns.
#}
{% test are_shares(model, columns) %}

select
    {{ columns | join(',\n    ') }}
from {{ model }}
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}{{ column }} < 0
    or {{ column }} > 1
    {%- endfor %}

{% endtest %}
