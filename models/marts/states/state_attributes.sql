{#
    Where users of each state ride, on which platform, and how they pay: requests by
    city, payment and platform, compared with everyone's. Attributes are those of the
    requests themselves, because a user's habits change with the state.
#}
{%- set attributes = ['city', 'payment_mode', 'platform'] -%}

with

state_value_sums as (

    select * from {{ ref('int_state_value_sums') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

unpivoted as (

    {%- for attribute in attributes %}
    select
        state_id,
        '{{ attribute }}' as attribute_name,
        coalesce({{ attribute }}, 'unknown') as attribute_value,
        n_requests,
        n_rides
    from state_value_sums
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
        cast(sum(n_requests) as {{ dbt.type_bigint() }}) as n_requests,
        cast(sum(n_rides) as {{ dbt.type_bigint() }}) as n_rides
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
