{#
    The level of forecasts at the as-of week: what the champion would have expected of
    the next week at the ends of the four weeks before, beside what came: rides, users
    who ride, and spend. All users ride more in some months than in others, prices rise,
    and a fit may be months old.

    weeks before   expected   came             expected   came     shift
    4              1,000      1,040       →    4,000      4,200    4200/4700 × ln(4201/4001)
    3              1,000      1,060
    2              1,000      1,040
    1              1,000      1,060

    Spend is compared with what those rides would have cost that came, in mean prices: so
    its shift is of prices only.
#}
with

origins as (

    select * from {{ ref('int_level_origins') }}

),

summed as (

    select
        run_id,
        count(distinct origin_week_start) as n_origin_weeks,
        {{ exact_sum('expected_rides', 12) }} as expected_rides,
        sum(came_rides) as came_rides,
        {{ exact_sum('ride_probability', 12) }} as expected_riders,
        {{ exact_sum('ride_probability * (1 - ride_probability)', 12) }}
            as riders_variance,
        cast(count(case when came_rides > 0 then 1 end) as {{ type_double() }})
            as came_riders,
        {{ exact_sum('expected_spend / mean_price', 12) }} as expected_prices,
        {{ exact_sum('came_spend / mean_price', 12) }} as came_prices,
        max(spend_by_rides) as spend_by_rides
    from origins
    group by run_id

),

shifted as (

    select
        summed.*,
        {{ level_shift('expected_rides', 'came_rides') }} as level_shift,
        {{ odds_shift('expected_riders', 'riders_variance', 'came_riders') }}
            as odds_shift
    from summed

),

priced as (

    select
        run_id,
        n_origin_weeks,
        expected_rides,
        came_rides,
        expected_riders,
        riders_variance,
        came_riders,
        level_shift,
        odds_shift,
        expected_prices * exp(spend_by_rides * level_shift) as expected_prices,
        came_prices,
        coalesce(
            {{ level_shift(
                '(expected_prices * exp(spend_by_rides * level_shift))', 'came_prices'
            ) }},
            0
        ) as price_shift
    from shifted

)

select * from priced
