{#
    Frequent paths of two to five steps in sessions, and what they lead to: a goal, or the
    end of the session. Counted in up to 50,000 sessions; a step that is repeated at once
    counts once. Paths through the goal itself are left out.

    Over 170 lines, because goals and the exit are compared in one place.
#}
{%- set least_sessions = 20 -%}
{%- set most_paths = 100 -%}
{%- set goal_in_path
    = "' > ' || kept.path || ' > ' like '% > ' || session_goals.goal || ' > %'" -%}
with

path_steps as (

    select * from {{ ref('int_path_steps') }}

),

session_paths as (

    select * from {{ ref('int_session_paths') }}

),

goals as (

    select * from {{ ref('int_journey_goals') }}

),

goal_ends as (

    select
        path_steps.session_key,
        goals.goal,
        max(path_steps.number) as last_number
    from path_steps
    inner join goals
        on path_steps.step = goals.goal
    group by path_steps.session_key, goals.goal

),

-- Goals that sessions reach: rides belong to no session.
session_goals as (

    select
        goal,
        count(*) as n_reaching
    from goal_ends
    group by goal

),

counted as (

    select
        n_steps,
        path,
        count(*) as n_sessions,
        count(case when is_end_of_session then 1 end) as n_ends
    from session_paths
    group by n_steps, path

),

ranked as (

    select
        counted.*,
        row_number() over (
            partition by counted.n_steps
            order by counted.n_sessions desc, counted.path asc
        ) as path_rank
    from counted

),

kept as (

    select * from ranked
    where n_sessions >= {{ least_sessions }} and path_rank <= {{ most_paths }}

),

all_sessions as (

    select count(*) as n_all_sessions
    from path_steps
    where number = 1

),

-- Of all paths of a length, how many stand at the end of a session.
ends as (

    select
        n_steps,
        cast(sum(n_ends) as {{ type_double() }}) / sum(n_sessions) as base_share
    from counted
    group by n_steps

),

reaching as (

    select
        session_paths.path,
        goal_ends.goal,
        count(*) as n_reaching
    from session_paths
    inner join kept
        on session_paths.path = kept.path
    inner join goal_ends
        on
            session_paths.session_key = goal_ends.session_key
            and session_paths.first_end_number < goal_ends.last_number
    group by session_paths.path, goal_ends.goal

),

compared as (

    select
        session_goals.goal as leads_to,
        kept.n_steps,
        kept.path,
        kept.n_sessions,
        coalesce(reaching.n_reaching, 0) as n_reaching,
        cast(session_goals.n_reaching as {{ type_double() }})
        / all_sessions.n_all_sessions as base_share
    from kept
    cross join session_goals
    cross join all_sessions
    left join reaching
        on
            kept.path = reaching.path
            and session_goals.goal = reaching.goal
    where not ({{ goal_in_path }})
    union all
    select
        'exit' as leads_to,
        kept.n_steps,
        kept.path,
        kept.n_sessions,
        kept.n_ends as n_reaching,
        ends.base_share
    from kept
    inner join ends
        on kept.n_steps = ends.n_steps

),

measured as (

    select
        leads_to,
        path,
        n_steps,
        cast(n_sessions as {{ dbt.type_bigint() }}) as n_sessions,
        cast(n_reaching as {{ dbt.type_bigint() }}) as n_reaching,
        cast(n_reaching as {{ type_double() }}) / n_sessions as share,
        base_share,
        cast(n_reaching as {{ type_double() }}) / n_sessions
        / nullif(base_share, 0) as lift,
        {{ wilson_low('n_reaching', 'n_sessions') }} / nullif(base_share, 0)
            as lift_low,
        {{ wilson_high('n_reaching', 'n_sessions') }} / nullif(base_share, 0)
            as lift_high
    from compared

)

select * from measured
