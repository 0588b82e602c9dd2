{{ config(post_hook="{{ keep_states() }}") }}
{#
    With what the states of closed weeks were computed. It is built after every table whose
    rows of closed weeks depend on states, and after those of events, which a build up to
    the panel does not reach: if a build stops before, the next one computes every week of
    them.
#}
-- depends_on: {{ ref('int_ahead_sums') }}
-- depends_on: {{ ref('int_closed_customer_sources') }}
-- depends_on: {{ ref('int_closed_user_spells') }}
-- depends_on: {{ ref('int_cohort_sums') }}
-- depends_on: {{ ref('int_customer_events') }}
-- depends_on: {{ ref('int_decoded_move_sums') }}
-- depends_on: {{ ref('int_kept_weeks') }}
-- depends_on: {{ ref('int_moved_user_weeks') }}
-- depends_on: {{ ref('int_state_feature_sums') }}
-- depends_on: {{ ref('int_state_hour_sums') }}
-- depends_on: {{ ref('int_state_month_sums') }}
-- depends_on: {{ ref('int_state_move_sums') }}
-- depends_on: {{ ref('int_state_value_sums') }}
-- depends_on: {{ ref('int_state_week_sums') }}
with

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

recorded as (

    select
        run_id,
        cast(
            {%- if not execute %} null
            {%- else %} '{{ fingerprint_of_states() }}'
            {%- endif %} as {{ dbt.type_string() }}
        ) as fingerprint_of_states
    from champion

)

select * from recorded
