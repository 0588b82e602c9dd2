{#
    When each customer met and no longer met the rules about days since the first or the
    newest event. `has_passed`: the step is taken just after its moment, because a clock is
    above 90 days only once they have passed.

    rule: 30 days or more since the newest event
    events  1 March 10:00, 5 March 9:00, 20 May 8:00     met from 4 April 9:00 on,
                                                         not met from 20 May 8:00 on
#}
{%- set day = 86400 -%}

with

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

rules as (

    select * from {{ ref('cohort_rules') }}

),

neighbours as (

    select
        customer_id,
        occurred_at,
        lag(occurred_at) over customer_order as previous_at,
        lead(occurred_at) over customer_order as next_at
    from customer_events
    where
        customer_id is not null
        and exists (select 1 from event_snapshot)
    window
        customer_order as (
            partition by customer_id
            order by occurred_at, event_key
        )

),

first_events as (

    select
        customer_id,
        occurred_at
    from neighbours
    where previous_at is null

),

-- A clock is over its value from the moment on that it takes, until the next event sets
-- it back. Events in between change nothing and are left out.
clocks as (

    select
        neighbours.customer_id,
        rules.cohort,
        rules.operator,
        neighbours.occurred_at as changed_at,
        false as is_over
    from neighbours
    inner join rules
        on
            rules.fact = 'days_since_last_event'
            and (
                neighbours.previous_at is null
                or neighbours.occurred_at
                >= {{ seconds_after('neighbours.previous_at', 'rules.value * ' ~ day) }}
            )
    union all
    select
        neighbours.customer_id,
        rules.cohort,
        rules.operator,
        {{ seconds_after('neighbours.occurred_at', 'rules.value * ' ~ day) }}
            as changed_at,
        true as is_over
    from neighbours
    inner join rules
        on
            rules.fact = 'days_since_last_event'
            and (
                neighbours.next_at is null
                or neighbours.next_at
                > {{ seconds_after('neighbours.occurred_at', 'rules.value * ' ~ day) }}
            )
    union all
    select
        first_events.customer_id,
        rules.cohort,
        rules.operator,
        first_events.occurred_at as changed_at,
        false as is_over
    from first_events
    inner join rules
        on rules.fact = 'days_since_first_event'
    union all
    select
        first_events.customer_id,
        rules.cohort,
        rules.operator,
        {{ seconds_after('first_events.occurred_at', 'rules.value * ' ~ day) }}
            as changed_at,
        true as is_over
    from first_events
    inner join rules
        on rules.fact = 'days_since_first_event'

),

steps as (

    select
        customer_id,
        cohort,
        changed_at,
        is_over and operator in ('>', '<=') as has_passed,
        is_over = (operator in ('>', '>=')) as is_met
    from clocks

)

select * from steps
