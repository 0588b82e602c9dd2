{#
    Each of these columns lies between 0 and 1 wherever it is not null. One scan
    for all of them.
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
