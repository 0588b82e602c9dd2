{#
    A statement that deletes the rows of a model's table that are not of the champion, also
    if there is none any more.

    table: the model itself, `this`. champion: the relation with the champion's run_id.
#}
{% macro forget_other_runs(table, champion) %}

    {% if not execute or load_relation(table) is none %}
        {{ return('') }}
    {% endif %}
    {{ return(
        'delete from ' ~ table ~ ' where run_id not in (select champion.run_id from '
        ~ champion ~ ' as champion)'
    ) }}

{% endmacro %}
