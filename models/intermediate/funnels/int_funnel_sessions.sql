{#
    The sessions that reached a step of a funnel, on the day on which they began, and
    whether they reached a later one: in any order, because a page that is loaded again is
    no drop-off.
#}
with

funnel_events as (

    select * from {{ ref('int_funnel_events') }}
    where session_key is not null

),

journey_steps as (

    select * from {{ ref('int_journey_steps') }}

),

funnel_steps as (

    select distinct
        funnel,
        n_positions
    from {{ ref('int_funnel_steps') }}

),

reached as (

    select distinct
        funnel,
        session_key,
        position
    from funnel_events

),

compared as (

    select
        *,
        max(position) over (partition by funnel, session_key) > position as is_further
    from reached

),

beginnings as (

    select
        session_key,
        platform,
        local_date
    from journey_steps
    where session_key is not null and session_step_before is null

),

dated as (

    select
        compared.funnel,
        compared.position,
        compared.session_key,
        beginnings.platform,
        beginnings.local_date,
        compared.is_further
    from compared
    inner join funnel_steps
        on
            compared.funnel = funnel_steps.funnel
            and compared.position < funnel_steps.n_positions
    inner join beginnings
        on compared.session_key = beginnings.session_key

)

select * from dated
