{#
    Entries into and departures from each state, week by week, with zeros: in hindsight,
    and as known at the end of each week. In the newest weeks hindsight is short, and
    hardly anybody seems to fall silent; there read what was known.

    a: 1 1 2   b: – 1 1   →   week 2: state 1: one entered (b)
                              week 3: state 1: one left, state 2: one entered (a)

    Over 170 lines, because hindsight and what was known share one pass over the sums.
#}
{%- set histories = {'state_id': '', 'known_state_id': '_as_known'} -%}
{%- set events = {'entries': 'n_entered', 'departures': 'n_left'} -%}

with

state_move_sums as (

    select * from {{ ref('int_state_move_sums') }}

),

moved_user_weeks as (

    select * from {{ ref('int_moved_user_weeks') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

sizes as (

    select * from {{ ref('state_sizes_by_city') }}

),

moved as (

    select
        week_start,
        summed_home_city,
        home_city,
        state_id,
        known_state_id,
        lag(state_id) over (partition by user_id order by week_start)
            as previous_state_id,
        lag(known_state_id) over (partition by user_id order by week_start)
            as previous_known_state_id
    from moved_user_weeks

),

-- Users who have moved count where they are today.
corrected as (

    select
        week_start,
        home_city,
        state_id,
        known_state_id,
        previous_state_id,
        previous_known_state_id,
        n_users
    from state_move_sums
    {%- for n_users, prefix in [('-1', 'summed_'), ('1', '')] %}
    union all
    select
        week_start,
        {{ prefix }}home_city{{ ' as home_city' if prefix }},
        state_id,
        known_state_id,
        previous_state_id,
        previous_known_state_id,
        {{ n_users }} as n_users
    from moved
    {%- endfor %}

),

changed as (

    select
        week_start,
        home_city,
        state_id,
        n_users,
        nullif(known_state_id, -1) as known_state_id,
        nullif(previous_state_id, -1) as previous_state_id,
        nullif(previous_known_state_id, -1) as previous_known_state_id
    from corrected

),

{% for state, suffix in histories.items() -%}

entries{{ suffix }} as (

    select
        changed.week_start,
        changed.home_city,
        changed.{{ state }}{{ ' as state_id' if suffix }},
        cast(sum(changed.n_users) as {{ dbt.type_bigint() }}) as n_users,
        cast(
            sum(case when previous_states.is_silent then changed.n_users end)
            as {{ dbt.type_bigint() }}
        ) as n_users_silent_before
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
        cast(sum(changed.n_users) as {{ dbt.type_bigint() }}) as n_users,
        cast(
            sum(case when states.is_silent then changed.n_users end)
            as {{ dbt.type_bigint() }}
        ) as n_users_now_silent
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
