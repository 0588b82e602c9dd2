{#
    Within each group, every week from the first to the last has a row. Needs a unique
    (group, week).
#}
{% test no_gaps_in_weeks(model, column_name, group_by) %}

select
    {{ group_by }},
    min({{ column_name }}) as first_week,
    max({{ column_name }}) as last_week,
    count(*) as n_weeks
from {{ model }}
group by {{ group_by }}
having
    count(*)
    <> {{ weeks_between('min(' ~ column_name ~ ')', 'max(' ~ column_name ~ ')') }} + 1

{% endtest %}
