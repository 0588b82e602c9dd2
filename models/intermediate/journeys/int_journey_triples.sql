{#
    How often each three steps followed each other, in the journeys of people and in those
    of sessions. Before the first step is `start`, after the last one `exit`.
#}
with
{%- for unit, path, id in [
    ('session', 'session', 'session_key'), ('person', 'customer', 'customer_id')
] %}

{# A CTE that both read would be stored. -#}
{{ unit }}_steps as (

    select * from {{ ref('int_journey_steps') }}
    where {{ id }} is not null

),

of_{{ unit }}s as (

    select
        '{{ unit }}' as unit,
        platform,
        coalesce({{ path }}_step_before, 'start') as step_before,
        step,
        coalesce({{ path }}_step_after, 'exit') as step_after,
        count(*) as n_visits
    from {{ unit }}_steps
    group by
        platform,
        coalesce({{ path }}_step_before, 'start'),
        step,
        coalesce({{ path }}_step_after, 'exit')

),
{%- endfor %}

combined as (

    select * from of_sessions
    union all
    select * from of_persons

)

select * from combined
