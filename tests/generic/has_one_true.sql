{#
    A flag is true in one row, no more and no less: of each group of rows, or of the
    whole table without group_by. A table without rows has nothing to flag.
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
