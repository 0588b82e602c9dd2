{#
    What each user has spent up to the as-of week, in all and lately, with the rides. A
    ride without a price counts as 0.
#}
with

ride_history as (

    select * from {{ ref('int_user_ride_history') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

summed as (

    select
        ride_history.user_id,
        ride_history.as_of_week_start,
        {%- for column in ['n_rides', 'spend'] %}
        cast(coalesce(sum(request_weeks.{{ column }}), 0) as {{ type_double() }})
            as {{ column }},
        {%- for weeks in [4, 12] %}
        cast(coalesce(sum(
            case
                when
                    request_weeks.week_start
                    > {{ add_days('ride_history.as_of_week_start', -7 * weeks) }}
                    then request_weeks.{{ column }}
            end
        ), 0) as {{ type_double() }}) as {{ column }}_last_{{ weeks }}_weeks,
        {%- endfor %}
        {%- endfor %}
        count(request_weeks.spend) as n_weeks_with_spend
    from ride_history
    left join request_weeks
        on ride_history.user_id = request_weeks.user_id
    group by ride_history.user_id, ride_history.as_of_week_start

)

select * from summed
