{#
    Lifetime rides and spend equal those of the rides up to the as-of week.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

users as (

    select * from {{ ref('users') }}

),

summed as (

    select
        rides.user_id,
        count(*) as n_requests,
        sum(case when rides.is_completed then 1 else 0 end) as n_rides,
        coalesce(sum(rides.price_in_reporting_currency), 0) as spend,
        min(case when rides.is_completed then rides.requested_at end)
            as first_ride_at,
        max(case when rides.is_completed then rides.requested_at end)
            as last_ride_at
    from rides
    cross join as_of_week
    where rides.week_start <= as_of_week.as_of_week_start
    group by rides.user_id

),

compared as (

    select
        summed.user_id,
        users.user_id as user_id_in_users,
        summed.n_requests,
        users.lifetime_requests,
        summed.n_rides,
        users.lifetime_rides,
        summed.spend,
        users.lifetime_spend
    from summed
    full outer join users
        on summed.user_id = users.user_id
    where
        summed.n_requests is distinct from users.lifetime_requests
        or summed.n_rides is distinct from users.lifetime_rides
        or summed.first_ride_at is distinct from users.first_ride_at
        or summed.last_ride_at is distinct from users.last_ride_at
        or summed.user_id is null
        or users.user_id is null
        -- Sums of doubles in another order differ in their last digits.
        or abs(summed.spend - users.lifetime_spend) > 1e-6 * (1 + summed.spend)

)

select * from compared
