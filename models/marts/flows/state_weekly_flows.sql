{#
    Entries into and departures from each state, week by week, with zeros: in hindsight,
    and as known at the end of each week. In the newest weeks hindsight is short, and
    hardly anybody seems to fall silent; there read what was known.

    a: 1 1 2   b: – 1 1   →   week 2: state 1: one entered (b)
                              week 3: state 1: one left, state 2: one entered (a)

    Over 170 lines, because hindsight and what was known share one pass over the user-weeks.
#}
{%- set histories = {'state_id': '', 'known_state_id': '_as_known'} -%}
{%- set events = {'entries': 'n_entered', 'departures': 'n_left'} -%}

with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

known_states as (

    select * from {{ ref('int_user_known_states') }}

),

users as (

    select * from {{ ref('users') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

sizes as (

    select * from {{ ref('state_sizes_by_city') }}

),

followed as (

    select
        user_weekly_states.user_id,
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        known_states.state_id as known_state_id,
        lag(user_weekly_states.state_id) over user_weeks as previous_state_id,
        lag(known_states.state_id) over user_weeks as previous_known_state_id
    from user_weekly_states
    left join known_states
        on
            user_weekly_states.user_id = known_states.user_id
            and user_weekly_states.week_start = known_states.week_start
    window
        user_weeks as (
            partition by user_weekly_states.user_id
            order by user_weekly_states.week_start
        )

),

-- Far fewer rows than user-weeks.
changed as (

    select
        followed.*,
        coalesce(users.home_city, 'not known') as home_city
    from followed
    inner join users
        on followed.user_id = users.user_id
    where
        followed.state_id is distinct from followed.previous_state_id
        or followed.known_state_id is distinct from followed.previous_known_state_id

),

{% for state, suffix in histories.items() -%}

entries{{ suffix }} as (

    select
        changed.week_start,
        changed.home_city,
        changed.{{ state }}{{ ' as state_id' if suffix }},
        count(*) as n_users,
        count(case when previous_states.is_silent then 1 end)
            as n_users_silent_before
    from changed
    left join states as previous_states
        on changed.previous_{{ state }} = previous_states.state_id
    where changed.{{ state }} is distinct from changed.previous_{{ state }}
    group by changed.week_start, changed.home_city, changed.{{ state }}

),

departures{{ suffix }} as (

    select
        changed.week_start,
        changed.home_city,
        changed.previous_{{ state }} as state_id,
        count(*) as n_users,
        count(case when states.is_silent then 1 end) as n_users_now_silent
    from changed
    inner join states
        on changed.{{ state }} = states.state_id
    where changed.{{ state }} <> changed.previous_{{ state }}
    group by
        changed.week_start,
        changed.home_city,
        changed.previous_{{ state }}

),

{% endfor -%}

weeks as (

    select
        week_start,
        lag(week_start) over (order by week_start) as previous_week_start,
        count(n_users_as_known) > 0
        and lag(count(n_users_as_known)) over (order by week_start) > 0
            as has_known_flows
    from sizes
    group by week_start

),

-- The first week has no week before it, so no flows.
filled as (

    select
        sizes.week_start,
        sizes.state_id,
        sizes.state_key,
        sizes.state_name,
        sizes.state_short_name,
        sizes.state_sort_name,
        sizes.is_silent,
        sizes.home_city,
        {%- for suffix in histories.values() %}
        {%- set is_counted = 'weeks.has_known_flows' if suffix else 'true' %}
        {%- for event, column in events.items() %}
        case
            when {{ is_counted }} then coalesce({{ event }}{{ suffix }}.n_users, 0)
        end as {{ column }}{{ suffix }},
        {%- endfor %}
        case
            when {{ is_counted }}
                then
                    case
                        when sizes.is_silent then 0
                        else coalesce(departures{{ suffix }}.n_users_now_silent, 0)
                    end
        end as n_lapsed{{ suffix }},
        case
            when {{ is_counted }}
                then
                    case
                        when sizes.is_silent then 0
                        else coalesce(entries{{ suffix }}.n_users_silent_before, 0)
                    end
        end as n_returned{{ suffix }},
        {%- endfor %}
        sizes.is_settled,
        sizes.is_latest_week,
        sizes.run_id
    from sizes
    inner join weeks
        on
            sizes.week_start = weeks.week_start
            and weeks.previous_week_start is not null
    {%- for suffix in histories.values() %}
    {%- for event in events %}
    left join {{ event }}{{ suffix }}
        on
            sizes.week_start = {{ event }}{{ suffix }}.week_start
            and sizes.home_city = {{ event }}{{ suffix }}.home_city
            and sizes.state_id = {{ event }}{{ suffix }}.state_id
    {%- endfor %}
    {%- endfor %}

)

select * from filled
