{#
    From each step, how many reach a goal: as seen, and as the chain of journey_transitions
    says, which knows nothing but the newest step. Where the two differ, what came before
    that step matters: journey_order_tests has the test.
#}
with

triples as (

    select * from {{ ref('int_journey_triples') }}

),

goals as (

    select * from {{ ref('int_journey_goals') }}

),

goal_visits as (

    select * from {{ ref('int_goal_visits') }}

),

transitions as (

    select * from {{ ref('journey_transitions') }}
    where population = 'everybody'

),

-- A goal is not left again.
absorbing as (

    select
        transitions.unit,
        goals.goal,
        transitions.from_step,
        transitions.to_step,
        transitions.share
    from transitions
    cross join goals
    where transitions.from_step <> goals.goal

),

units as (

    select distinct unit
    from transitions

),

ends as (

    select
        units.unit,
        goals.goal,
        goals.goal as step
    from units
    cross join goals
    union all
    select
        units.unit,
        goals.goal,
        'exit' as step
    from units
    cross join goals

),

matrix as (

    select * from absorbing
    union all
    select
        unit,
        goal,
        step as from_step,
        step as to_step,
        cast(1 as {{ type_double() }}) as share
    from ends

),

{{ solved_chain('matrix') }},

visits as (

    select
        unit,
        step,
        sum(n_visits) as n_visits
    from triples
    group by unit, step
    union all
    select
        unit,
        'start' as step,
        sum(n_visits) as n_visits
    from triples
    where step_before = 'start'
    group by unit

),

compared as (

    select
        visits.unit,
        goals.goal,
        visits.step,
        cast(visits.n_visits as {{ dbt.type_bigint() }}) as n_visits,
        cast(
            coalesce(goal_visits.n_reaching, 0) as {{ dbt.type_bigint() }}
        ) as n_reaching,
        coalesce(solved.share, 0) as share_by_chain
    from visits
    cross join goals
    left join goal_visits
        on
            visits.unit = goal_visits.unit
            and goals.goal = goal_visits.goal
            and visits.step = goal_visits.step
    left join solved
        on
            visits.unit = solved.unit
            and goals.goal = solved.goal
            and visits.step = solved.from_step
            and goals.goal = solved.to_step
    where visits.step <> goals.goal

),

measured as (

    select
        unit,
        goal,
        step,
        n_visits,
        n_reaching,
        cast(n_reaching as {{ type_double() }}) / n_visits as share_as_seen,
        {{ wilson_low('n_reaching', 'n_visits') }} as share_low,
        {{ wilson_high('n_reaching', 'n_visits') }} as share_high,
        share_by_chain,
        cast(n_reaching as {{ type_double() }}) / n_visits - share_by_chain
            as chain_error
    from compared

)

select * from measured
