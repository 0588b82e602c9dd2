{#
    The table has one row, no more and no less; under `--empty` it may have none.
#}
{% test has_one_row(model) %}

select count(*) as n_rows
from {{ model }}
having count(*) <> 1{{ ' and false' if flags.EMPTY }}

{% endtest %}
