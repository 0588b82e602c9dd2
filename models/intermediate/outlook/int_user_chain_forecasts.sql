{#
    Forecasts from a user's belief at the as-of week by the chain alone: rides ahead,
    and weeks until lapse. The forecast of each level and state is weighted by the
    probability that the user has the level and is in the state.
#}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

ride_history as (

    select * from {{ ref('int_user_ride_history') }}

),

state_forecasts as (

    select * from {{ ref('stg_hmm__state_forecasts') }}

),

lapse_times as (

    select * from {{ ref('stg_hmm__lapse_times') }}

),

by_level_and_state as (

    select
        {%- for target, nature in outlook_targets().items() %}
        max(
            case
                when state_forecasts.horizon_weeks = {{ nature['weeks'] }}
                    then state_forecasts.{{ {
                        'probability': 'ride_probability', 'rides': 'expected_rides'
                    }[nature['kind']] }}
            end
        ) as {{ target }},
        {%- endfor %}
        champion.run_id,
        state_forecasts.level_id,
        state_forecasts.state_id
    from state_forecasts
    inner join champion
        on state_forecasts.run_id = champion.run_id
    group by champion.run_id, state_forecasts.level_id, state_forecasts.state_id

),

-- One row: the forecasts of all levels and states, in the order of a belief.
forecasts as (

    select
        {%- for target in outlook_targets() %}
        {{ array_in_order(target, 'level_id, state_id') }} as {{ target }},
        {%- endfor %}
        run_id
    from by_level_and_state
    group by run_id

),

lapses as (

    select
        lapse_times.run_id,
        lapse_times.n_silent_weeks,
        {{ array_in_order(
            'lapse_times.expected_weeks', 'lapse_times.level_id, lapse_times.state_id'
        ) }} as expected_weeks
    from lapse_times
    inner join champion
        on lapse_times.run_id = champion.run_id
    group by lapse_times.run_id, lapse_times.n_silent_weeks

),

-- A user who has been silent for longer than the lapse times cover has already lapsed.
weighted_forecasts as (

    select
        user_beliefs.user_id,
        as_of_week.as_of_week_start,
        {%- for target in outlook_targets() %}
        {{ weighted_sum('user_beliefs.belief', 'forecasts.' ~ target) }}
            as {{ target }},
        {%- endfor %}
        coalesce(
            {{ weighted_sum('user_beliefs.belief', 'lapses.expected_weeks') }}, 0
        ) as expected_weeks_until_lapse,
        user_beliefs.run_id
    from user_beliefs
    inner join as_of_week
        on user_beliefs.week_start = as_of_week.as_of_week_start
    inner join forecasts
        on user_beliefs.run_id = forecasts.run_id
    inner join ride_history
        on user_beliefs.user_id = ride_history.user_id
    left join lapses
        on
            user_beliefs.run_id = lapses.run_id
            and ride_history.n_silent_weeks = lapses.n_silent_weeks

)

select * from weighted_forecasts
