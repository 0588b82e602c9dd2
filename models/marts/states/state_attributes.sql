{#
    Where users of each state ride, on what and how they pay: the rides of a state by
    city, payment and platform, beside those of everyone. Each is described by the rides
    themselves, since a user's habits change with the state.
#}
{%- set attributes = ['city', 'payment_mode', 'platform'] -%}

with

rides as (

    select * from {{ ref('int_rides') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

-- One pass over the rides; each combination comes once, whatever it is asked for.
combined as (

    select
        user_weekly_states.state_id,
        rides.city,
        rides.payment_mode,
        rides.platform,
        count(*) as n_requests,
        count(case when rides.is_completed then 1 end) as n_rides
    from rides
    inner join user_weekly_states
        on
            rides.user_id = user_weekly_states.user_id
            and rides.week_start = user_weekly_states.week_start
    group by
        user_weekly_states.state_id,
        rides.city,
        rides.payment_mode,
        rides.platform

),

unpivoted as (

    {%- for attribute in attributes %}
    select
        state_id,
        '{{ attribute }}' as attribute_name,
        coalesce({{ attribute }}, 'unknown') as attribute_value,
        n_requests,
        n_rides
    from combined
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

counted as (

    select
        state_id,
        attribute_name,
        attribute_value,
        cast(sum(n_requests) as bigint) as n_requests,
        cast(sum(n_rides) as bigint) as n_rides
    from unpivoted
    group by state_id, attribute_name, attribute_value

),

compared as (

    select
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        counted.attribute_name,
        counted.attribute_value,
        counted.n_requests,
        counted.n_rides,
        {{ share(
            'counted.n_requests',
            'sum(counted.n_requests) over'
            ~ ' (partition by counted.state_id, counted.attribute_name)'
        ) }} as request_share,
        {{ share(
            'sum(counted.n_requests) over'
            ~ ' (partition by counted.attribute_name, counted.attribute_value)',
            'sum(counted.n_requests) over (partition by counted.attribute_name)'
        ) }} as request_share_of_everyone,
        states.run_id
    from counted
    inner join states
        on counted.state_id = states.state_id

)

select * from compared
