{#
    The users who came to a state from anywhere are all of its users in the as-of week, and
    those who left a state for anywhere all of its users in the first week: by city and
    platform, as known.
#}
with

flows as (

    select * from {{ ref('state_flows_by_city_and_platform') }}

),

sizes as (

    select * from {{ ref('state_sizes_by_city_and_platform') }}

),

{% for side in ['from', 'to'] -%}

{{ side }}_counted as (

    select
        weeks_apart,
        {{ side }}_week_start as week_start,
        {{ side }}_state_id as state_id,
        home_city,
        platform,
        sum(n_users) as n_users
    from flows
    where {{ side }}_state_id is not null
    group by
        weeks_apart, {{ side }}_week_start, {{ side }}_state_id, home_city, platform

),

{{ side }}_weeks as (

    select distinct
        weeks_apart,
        {{ side }}_week_start as week_start
    from flows

),

{% endfor -%}

compared as (

    {%- for side in ['from', 'to'] %}
    select
        {{ side }}_weeks.weeks_apart,
        sizes.week_start,
        sizes.state_id,
        sizes.home_city,
        sizes.platform,
        sizes.n_users_as_known,
        coalesce({{ side }}_counted.n_users, 0) as n_users
    from {{ side }}_weeks
    inner join sizes
        on {{ side }}_weeks.week_start = sizes.week_start
    left join {{ side }}_counted
        on
            {{ side }}_weeks.weeks_apart = {{ side }}_counted.weeks_apart
            and sizes.state_id = {{ side }}_counted.state_id
            and sizes.home_city = {{ side }}_counted.home_city
            and sizes.platform = {{ side }}_counted.platform
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

different as (

    select * from compared
    where n_users is distinct from n_users_as_known

)

select * from different
