{#
    The most frequent value of each attribute among a user's requests. Ties go to the
    value seen more recently, then to alphabetical order.
#}
{%- set attributes = {
    'home': ['city', 'country'],
    'platform': ['platform'],
    'payment': ['payment_mode'],
    'zone': ['used_time_zone'],
} -%}

with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

known_rides as (

    select rides.*
    from rides
    cross join as_of_week
    where rides.week_start <= as_of_week.as_of_week_start

),

users as (

    select distinct user_id from known_rides

),

{% for name, columns in attributes.items() -%}

{{ name }}_ranked as (

    select
        user_id,
        {{ columns | join(',\n        ') }},
        row_number() over (
            partition by user_id
            order by
                count(*) desc,
                max(requested_at) desc,
                {{ columns | join(', ') }}
        ) as value_rank
    from known_rides
    where {{ columns[0] }} is not null
    group by user_id, {{ columns | join(', ') }}

),

{% endfor -%}

joined as (

    select
        users.user_id,
        home_ranked.city as home_city,
        home_ranked.country as home_country,
        platform_ranked.platform,
        payment_ranked.payment_mode,
        zone_ranked.used_time_zone as time_zone
    from users
    left join home_ranked
        on
            users.user_id = home_ranked.user_id
            and home_ranked.value_rank = 1
    left join platform_ranked
        on
            users.user_id = platform_ranked.user_id
            and platform_ranked.value_rank = 1
    left join payment_ranked
        on
            users.user_id = payment_ranked.user_id
            and payment_ranked.value_rank = 1
    left join zone_ranked
        on
            users.user_id = zone_ranked.user_id
            and zone_ranked.value_rank = 1

)

select * from joined
