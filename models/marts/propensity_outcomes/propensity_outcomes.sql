{{ config(materialized='view') }}
{#
    What came of each target, for the customers and weeks that the target is about. A view:
    it says five times what customer_outcomes says once.
#}
{#- The day that each outcome looks at. -#}
{%- set days = {
    'purchase': 'outcomes.next_purchase_on',
    'ride': 'outcomes.next_ride_on',
    'no_activity': 'outcomes.next_active_on',
    'conversion': 'outcomes.next_converted_on',
} -%}

with

outcomes as (

    select * from {{ ref('customer_outcomes') }}

),

targets as (

    select * from {{ ref('propensity_targets') }}

),

newest_week as (

    select max(ends_on) as ends_on from outcomes

),

-- A label has no time, so only the newest week has it.
paired as (

    select
        targets.target,
        targets.outcome,
        targets.horizon_weeks,
        outcomes.customer_id,
        outcomes.as_of_week_start,
        outcomes.ends_on,
        outcomes.segment_label,
        newest_week.ends_on as known_until,
        case targets.outcome
            {%- for outcome, day in days.items() %}
            when '{{ outcome }}' then {{ day }}
            {%- endfor %}
        end as next_on
    from outcomes
    cross join targets
    cross join newest_week
    where
        {{ propensity_population(
            'targets.population', 'targets.horizon_weeks', 'outcomes'
        ) }}
        and (
            targets.outcome <> 'crm_label'
            or outcomes.ends_on = newest_week.ends_on
        )

),

timed as (

    select
        target,
        outcome,
        horizon_weeks,
        customer_id,
        as_of_week_start,
        segment_label,
        {{ add_days('ends_on', '7 * horizon_weeks') }} <= known_until as is_known,
        coalesce(
            next_on < {{ add_days('ends_on', '7 * horizon_weeks') }}, false
        ) as has_come
    from paired

),

classified as (

    select
        target,
        customer_id,
        as_of_week_start,
        horizon_weeks,
        is_known,
        case
            when outcome = 'crm_label' then segment_label
            when not is_known then null
            when has_come <> (outcome = 'no_activity') then 'yes'
            else 'no'
        end as outcome_class
    from timed

)

select * from classified
