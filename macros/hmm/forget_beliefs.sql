{#
    Statements that delete rows of int_user_beliefs before a build: those of the
    champion's weeks that may have late rides, which the build recomputes, and those of
    deleted runs. Neither statement reads the weeks that stay: the recursive query jumps
    from run to run in the table's index.
#}
{% macro forget_beliefs(beliefs, belief_window, runs) %}

    {% if not execute or load_relation(beliefs) is none %}
        {{ return('') }}
    {% endif %}

    {{ return(
        'delete from ' ~ beliefs ~ ' as beliefs using ' ~ belief_window ~ ' as belief_window
        where belief_window.run_id = beliefs.run_id
            and beliefs.week_start >= belief_window.first_step_week_start;
        with recursive present as (
            select min(first.run_id) as run_id from ' ~ beliefs ~ ' as first
            union all
            select (select min(later.run_id) from ' ~ beliefs ~ ' as later where later.run_id > present.run_id)
            from present
            where present.run_id is not null
        )
        delete from ' ~ beliefs ~ ' as beliefs using present
        where beliefs.run_id = present.run_id
            and present.run_id not in (select runs.run_id from ' ~ runs ~ ' as runs)'
    ) }}

{% endmacro %}
