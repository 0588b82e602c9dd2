{#
    None of these columns is ever below zero. One scan for all of them.
#}
{% test are_not_negative(model, columns) %}

select
    {{ columns | join(',\n    ') }}
from {{ model }}
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}{{ column }} < 0
    {%- endfor %}

{% endtest %}
