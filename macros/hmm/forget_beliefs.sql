{#
    Statements that delete rows of int_user_beliefs before a build: those of the champion
    from a user's first week on that is another than when its belief was computed, which
    the build computes again, and those of deleted runs. Only weeks that may have late rides
    are compared. The second statement does not read the weeks that stay: the recursive
    query jumps from run to run in the table's index.
#}
{% macro forget_beliefs(beliefs, belief_window, runs, panel) %}

    {% if not execute or load_relation(beliefs) is none %}
        {{ return('') }}
    {% endif %}

    {% set first_week = '(select first_step_week_start from ' ~ belief_window ~ ')' %}
    {% set of_champion = 'beliefs.run_id = (select run_id from ' ~ belief_window ~ ') and beliefs.week_start >= ' ~ first_week %}
    {{ return(
        'with present as (
            select user_week_panel.user_id, user_week_panel.week_start, ' ~ checksum_of_week() ~ ' as week_checksum
            from ' ~ panel ~ ' as user_week_panel
            where user_week_panel.has_completed_ride and user_week_panel.week_start >= ' ~ first_week ~ '
        ),
        kept as (
            select beliefs.user_id, beliefs.week_start, beliefs.week_checksum
            from ' ~ beliefs ~ ' as beliefs
            where ' ~ of_champion ~ '
        ),
        changed as (
            select user_id, min(week_start) as week_start
            from present full outer join kept using (user_id, week_start)
            where present.week_checksum is distinct from kept.week_checksum
            group by user_id
        )
        delete from ' ~ beliefs ~ ' as beliefs using changed
        where ' ~ of_champion ~ '
            and beliefs.user_id = changed.user_id
            and beliefs.week_start >= changed.week_start;
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


{# A checksum of all that a belief may depend on in a row of user_week_panel. #}
{% macro checksum_of_week() %}

    {% set values = [
        'user_week_panel.filled_from_week_start = user_week_panel.week_start', 'user_week_panel.is_first_ride_week',
    ] %}
    {% for column in panel_columns() %}
        {% do values.append('user_week_panel.' ~ column) %}
    {% endfor %}
    {{ return(row_checksum(values)) }}

{% endmacro %}
