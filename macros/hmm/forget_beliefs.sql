{#
    A statement that takes from int_user_beliefs what the build is about to take anew:
    the champion's weeks in which rides may have come late; and the rows of runs that
    are gone.
#}
{% macro forget_beliefs(beliefs, belief_window, runs) %}

    {% if not execute or load_relation(beliefs) is none %}
        {{ return('') }}
    {% endif %}

    {{ return(
        'delete from ' ~ beliefs ~ ' as beliefs where exists (select 1 from ' ~ belief_window ~ ' as belief_window
            where belief_window.run_id = beliefs.run_id
            and beliefs.week_start >= belief_window.first_step_week_start);
        delete from ' ~ beliefs ~ ' where run_id not in (select runs.run_id from ' ~ runs ~ ' as runs)'
    ) }}

{% endmacro %}
