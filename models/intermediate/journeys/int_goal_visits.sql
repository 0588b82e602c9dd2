{#
    For each step, after how many visits to it a goal was reached later in the same
    journey. `start` is the beginning of a journey.
#}
with

journey_steps as (

    select * from {{ ref('int_journey_steps') }}

),

goals as (

    select * from {{ ref('int_journey_goals') }}

),

{%- for unit, path, id in [
    ('session', 'session', 'session_key'), ('person', 'customer', 'customer_id')
] %}

goal_ends_of_{{ unit }}s as (

    select
        journey_steps.{{ id }} as path_id,
        goals.goal,
        max(journey_steps.{{ path }}_number) as last_number
    from journey_steps
    inner join goals
        on journey_steps.step = goals.goal
    where journey_steps.{{ id }} is not null
    group by journey_steps.{{ id }}, goals.goal

),

visits_of_{{ unit }}s as (

    select
        '{{ unit }}' as unit,
        goal_ends_of_{{ unit }}s.goal,
        journey_steps.step,
        count(*) as n_reaching
    from journey_steps
    inner join goal_ends_of_{{ unit }}s
        on
            journey_steps.{{ id }} = goal_ends_of_{{ unit }}s.path_id
            and journey_steps.{{ path }}_number
            < goal_ends_of_{{ unit }}s.last_number
    group by goal_ends_of_{{ unit }}s.goal, journey_steps.step
    union all
    select
        '{{ unit }}' as unit,
        goal,
        'start' as step,
        count(*) as n_reaching
    from goal_ends_of_{{ unit }}s
    group by goal

),
{%- endfor %}

combined as (

    select * from visits_of_sessions
    union all
    select * from visits_of_persons

)

select * from combined
