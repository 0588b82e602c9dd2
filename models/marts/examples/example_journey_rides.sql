{#
    The requests behind the weeks of example_journeys, by weekday and hour. The exact
    time is left out, because it could identify a user.
#}
with

journeys as (

    select * from {{ ref('example_journeys') }}

),

-- Few users: PostgreSQL would sort the rides of all users into a hash table first.
rides as {{ computed_once() }} (

    select * from {{ ref('int_rides') }}
    where user_id in (select journeys.user_id from journeys)

),

joined as (

    select
        rides.ride_id,
        journeys.state_id,
        journeys.journey_number,
        journeys.user_id,
        journeys.week_start,
        cast({{ iso_weekday('rides.requested_at_local') }} as {{ dbt.type_int() }})
            as iso_weekday,
        cast({{ hour_of_day('rides.requested_at_local') }} as {{ dbt.type_int() }})
            as hour_of_day,
        rides.status,
        rides.city,
        rides.payment_mode,
        rides.platform,
        cast(rides.price_in_reporting_currency as {{ type_double() }}) as price,
        journeys.run_id
    from journeys
    inner join rides
        on
            journeys.user_id = rides.user_id
            and journeys.week_start = rides.week_start

)

select * from joined
