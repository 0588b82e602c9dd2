{{ config(
    materialized='kept_weeks',
    meta={'open_rows': 'week_start', 'of_features': true, 'of_states': true},
    indexes=[{'columns': ['week_start', 'state_id']}],
) }}
{#
    The state of each user in each week, with what the user did in it.

    Over 170 lines, because every part of a user-week is joined here: ten inputs.
#}
{%- set first_week = first_open_week(of_features=true, of_states=true) %}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

state_assignments as (

    select * from {{ ref('stg_hmm__state_assignments') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

feature_sources as (

    select * from {{ ref('int_feature_sources') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

settled_weeks as (

    select * from {{ ref('int_settled_weeks') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

-- A week before the first completed ride has no evidence to decode. A week that the
-- champion has not decoded (a newer week, or one added by a late ride) has the state
-- that was most probable at its end.
joined as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        user_week_panel.is_active,
        user_week_panel.n_rides,
        user_week_panel.filled_from_week_start,
        user_week_panel.has_completed_ride,
        champion.run_id,
        state_assignments.state_id as decoded_state_id,
        state_assignments.smoothed_probability,
        user_beliefs.state_id as filtered_state_id,
        user_beliefs.state_probability as filtered_probability,
        case
            when
                state_assignments.state_id is not null
                or not user_week_panel.has_completed_ride
                and user_week_panel.week_start <= runs.last_week_start
                then 'decoded'
            else 'filtered'
        end as state_source
    from user_week_panel
    cross join champion
    inner join runs
        on champion.run_id = runs.run_id
    left join state_assignments
        on
            user_week_panel.has_completed_ride
            and champion.run_id = state_assignments.run_id
            and user_week_panel.user_id = state_assignments.user_id
            and user_week_panel.week_start = state_assignments.week_start
            and {{ is_open_week(
                'state_assignments.week_start', of_features=true, of_states=true
            ) }}
    left join user_beliefs
        on
            champion.run_id = user_beliefs.run_id
            and user_week_panel.user_id = user_beliefs.user_id
            and user_week_panel.week_start = user_beliefs.week_start
    where {{ is_open_week(
        'user_week_panel.week_start', of_features=true, of_states=true
    ) }}

),

placed as (

    select
        user_id,
        week_start,
        is_active,
        n_rides,
        filled_from_week_start,
        run_id,
        state_source,
        case
            when not has_completed_ride then 0
            when state_source = 'decoded' then decoded_state_id
            else filtered_state_id
        end as state_id,
        case
            when state_source = 'decoded'
                then
                    case
                        when has_completed_ride then smoothed_probability
                        else 1
                    end
        end as smoothed_probability,
        case
            when state_source = 'filtered'
                then
                    case
                        when has_completed_ride then filtered_probability
                        else 1
                    end
        end as filtered_probability
    from joined

),

-- In weeks with a request only, so far fewer rows than user-weeks. Of the closed ones
-- each user's newest is enough.
ride_pieces as (

    select
        user_id,
        week_start,
        spend,
        case when n_rides > 0 then week_start end as first_ride_week_start,
        case when n_rides > 0 then week_start end as last_ride_week_start
    from request_weeks
    where {{ is_open_week('week_start', of_features=true, of_states=true) }}
    {%- if first_week != start_of_time() %}
    union all
    select
        user_id,
        max(week_start) as week_start,
        null as spend,
        min(case when n_rides > 0 then week_start end) as first_ride_week_start,
        max(case when n_rides > 0 then week_start end) as last_ride_week_start
    from request_weeks
    where {{ is_closed_week('week_start', of_features=true, of_states=true) }}
    group by user_id
    {%- endif %}

),

rides_so_far as (

    select
        user_id,
        week_start,
        spend,
        min(first_ride_week_start) over so_far as first_ride_week_start,
        max(last_ride_week_start) over so_far as last_ride_week_start
    from ride_pieces
    window
        so_far as (
            partition by user_id
            order by week_start
            rows between unbounded preceding and current row
        )

),

-- A week with neither is left out; a test counts such weeks.
named as (

    select
        placed.user_id,
        placed.week_start,
        placed.state_id,
        states.state_key,
        states.state_name,
        placed.state_source,
        placed.smoothed_probability,
        placed.filtered_probability,
        placed.n_rides,
        -- A silent week has no spend of its own.
        cast(
            case
                when not feature_sources.has_price then null
                when placed.week_start = rides_so_far.week_start
                    then coalesce(rides_so_far.spend, 0)
                else 0
            end as {{ type_double() }}
        ) as spend,
        placed.is_active,
        {{ weeks_between('rides_so_far.first_ride_week_start', 'placed.week_start') }}
            as weeks_since_first_ride,
        {{ weeks_between('rides_so_far.last_ride_week_start', 'placed.week_start') }}
            as weeks_since_last_completed_ride,
        placed.filled_from_week_start,
        coalesce(
            placed.week_start <= settled_weeks.last_settled_week_start, false
        ) as is_settled,
        placed.week_start = as_of_week.as_of_week_start as is_latest_week,
        placed.run_id
    from placed
    inner join states
        on placed.state_id = states.state_id
    cross join feature_sources
    cross join as_of_week
    left join settled_weeks
        on placed.run_id = settled_weeks.run_id
    left join rides_so_far
        on
            placed.user_id = rides_so_far.user_id
            and placed.filled_from_week_start = rides_so_far.week_start

)

select * from named
