{#
    The steps of up to 50,000 sessions, always the same ones: what frequent paths are
    counted in. A step that is repeated at once counts once.
#}
{%- set most_sessions = 50000 -%}
with

journey_steps as (

    select * from {{ ref('int_journey_steps') }}

),

sessions as (

    select
        session_key,
        {{ one_way_hash('session_key') }} as session_hash
    from journey_steps
    where session_key is not null and session_step_before is null

),

ranked as (

    select
        session_key,
        row_number() over (order by session_hash, session_key) as hash_rank
    from sessions

),

drawn as (

    select
        journey_steps.session_key,
        journey_steps.session_number,
        journey_steps.step
    from journey_steps
    inner join ranked
        on journey_steps.session_key = ranked.session_key
    where
        ranked.hash_rank <= {{ most_sessions }}
        and journey_steps.session_step_before is distinct from journey_steps.step

),

numbered as (

    select
        session_key,
        step,
        row_number() over session_order as number,
        lead(step, 1) over session_order as step_2,
        lead(step, 2) over session_order as step_3,
        lead(step, 3) over session_order as step_4,
        lead(step, 4) over session_order as step_5,
        count(*) over (partition by session_key) as n_session_steps
    from drawn
    window
        session_order as (
            partition by session_key
            order by session_number
        )

)

select * from numbered
