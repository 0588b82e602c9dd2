{#
    The times that each customer spent in each cohort whose fact is exact: a count of the
    last days, or a clock. They begin and end at the moment at which the fact crosses the
    boundary of its rule. Open spells have no end.
#}
with

count_steps as (

    select * from {{ ref('int_cohort_count_steps') }}

),

clock_steps as (

    select * from {{ ref('int_cohort_clock_steps') }}

),

horizon as (

    select * from {{ ref('int_cohort_horizon') }}

),

steps as (

    select
        customer_id,
        cohort,
        changed_at,
        false as has_passed,
        is_met
    from count_steps
    union all
    select
        customer_id,
        cohort,
        changed_at,
        has_passed,
        is_met
    from clock_steps

),

known_steps as (

    select
        steps.*,
        lag(steps.is_met) over (
            partition by steps.customer_id, steps.cohort
            order by steps.changed_at, steps.has_passed
        ) as was_met
    from steps
    cross join horizon
    where
        steps.changed_at < horizon.known_until_at
        or (
            steps.changed_at = horizon.known_until_at
            and not steps.has_passed
        )

),

crossings as (

    select
        customer_id,
        cohort,
        is_met,
        changed_at as entered_at,
        lead(changed_at) over (
            partition by customer_id, cohort
            order by changed_at, has_passed
        ) as left_at
    from known_steps
    where is_met is distinct from coalesce(was_met, false)

),

spells as (

    select
        customer_id,
        cohort,
        entered_at,
        left_at
    from crossings
    where
        is_met
        and (left_at is null or left_at > entered_at)

)

select * from spells
