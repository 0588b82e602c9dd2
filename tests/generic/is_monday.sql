{#
    A date that names a week is its Monday.
#}
{% test is_monday(model, column_name) %}

select {{ column_name }}
from {{ model }}
where {{ column_name }} <> {{ week_start(column_name) }}

{% endtest %}
