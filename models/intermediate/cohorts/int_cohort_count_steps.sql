{#
    When each customer met and no longer met the rules that count something in the last
    days. A count holds what happened less than these days ago: a session leaves a count
    of 7 days when it is 7 × 24 hours old.

    rule: more than 1 session in 7 days
    sessions  Mon 10:00  Wed 9:00                 count   Mon 10:00             1
                                                          Wed 9:00              2 (met)
                                                          Mon 10:00, next week  1
                                                          Wed 9:00, next week   0
#}
{%- set day = 86400 -%}

with

moments as (

    select * from {{ ref('int_cohort_moments') }}

),

customer_days as (

    select * from {{ ref('int_customer_days') }}

),

rules as (

    select * from {{ ref('cohort_rules') }}

),

first_events as (

    select
        customer_id,
        min(first_occurred_at) as occurred_at
    from customer_days
    group by customer_id

),

lookbacks as (

    select distinct
        fact,
        lookback_days
    from rules
    where {{ is_one_of('fact', cohort_facts('count')) }}

),

-- Each moment adds to the count, and is taken out again when it is too old. The first
-- event adds nothing: from it on the count is known.
changes as (

    select
        moments.customer_id,
        lookbacks.fact,
        lookbacks.lookback_days,
        moments.occurred_at as changed_at,
        moments.n_moments as n_more
    from moments
    inner join lookbacks
        on moments.fact = lookbacks.fact
    union all
    select
        moments.customer_id,
        lookbacks.fact,
        lookbacks.lookback_days,
        {{ seconds_after('moments.occurred_at', 'lookbacks.lookback_days * ' ~ day) }}
            as changed_at,
        -moments.n_moments as n_more
    from moments
    inner join lookbacks
        on moments.fact = lookbacks.fact
    union all
    select
        first_events.customer_id,
        lookbacks.fact,
        lookbacks.lookback_days,
        first_events.occurred_at as changed_at,
        0 as n_more
    from first_events
    cross join lookbacks

),

counts as (

    select
        customer_id,
        fact,
        lookback_days,
        changed_at,
        sum(sum(n_more)) over (
            partition by customer_id, fact, lookback_days
            order by changed_at
            rows between unbounded preceding and current row
        ) as n_moments
    from changes
    group by customer_id, fact, lookback_days, changed_at

),

steps as (

    select
        counts.customer_id,
        rules.cohort,
        counts.changed_at,
        {{ meets_rule('counts.n_moments', 'rules.operator', 'rules.value') }} as is_met
    from counts
    inner join rules
        on
            counts.fact = rules.fact
            and counts.lookback_days = rules.lookback_days

)

select * from steps
