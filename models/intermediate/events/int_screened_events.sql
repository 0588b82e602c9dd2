{{ config(materialized='view') }}
{#
    Every staged event with the reason to set it aside: the first rule that it breaks on
    its own. Copies are compared later, among events that break no rule
    (int_event_copies).
#}
with

staged_events as (

    select * from {{ ref('stg_app__events') }}

),

forgotten_users as (

    select * from {{ ref('stg_privacy__forgotten_users') }}

),

excluded_users as (

    select distinct {{ trimmed_id('user_id') }} as user_id
    from {{ ref('excluded_users') }}

),

{{ screened_event_ctes('staged_events') }}

select * from screened
