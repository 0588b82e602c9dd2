{#
    The table has exactly one row. Under `--empty` it may have none.
#}
{% test has_one_row(model) %}

select count(*) as n_rows
from {{ model }}
having count(*) <> 1{{ ' and false' if flags.EMPTY }}

{% endtest %}
