{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='as_of_week_start',
    on_schema_change='fail',
    full_refresh=false,
    indexes=[{'columns': ['as_of_week_start', 'user_id'], 'unique': True}],
) }}
{#
    What is to be expected of each user, as of the newest week. A build replaces the
    rows of that week; those of earlier weeks stay as they were, so that what was
    predicted can be held against what came.
#}
with

ride_history as (

    select * from {{ ref('int_user_ride_history') }}

),

chain_forecasts as (

    select * from {{ ref('int_user_chain_forecasts') }}

),

next_states as (

    select * from {{ ref('int_user_next_states') }}

),

user_beliefs as (

    select * from {{ ref('int_user_beliefs') }}

),

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

outlook_coefficients as (

    select * from {{ ref('stg_hmm__outlook_coefficients') }}

),

-- One row a run, a column for each coefficient.
coefficients as (

    select
        {%- for target in outlook_targets() %}
        {%- for term in ['intercept', 'forecast'] + outlook_terms() | list %}
        max(
            case
                when target = '{{ target }}' and term = '{{ term }}' then coefficient
            end
        ) as {{ target }}__{{ term }},
        {%- endfor %}
        {%- endfor %}
        run_id
    from outlook_coefficients
    group by run_id

),

scored as (

    select
        {%- for target, nature in outlook_targets().items() %}
        {{ outlook_score(target, nature['kind'], 'chain_forecasts.' ~ target) }}
            as {{ target }},
        {%- endfor %}
        chain_forecasts.user_id,
        chain_forecasts.as_of_week_start,
        chain_forecasts.run_id,
        chain_forecasts.expected_weeks_until_lapse
    from chain_forecasts
    inner join ride_history
        on
            chain_forecasts.user_id = ride_history.user_id
            and chain_forecasts.as_of_week_start = ride_history.as_of_week_start
    inner join coefficients
        on chain_forecasts.run_id = coefficients.run_id
    {%- if is_incremental() %}
    where
        chain_forecasts.as_of_week_start >= (
            select coalesce(max(recorded.as_of_week_start), date '0001-01-01')
            from {{ this }} as recorded
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

distributed as (

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

-- A score is a logarithm, of the odds or of a number. Longer spans hold the shorter
-- ones, which regressions of their own need not respect.
figured as (

    select
        user_id,
        as_of_week_start,
        {%- for target, nature in outlook_targets().items() %}
        {%- set figure -%}
            {%- if nature['kind'] == 'probability' -%}
                least(greatest(1 / (1 + exp(-{{ target }})), 1e-6), 1 - 1e-6)
            {%- else -%}
                exp({{ target }})
            {%- endif -%}
        {%- endset %}
        {{ figure }} as {{ target }},
        {%- endfor %}
        expected_weeks_until_lapse,
        run_id
    from scored

),

published as (

    select
        figured.user_id,
        figured.as_of_week_start,
        champion_states.state_key,
        champion_states.state_name,
        user_beliefs.state_probability,
        distributed.next_week_state_probabilities,
        figured.ride_probability_next_week,
        greatest(
            figured.ride_probability_4_weeks, figured.ride_probability_next_week
        ) as ride_probability_4_weeks,
        figured.expected_rides_next_week,
        greatest(
            figured.expected_rides_4_weeks, figured.expected_rides_next_week
        ) as expected_rides_4_weeks,
        greatest(
            figured.expected_rides_12_weeks,
            figured.expected_rides_4_weeks,
            figured.expected_rides_next_week
        ) as expected_rides_12_weeks,
        figured.expected_weeks_until_lapse,
        proposed.state_key as proposed_state_key,
        proposed.state_name as proposed_state_name,
        proposed.probability as proposed_state_probability,
        proposed.gain as proposed_state_associated_gain,
        figured.run_id
    from figured
    inner join user_beliefs
        on
            figured.run_id = user_beliefs.run_id
            and figured.user_id = user_beliefs.user_id
            and figured.as_of_week_start = user_beliefs.week_start
    inner join champion_states
        on
            figured.run_id = champion_states.run_id
            and user_beliefs.state_id = champion_states.state_id
    inner join distributed
        on figured.user_id = distributed.user_id
    left join ranked as proposed
        on
            figured.user_id = proposed.user_id
            and proposed.gain_rank = 1

)

select * from published
