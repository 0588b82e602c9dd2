{#
    The days on which each customer did anything, with what they did. In hindsight: of the
    customer whom an event belongs to by all links that are known now. Empty for a log of
    rides only: its users have tables of their own.
#}
with

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

counted as (

    select
        customer_id,
        local_date,
        min(week_start) as week_start,
        cast(count(*) as {{ dbt.type_int() }}) as n_events,
        cast(
            count(case when {{ is_purchase() }} then 1 end)
            as {{ dbt.type_int() }}
        ) as n_purchases,
        cast(
            count(case when event_type = 'ride_completed' then 1 end)
            as {{ dbt.type_int() }}
        ) as n_rides,
        min(occurred_at) as first_occurred_at,
        count(
            case
                when
                    user_id is not null
                    or event_type = 'sign_up'
                    then 1
            end
        ) > 0 as has_account
    from customer_events
    where
        customer_id is not null
        and exists (select 1 from event_snapshot)
    group by customer_id, local_date

)

select * from counted
