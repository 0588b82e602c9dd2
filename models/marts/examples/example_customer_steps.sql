{#
    What became known of the customers of example_customers, in order: their identifiers,
    when what looked like two customers became one, and cohorts entered and left. Where the
    customer did something at that moment, its day and its type are those of the event.

    rule: 30 days or more since the newest event
    event on 5 March    left, by the event
    4 April             entered, with no event: time has passed
#}
{%- set int = dbt.type_int() -%}

with

examples as (

    select * from {{ ref('example_customers') }}

),

customer_identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

customer_merges as (

    select * from {{ ref('customer_merges') }}

),

customer_cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

-- Of several events at one moment, the first in order of the alphabet.
done as (

    select
        customer_events.customer_id,
        customer_events.occurred_at,
        min(customer_events.event_type) as event_type,
        min(cast(customer_events.occurred_local as date)) as happened_on
    from examples
    inner join customer_events
        on examples.customer_id = customer_events.customer_id
    group by customer_events.customer_id, customer_events.occurred_at

),

steps as (

    select
        customer_id,
        first_seen_at as happened_at,
        'identifier' as step_kind,
        identifier_type as subject,
        '' as from_type
    from customer_identifiers
    union all
    select
        new_customer_id as customer_id,
        merged_at as happened_at,
        'joined' as step_kind,
        {{ dbt.split_part('to_key', "':'", 1) }} as subject,
        {{ dbt.split_part('from_key', "':'", 1) }} as from_type
    from customer_merges
    where
        kind = 'merge'
        and from_key is not null
        and merged_at is not null
    union all
    select
        customer_id,
        entered_at as happened_at,
        'entered' as step_kind,
        cohort as subject,
        '' as from_type
    from customer_cohorts
    union all
    select
        customer_id,
        left_at as happened_at,
        'left' as step_kind,
        cohort as subject,
        '' as from_type
    from customer_cohorts
    where left_at is not null

),

numbered as (

    select
        examples.example_kind,
        examples.example_number,
        cast(row_number() over (
            partition by examples.example_kind, examples.example_number
            order by
                steps.happened_at, steps.step_kind, steps.subject, steps.from_type
        ) as {{ int }}) as step_number,
        examples.customer_id,
        steps.happened_at,
        coalesce(
            done.happened_on,
            cast({{ local_time(
                'steps.happened_at', "'" ~ var('default_time_zone') ~ "'"
            ) }} as date)
        ) as happened_on,
        steps.step_kind,
        steps.subject,
        steps.from_type,
        done.event_type
    from examples
    inner join steps
        on examples.customer_id = steps.customer_id
    left join done
        on
            steps.customer_id = done.customer_id
            and steps.happened_at = done.occurred_at

)

select * from numbered
