with

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

attributes as (

    select * from {{ ref('int_user_attributes') }}

),

feature_sources as (

    select * from {{ ref('int_feature_sources') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

signed_up_users as (

    select * from {{ ref('stg_app__users') }}

),

aggregated as (

    select
        user_id,
        coalesce(sum(spend), 0) as lifetime_spend,
        min(week_start) as first_request_week_start,
        max(week_start) as last_request_week_start,
        min(case when n_rides > 0 then week_start end) as first_ride_week_start,
        max(case when n_rides > 0 then week_start end) as last_ride_week_start,
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
        aggregated.first_ride_week_start,
        aggregated.last_ride_week_start,
        {{ weeks_between(
            'aggregated.first_ride_week_start', 'as_of_week.as_of_week_start'
        ) }} as weeks_since_first_ride,
        {{ weeks_between(
            'aggregated.last_ride_week_start', 'as_of_week.as_of_week_start'
        ) }} as weeks_since_last_completed_ride,
        attributes.home_city,
        attributes.home_country,
        attributes.platform,
        attributes.payment_mode,
        cast(aggregated.lifetime_requests as {{ dbt.type_bigint() }})
            as lifetime_requests,
        cast(aggregated.lifetime_rides as {{ dbt.type_bigint() }}) as lifetime_rides,
        cast(
            case when feature_sources.has_price then aggregated.lifetime_spend end
            as {{ type_double() }}
        ) as lifetime_spend
    from aggregated
    cross join feature_sources
    cross join as_of_week
    left join attributes
        on aggregated.user_id = attributes.user_id
    left join signed_up_users
        on aggregated.user_id = signed_up_users.user_id

)

select * from joined
