{{ config(post_hook="{{ forget_kept_weeks() }}") }}
{#
    Which weeks this build computes, decided once before all else. Weeks before the first
    open one are closed: models with the materialization `kept_weeks` keep their rows.

    macros/incremental/opened_weeks.sql says how it is decided.
#}
-- depends_on: {{ ref('stg_app__rides') }}
-- depends_on: {{ ref('stg_privacy__forgotten_users') }}
-- depends_on: {{ ref('excluded_users') }}
-- depends_on: {{ ref('exchange_rates') }}
{%- set opened = opened_weeks() -%}
{%- set text = dbt.type_string() %}
with

decided as (

    select
        cast('{{ opened["first_open_week_start"] }}' as date) as first_open_week_start,
        '{{ opened["reason"] }}' as reason,
        cast(
            {%- if opened["n_waiting_rides"] is none %} null
            {%- else %} {{ opened["n_waiting_rides"] }}
            {%- endif %} as {{ dbt.type_bigint() }}
        ) as n_waiting_rides,
        '{{ opened["fingerprint"] }}' as fingerprint,
        cast(
            {%- if opened["feature_sources"] is none %} null
            {%- else %} '{{ opened["feature_sources"] }}'
            {%- endif %} as {{ text }}
        ) as feature_sources,
        cast(
            {%- if opened["fingerprint_of_states"] is none %} null
            {%- else %} '{{ opened["fingerprint_of_states"] }}'
            {%- endif %} as {{ text }}
        ) as fingerprint_of_states

)

select * from decided
