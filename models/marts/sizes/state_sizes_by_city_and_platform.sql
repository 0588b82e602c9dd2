{#
    The finest of the tables of sizes; state_sizes_by_city and state_sizes add it up. A
    user-week counts once in hindsight and once as known, in the same row if the two
    states agree.

    | user | state in hindsight | state as known |     | state | n_users | n_users_as_known |
    | a    | 1                  | 1              |  →  | 1     | 1       | 2                |
    | b    | 2                  | 1              |     | 2     | 1       | 0                |

    Over 170 lines, because hindsight and what was known share one pass over the sums.
#}
with

state_week_sums as (

    select * from {{ ref('int_state_week_sums') }}

),

moved_user_weeks as (

    select * from {{ ref('int_moved_user_weeks') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

settled_weeks as (

    select * from {{ ref('int_settled_weeks') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

-- Users who have moved count where they are today.
paired as (

    select
        week_start,
        state_id,
        nullif(known_state_id, -1) as known_state_id,
        home_city,
        platform,
        n_users,
        n_riders,
        n_rides,
        spend
    from state_week_sums
    {%- for sign, prefix in [('-', 'summed_'), ('', '')] %}
    union all
    select
        week_start,
        state_id,
        nullif(known_state_id, -1) as known_state_id,
        {{ prefix }}home_city{{ ' as home_city' if prefix }},
        {{ prefix }}platform{{ ' as platform' if prefix }},
        {{ sign }}1 as n_users,
        case when is_active then {{ sign }}1 else 0 end as n_riders,
        {{ sign }}n_rides{{ ' as n_rides' if sign }},
        {{ '-spend as spend' if sign else 'spend' }}
    from moved_user_weeks
    {%- endfor %}

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
    having sum(n_users) > 0

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
        coalesce(groups.week_start <= settled_weeks.last_settled_week_start, false)
            as is_settled,
        groups.week_start = as_of_week.as_of_week_start as is_latest_week,
        states.run_id
    from groups
    cross join as_of_week
    cross join states
    left join settled_weeks
        on states.run_id = settled_weeks.run_id
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
