{#
    Shares or probabilities sum to 1, up to rounding: within each group of rows, or over
    the whole table without group_by.
#}
{% test sums_to_one(model, column_name, group_by=none, tolerance=1e-9) %}

select
    {%- if group_by %}
    {{ group_by }},
    {%- endif %}
    sum({{ column_name }}) as total
from {{ model }}
{%- if group_by %}
group by {{ group_by }}
{%- endif %}
having abs(sum({{ column_name }}) - 1) > {{ tolerance }}

{% endtest %}
