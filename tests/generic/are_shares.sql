{#
    Fails where a column lies outside 0 to 1, by more than rounding: histories keep what
    earlier versions wrote. Nulls pass. One scan covers all columns.
#}
{% test are_shares(model, columns) %}

select
    {{ columns | join(',\n    ') }}
from {{ model }}
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}{{ column }} < 0
    or {{ column }} > 1 + 1e-12
    {%- endfor %}

{% endtest %}
