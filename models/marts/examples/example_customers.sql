{#
    A few customers whose story is told: one who is active, one who came lately and one
    who went silent. Those whom most sources know come first, then those who turned out to
    be one person, then those with a usual number of events.
#}
with

customer_sources as (

    select * from {{ ref('customer_sources') }}

),

customers as (

    select * from {{ ref('customers') }}

),

customer_merges as (

    select * from {{ ref('customer_merges') }}

),

as_of_week as (

    select * from {{ ref('int_event_as_of_week') }}

),

sources_of_customers as (

    select
        customer_id,
        count(*) as n_sources
    from customer_sources
    group by customer_id

),

merged as (

    select distinct new_customer_id as customer_id
    from customer_merges
    where kind = 'merge'

),

-- An event after the as-of week is no sign of silence.
sorted as (

    select
        customers.customer_id,
        case
            when
                customers.last_event_at
                < {{ add_days('as_of_week.as_of_week_start', -21) }}
                then 'silent'
            when
                customers.first_event_at
                >= {{ add_days('as_of_week.as_of_week_start', -84) }}
                then 'new'
            else 'active'
        end as example_kind,
        customers.first_event_at,
        customers.last_event_at,
        customers.n_events,
        sources_of_customers.n_sources,
        customers.n_identifiers,
        customers.n_users,
        customers.state_key,
        customers.state_since_week_start,
        merged.customer_id is not null as has_merged
    from customers
    inner join sources_of_customers
        on customers.customer_id = sources_of_customers.customer_id
    inner join as_of_week
        on
            customers.first_event_at
            < {{ add_days('as_of_week.as_of_week_start', 7) }}
    left join merged
        on customers.customer_id = merged.customer_id

),

compared as (

    select
        *,
        abs(
            ln(n_events)
            - avg(ln(n_events)) over (partition by example_kind, n_sources, has_merged)
        ) as distance
    from sorted

),

ranked as (

    select
        *,
        row_number() over (
            partition by example_kind
            order by
                n_sources desc,
                case when has_merged then 0 else 1 end,
                distance,
                {{ dbt.hash('customer_id') }},
                customer_id
        ) as place
    from compared

),

chosen as (

    select
        example_kind,
        cast(place as {{ dbt.type_int() }}) as example_number,
        customer_id,
        first_event_at,
        last_event_at,
        n_events,
        n_sources,
        n_identifiers,
        n_users,
        state_key,
        state_since_week_start
    from ranked
    where place <= {{ var('explorer_journeys') }}

)

select * from chosen
