{#
    Where the users of the as-of week came from: their states one, four and twelve weeks
    before it, both as known at the end of the week. Users who had not asked for a ride
    by then have joined.
#}
{%- set spans = [1, 4, 12] -%}

with

known_states as (

    select * from {{ ref('int_user_known_states') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

users as (

    select * from {{ ref('users') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

known_weeks as (

    select distinct week_start from known_states

),

spans as (

    {%- for weeks in spans %}
    select
        {{ weeks }} as weeks_apart,
        {{ add_days('as_of_week_start', -7 * weeks) }} as from_week_start,
        as_of_week_start as to_week_start
    from as_of_week
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- A span needs states in its first week, or everybody would seem to have joined.
counted as (

    select
        spans.weeks_apart,
        spans.from_week_start,
        spans.to_week_start,
        earlier.state_id as from_state_id,
        later.state_id as to_state_id,
        coalesce(users.home_city, 'not known') as home_city,
        coalesce(users.platform, 'not known') as platform,
        count(*) as n_users
    from spans
    inner join known_weeks
        on spans.from_week_start = known_weeks.week_start
    inner join known_states as later
        on spans.to_week_start = later.week_start
    inner join users
        on later.user_id = users.user_id
    left join known_states as earlier
        on
            later.user_id = earlier.user_id
            and spans.from_week_start = earlier.week_start
    group by
        spans.weeks_apart,
        spans.from_week_start,
        spans.to_week_start,
        earlier.state_id,
        later.state_id,
        coalesce(users.home_city, 'not known'),
        coalesce(users.platform, 'not known')

),

-- Users who joined come after all states, whose names begin with a digit here.
origins as (

    select
        state_id,
        state_key,
        state_name,
        state_short_name,
        state_sort_name
    from states
    union all
    select
        null as state_id,
        'joined' as state_key,
        'Joined' as state_name,
        'Joined' as state_short_name,
        'Joined' as state_sort_name

),

named as (

    select
        counted.weeks_apart,
        counted.from_week_start,
        counted.to_week_start,
        counted.from_state_id,
        origins.state_key as from_state_key,
        origins.state_name as from_state_name,
        origins.state_short_name as from_state_short_name,
        origins.state_sort_name as from_state_sort_name,
        counted.to_state_id,
        to_states.state_key as to_state_key,
        to_states.state_name as to_state_name,
        to_states.state_short_name as to_state_short_name,
        to_states.state_sort_name as to_state_sort_name,
        counted.home_city,
        counted.platform,
        counted.n_users,
        to_states.run_id
    from counted
    inner join states as to_states
        on counted.to_state_id = to_states.state_id
    inner join origins
        on counted.from_state_id is not distinct from origins.state_id

)

select * from named
