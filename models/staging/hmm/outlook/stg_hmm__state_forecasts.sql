with

source as (

    select * from {{ source('hmm', 'state_forecasts') }}

),

selected as (

    select
        run_id,
        level_id,
        state_id,
        horizon_weeks,
        ride_probability,
        expected_rides
    from source

)

select * from selected
