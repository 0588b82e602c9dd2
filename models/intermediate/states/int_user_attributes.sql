{#
    The most frequent value of each attribute among a user's requests. Ties go to the
    value seen more recently, then to alphabetical order.
#}
{%- set attributes = {
    'city': 'home_city',
    'platform': 'platform',
    'payment_mode': 'payment_mode',
    'used_time_zone': 'time_zone',
} -%}

with

rides as (

    select * from {{ ref('int_rides') }}

),

-- Those of another first open week are left over from an earlier build.
closed_values as (

    select * from {{ ref('int_closed_user_values') }}
    where closed_before = '{{ first_open_week() }}'

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

known_rides as (

    select rides.*
    from rides
    cross join as_of_week
    where
        rides.week_start <= as_of_week.as_of_week_start
        and {{ is_open_week('rides.week_start') }}

),

counted as (

    {{ counted_values('known_rides') }}
    union all
    select
        user_id,
        attribute_name,
        attribute_value,
        country,
        n_requests,
        last_requested_at
    from closed_values

),

summed as (

    select
        user_id,
        attribute_name,
        attribute_value,
        country,
        sum(n_requests) as n_requests,
        max(last_requested_at) as last_requested_at
    from counted
    group by user_id, attribute_name, attribute_value, country

),

-- Requests without a value come last, so that a user who has no other has none.
ranked as (

    select
        user_id,
        attribute_name,
        attribute_value,
        country,
        row_number() over (
            partition by user_id, attribute_name
            order by
                case when attribute_value is null then 1 else 0 end asc,
                n_requests desc,
                last_requested_at desc,
                attribute_value asc,
                country asc
        ) as value_rank
    from summed

),

pivoted as (

    select
        user_id,
        {%- for attribute, column in attributes.items() %}
        max(case when attribute_name = '{{ attribute }}' then attribute_value end)
            as {{ column }},
        {%- endfor %}
        max(case when attribute_value is not null then country end) as home_country
    from ranked
    where value_rank = 1
    group by user_id

),

joined as (

    select
        user_id,
        home_city,
        home_country,
        platform,
        payment_mode,
        time_zone
    from pivoted

)

select * from joined
