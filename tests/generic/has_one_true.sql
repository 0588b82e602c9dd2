{#
    The flag is true in exactly one row: of each group, or of the whole table without
    group_by. An empty table passes.
#}
{% test has_one_true(model, column_name, group_by=none) %}

select
    {%- if group_by %}
    {{ group_by }},
    {%- endif %}
    count(case when {{ column_name }} then 1 end) as n_true
from {{ model }}
{%- if group_by %}
group by {{ group_by }}
{%- endif %}
having
    count(*) > 0
    and count(case when {{ column_name }} then 1 end) <> 1

{% endtest %}
