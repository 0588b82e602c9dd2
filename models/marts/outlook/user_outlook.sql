{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='as_of_week_start',
    on_schema_change='append_new_columns',
    full_refresh=false,
    indexes=[{'columns': ['as_of_week_start', 'user_id'], 'unique': True}],
    post_hook="{{ marked_latest(this, 'as_of_week_start') }}",
) }}
{#
    Forecasts for each user as of the newest week. A build replaces the rows of that
    week. Rows of earlier weeks stay as published, so that forecasts can be compared
    with what happened.
#}
with

user_forecasts as (

    select * from {{ ref('int_user_forecasts') }}

),

spend_forecasts as (

    select * from {{ ref('int_user_spend_forecasts') }}

),

next_states as (

    select * from {{ ref('int_user_next_states') }}

),

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

-- Empty in a build with an earlier as_of_date: what was published then stays.
forecasts as (

    select * from user_forecasts
    {%- if is_incremental() %}
    where
        as_of_week_start >= (
            select coalesce(max(published.as_of_week_start), date '0001-01-01')
            from {{ this }} as published
        )
    {%- endif %}

),

listed as (

    select
        next_states.user_id,
        {{ array_in_order('champion_states.state_key', 'next_states.state_id') }}
            as state_keys,
        {{ array_in_order('next_states.probability', 'next_states.state_id') }}
            as probabilities
    from next_states
    inner join champion_states
        on next_states.state_id = champion_states.state_id
    group by next_states.user_id

),

distributions as (

    select
        user_id,
        {{ json_object('state_keys', 'probabilities') }}
            as next_week_state_probabilities
    from listed

),

ranked as (

    select
        next_states.user_id,
        champion_states.state_key,
        champion_states.state_name,
        next_states.probability,
        next_states.gain,
        row_number() over (
            partition by next_states.user_id
            order by next_states.gain desc, next_states.state_id asc
        ) as gain_rank
    from next_states
    inner join champion_states
        on next_states.state_id = champion_states.state_id
    where
        next_states.probability >= {{ var('outlook_min_reach_probability') }}
        and next_states.gain > 0

),

joined as (

    select
        forecasts.user_id,
        forecasts.as_of_week_start,
        forecasts.state_key,
        forecasts.state_name,
        forecasts.state_probability,
        distributions.next_week_state_probabilities,
        forecasts.user_level,
        forecasts.ride_probability_next_week,
        forecasts.ride_probability_4_weeks,
        forecasts.expected_rides_next_week,
        forecasts.expected_rides_4_weeks,
        forecasts.expected_rides_12_weeks,
        forecasts.expected_rides_52_weeks,
        spend_forecasts.expected_spend_next_week,
        spend_forecasts.expected_spend_4_weeks,
        spend_forecasts.expected_spend_12_weeks,
        spend_forecasts.expected_spend_52_weeks,
        spend_forecasts.why_no_expected_spend,
        forecasts.expected_weeks_until_lapse,
        proposed.state_key as proposed_state_key,
        proposed.state_name as proposed_state_name,
        proposed.probability as proposed_state_probability,
        proposed.gain as proposed_state_associated_gain,
        true as is_latest_week,
        forecasts.run_id
    from forecasts
    inner join distributions
        on forecasts.user_id = distributions.user_id
    inner join spend_forecasts
        on forecasts.user_id = spend_forecasts.user_id
    left join ranked as proposed
        on
            forecasts.user_id = proposed.user_id
            and proposed.gain_rank = 1

)

select * from joined
