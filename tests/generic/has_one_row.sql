{#
    The table has one row, no more and no less.
#}
{% test has_one_row(model) %}

select count(*) as n_rows
from {{ model }}
having count(*) <> 1

{% endtest %}
