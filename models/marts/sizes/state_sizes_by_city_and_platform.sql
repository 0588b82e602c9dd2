{#
    The finest of the tables of sizes; state_sizes_by_city and state_sizes add it up. A
    user-week counts once in hindsight and once as known, in the same row if the two
    states agree.

    | user | state in hindsight | state as known |     | state | n_users | n_users_as_known |
    | a    | 1                  | 1              |  →  | 1     | 1       | 2                |
    | b    | 2                  | 1              |     | 2     | 1       | 0                |

    Over 170 lines, because hindsight and what was known share one pass over the user-weeks.
#}
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

-- The user-weeks are read once; few rows are left for all that follows.
paired as (

    select
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        known_states.state_id as known_state_id,
        coalesce(users.home_city, 'not known') as home_city,
        coalesce(users.platform, 'not known') as platform,
        count(*) as n_users,
        count(case when user_weekly_states.is_active then 1 end) as n_riders,
        sum(user_weekly_states.n_rides) as n_rides,
        sum(cast(user_weekly_states.spend as {{ type_exact(28, 4) }})) as spend
    from user_weekly_states
    inner join users
        on user_weekly_states.user_id = users.user_id
    left join known_states
        on
            user_weekly_states.user_id = known_states.user_id
            and user_weekly_states.week_start = known_states.week_start
    group by
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        known_states.state_id,
        coalesce(users.home_city, 'not known'),
        coalesce(users.platform, 'not known')

),

{% for measure, state in [('hindsight', 'state_id'), ('known', 'known_state_id')] -%}

{{ measure }} as (

    select
        week_start,
        home_city,
        platform,
        {{ state }} as state_id,
        sum(n_users) as n_users,
        sum(n_riders) as n_riders,
        sum(n_rides) as n_rides,
        sum(spend) as spend
    from paired
    group by week_start, home_city, platform, {{ state }}

),

{% endfor -%}

groups as (

    select
        week_start,
        home_city,
        platform,
        sum(n_users) as n_group_users,
        sum(spend) is not null as has_spend
    from hindsight
    group by week_start, home_city, platform

),

-- What was known covers all users of a week, or the week is left out.
known_weeks as (

    select distinct week_start
    from known
    where state_id is not null

),

weeks as (

    select distinct
        week_start,
        is_settled,
        is_latest_week
    from user_weekly_states

),

-- Every state in every week of a group: an empty state is a zero, not a gap.
filled as (

    select
        groups.week_start,
        states.state_id,
        states.state_key,
        states.state_name,
        states.state_short_name,
        states.state_sort_name,
        states.is_silent,
        groups.home_city,
        groups.platform,
        {%- for measure in ['n_users', 'n_riders', 'n_rides'] %}
        cast(coalesce(hindsight.{{ measure }}, 0) as {{ dbt.type_bigint() }})
            as {{ measure }},
        {%- endfor %}
        cast(
            case when groups.has_spend then coalesce(hindsight.spend, 0) end
            as {{ type_double() }}
        ) as spend,
        cast(groups.n_group_users as {{ dbt.type_bigint() }}) as n_group_users,
        {%- for measure in ['n_users', 'n_riders', 'n_rides'] %}
        cast(
            case
                when known_weeks.week_start is not null
                    then coalesce(known.{{ measure }}, 0)
            end as {{ dbt.type_bigint() }}
        ) as {{ measure }}_as_known,
        {%- endfor %}
        cast(
            case
                when known_weeks.week_start is not null and groups.has_spend
                    then coalesce(known.spend, 0)
            end as {{ type_double() }}
        ) as spend_as_known,
        weeks.is_settled,
        weeks.is_latest_week,
        states.run_id
    from groups
    inner join weeks
        on groups.week_start = weeks.week_start
    cross join states
    left join known_weeks
        on groups.week_start = known_weeks.week_start
    {%- for measure in ['hindsight', 'known'] %}
    left join {{ measure }}
        on
            groups.week_start = {{ measure }}.week_start
            and groups.home_city = {{ measure }}.home_city
            and groups.platform = {{ measure }}.platform
            and states.state_id = {{ measure }}.state_id
    {%- endfor %}

)

select * from filled
