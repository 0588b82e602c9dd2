{#
    state_sizes by city. Every row also has the users of all states, so that shares of
    any rows can be computed from sums: one city or all, one week or a year.

    | week_start | home_city | state_id | n_users | n_city_users |
    | --- | --- | --- | --- | --- |
    | 2024-01-01 | Lima | 1 | 3 | 4 |
    | 2024-01-01 | Lima | 2 | 1 | 4 |
#}
with

sizes as (

    select * from {{ ref('state_sizes_by_city_and_platform') }}

),

summed as (

    select
        week_start,
        home_city,
        state_id,
        state_key,
        state_name,
        state_short_name,
        state_sort_name,
        is_silent,
        {%- for measure in ['n_users', 'n_riders', 'n_rides'] %}
        cast(sum({{ measure }}) as {{ dbt.type_bigint() }}) as {{ measure }},
        {%- endfor %}
        {{ exact_sum('spend') }} as spend,
        {%- for measure in ['n_users', 'n_riders', 'n_rides'] %}
        cast(sum({{ measure }}_as_known) as {{ dbt.type_bigint() }})
            as {{ measure }}_as_known,
        {%- endfor %}
        {{ exact_sum('spend_as_known') }} as spend_as_known,
        is_settled,
        is_latest_week,
        run_id
    from sizes
    group by
        week_start,
        home_city,
        state_id,
        state_key,
        state_name,
        state_short_name,
        state_sort_name,
        is_silent,
        is_settled,
        is_latest_week,
        run_id

),

cities as (

    select
        week_start,
        home_city,
        cast(sum(n_users) as {{ dbt.type_bigint() }}) as n_city_users,
        cast(sum(n_rides) as {{ dbt.type_bigint() }}) as n_city_rides,
        {{ exact_sum('spend') }} as city_spend
    from summed
    group by week_start, home_city

),

compared as (

    select
        summed.week_start,
        summed.home_city,
        summed.state_id,
        summed.state_key,
        summed.state_name,
        summed.state_short_name,
        summed.state_sort_name,
        summed.is_silent,
        summed.n_users,
        cities.n_city_users,
        {{ share('summed.n_users', 'cities.n_city_users') }} as user_share,
        summed.n_riders,
        summed.n_rides,
        cities.n_city_rides,
        summed.spend,
        cities.city_spend,
        summed.n_users_as_known,
        summed.n_riders_as_known,
        summed.n_rides_as_known,
        summed.spend_as_known,
        summed.is_settled,
        summed.is_latest_week,
        summed.run_id
    from summed
    inner join cities
        on
            summed.week_start = cities.week_start
            and summed.home_city = cities.home_city

)

select * from compared
