{#
    How often each three steps followed each other, in the journeys of people and in those
    of sessions. Before the first step is `start`, after the last one `exit`.

    Both are counted in one pass over the events: within a session they are the same three.
#}
{{ config(pre_hook=["{{ without_sorted_groups() }}"]) }}
with

journey_steps as (

    select * from {{ ref('int_journey_steps') }}

),

counted as (

    select
        platform,
        step,
        session_step_before,
        session_step_after,
        customer_step_before,
        customer_step_after,
        session_number is not null as is_of_session,
        customer_number is not null as is_of_person,
        count(*) as n_visits
    from journey_steps
    group by
        platform,
        step,
        session_step_before,
        session_step_after,
        customer_step_before,
        customer_step_after,
        session_number is not null,
        customer_number is not null

),

combined as (
    {%- for unit, path in [('session', 'session'), ('person', 'customer')] %}

    select
        '{{ unit }}' as unit,
        platform,
        coalesce({{ path }}_step_before, 'start') as step_before,
        step,
        coalesce({{ path }}_step_after, 'exit') as step_after,
        cast(sum(n_visits) as {{ dbt.type_bigint() }}) as n_visits
    from counted
    where is_of_{{ unit }}
    group by
        platform,
        coalesce({{ path }}_step_before, 'start'),
        step,
        coalesce({{ path }}_step_after, 'exit')
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from combined
