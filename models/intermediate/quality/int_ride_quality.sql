{#
    Measures the rides that were kept, before any model: a row per check and subject. Most
    checks look at the newest weeks only, because a recent fault is lost among all rides.
#}
{%- set optional_values = ['city', 'payment_mode', 'platform'] -%}
{%- set as_of_date = "cast('" ~ var('as_of_date') ~ "' as date)" -%}
{%- set end_of_day = 'cast(' ~ add_days(as_of_date, 1) ~ ' as timestamp)' -%}
{%- set clock = local_time(dbt.current_timestamp(), "'UTC'") -%}
{%- set now = end_of_day if var('as_of_date') else clock -%}

with

