{#
    What each customer of an experiment did from being assigned until the end of the
    following. In hindsight: of the customer of today, whoever the one who was assigned
    turned out to be. Somebody who turned out to be in two variants is in none.

    Over 170 lines, because events are found by customers who may have been merged since.
#}
with

assignments as (

    select * from {{ ref('experiment_assignments') }}

),

experiments as (

    select * from {{ ref('int_experiments') }}

),

variants as (

    select * from {{ ref('int_experiment_variants') }}

),

horizon as (

    select * from {{ ref('int_cohort_horizon') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

-- Merges are followed to their end by the identifier that each customer began with.
merged as (

    select
        minted.customer_id,
        customer_identifiers.customer_id as current_customer_id
    from minted
    inner join customer_identifiers
        on minted.identifier_key = customer_identifiers.identifier_key
    where minted.customer_id <> customer_identifiers.customer_id

),

people as (

    select
        assignments.experiment,
        coalesce(merged.current_customer_id, assignments.customer_id) as customer_id,
        min(assignments.variant) as variant,
        max(assignments.variant) as last_variant,
        min(assignments.assigned_at) as assigned_at
    from assignments
    left join merged
        on assignments.customer_id = merged.customer_id
    group by
        assignments.experiment,
        coalesce(merged.current_customer_id, assignments.customer_id)

),

followed as (

    select
        people.experiment,
        people.customer_id,
        people.variant,
        variants.is_control,
        people.assigned_at,
        {{ seconds_after('people.assigned_at', '86400 * experiments.follow_days') }}
            as followed_until_at,
        {{ seconds_after(
            'people.assigned_at', '86400 * greatest(experiments.follow_days - 7, 0)'
        ) }} as last_week_begins_at,
        people.last_variant
    from people
    inner join experiments
        on people.experiment = experiments.experiment
    inner join variants
        on
            people.experiment = variants.experiment
            and people.variant = variants.variant

),

complete as (

    select followed.*
    from followed
    cross join horizon
    where
        followed.followed_until_at <= horizon.known_until_at
        and followed.variant = followed.last_variant

),

-- Events of the customer while they are followed, and one row without any for each. So
-- nothing has to be joined again: PostgreSQL takes those who are followed for one row,
-- and would count their events anew for each of them.
seen as (

    select
        complete.experiment,
        complete.customer_id,
        complete.variant,
        complete.is_control,
        complete.assigned_at,
        complete.followed_until_at,
        customer_events.event_type,
        customer_events.value_in_reporting_currency,
        {{ is_purchase('customer_events') }}
        or customer_events.event_type = 'ride_completed' as is_order,
        customer_events.occurred_at >= complete.last_week_begins_at as is_of_last_week
    from complete
    inner join customer_events
        on complete.customer_id = customer_events.customer_id
    where
        customer_events.occurred_at >= complete.assigned_at
        and customer_events.occurred_at < complete.followed_until_at
    union all
    select
        complete.experiment,
        complete.customer_id,
        complete.variant,
        complete.is_control,
        complete.assigned_at,
        complete.followed_until_at,
        cast(null as {{ dbt.type_string() }}) as event_type,
        null as value_in_reporting_currency,
        false as is_order,
        false as is_of_last_week
    from complete

),

counted as (

    select
        experiment,
        customer_id,
        variant,
        is_control,
        assigned_at,
        followed_until_at,
        count(case when is_order then value_in_reporting_currency end) as n_orders,
        {{ exact_sum('case when is_order then value_in_reporting_currency end') }}
            as spend,
        count(case when event_type = 'ride_completed' then 1 end) as n_rides,
        count(case when is_order then 1 end) > 0 as has_converted,
        count(case when is_of_last_week then 1 end) > 0 as is_retained
    from seen
    group by
        experiment, customer_id, variant, is_control, assigned_at,
        followed_until_at

),

described as (

    select
        experiment,
        customer_id,
        variant,
        is_control,
        assigned_at,
        followed_until_at,
        n_orders,
        n_rides,
        has_converted,
        is_retained,
        coalesce(spend, 0) as spend
    from counted

)

select * from described
