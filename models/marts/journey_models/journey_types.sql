{#
    The types of sessions, with what their sessions came to: those that were read at the
    fit.
#}
with

champion as (

    select * from {{ ref('stg_journeys__champion') }}

),

types as (

    select * from {{ ref('stg_journeys__types') }}

),

members as (

    select * from {{ ref('stg_journeys__members') }}

),

journey_steps as (

    select * from {{ ref('int_journey_steps') }}

),

goals as (

    select * from {{ ref('int_journey_goals') }}

),

sessions as (

    select
        members.run_id,
        members.type_id,
        members.session_key,
        count(*) as n_steps,
        max(case when goals.goal is not null then 1 else 0 end) as has_goal
    from champion
    inner join members
        on champion.run_id = members.run_id
    inner join journey_steps
        on members.session_key = journey_steps.session_key
    left join goals
        on journey_steps.step = goals.goal
    group by members.run_id, members.type_id, members.session_key

),

found as (

    select
        run_id,
        type_id,
        count(*) as n_found,
        avg(n_steps) as mean_steps,
        avg(has_goal) as goal_share
    from sessions
    group by run_id, type_id

),

described as (

    select
        types.type_id,
        types.type_name,
        types.medoid_path,
        types.n_sessions,
        types.session_share,
        cast(found.mean_steps as {{ type_double() }}) as mean_steps,
        cast(found.goal_share as {{ type_double() }}) as goal_share
    from champion
    inner join types
        on champion.run_id = types.run_id
    left join found
        on
            types.run_id = found.run_id
            and types.type_id = found.type_id

)

select * from described
