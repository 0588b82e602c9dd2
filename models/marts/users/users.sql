with

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

attributes as (

    select * from {{ ref('int_user_attributes') }}

),

signed_up_users as (

    select * from {{ ref('stg_app__users') }}

),

aggregated as (

    select
        user_id,
        cast(coalesce(sum(spend), 0) as {{ type_double() }})
            as lifetime_spend,
        min(week_start) as first_request_week_start,
        max(week_start) as last_request_week_start,
        min(first_ride_at) as first_ride_at,
        max(last_ride_at) as last_ride_at,
        sum(n_requests) as lifetime_requests,
        sum(n_rides) as lifetime_rides
    from request_weeks
    group by user_id

),

joined as (

    select
        aggregated.user_id,
        signed_up_users.signed_up_at,
        aggregated.first_request_week_start,
        aggregated.last_request_week_start,
        aggregated.first_ride_at,
        aggregated.last_ride_at,
        attributes.home_city,
        attributes.home_country,
        attributes.platform,
        attributes.payment_mode,
        cast(aggregated.lifetime_requests as {{ dbt.type_bigint() }})
            as lifetime_requests,
        cast(aggregated.lifetime_rides as {{ dbt.type_bigint() }}) as lifetime_rides,
        aggregated.lifetime_spend
    from aggregated
    left join attributes
        on aggregated.user_id = attributes.user_id
    left join signed_up_users
        on aggregated.user_id = signed_up_users.user_id

)

select * from joined
