{#
    The stays of each user before the first open week: those that the build before found,
    continued by the weeks that were closed since. Empty where every week is open.
#}
{%- set first_week = first_open_week(of_features=true, of_states=true) -%}
{%- set so_far = closed_so_far(first_week) %}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

pieces as (

    select
        user_id,
        state_id,
        week_start as from_week_start,
        week_start as to_week_start,
        1 as n_weeks,
        n_rides,
        cast(spend as {{ type_exact(28, 4) }}) as spend,
        false as is_latest_week
    from user_weekly_states
    where
        {{ is_closed_week('week_start', of_features=true, of_states=true) }}
        and week_start >= '{{ so_far or start_of_time() }}'
    {%- if so_far %}
    union all
    select
        user_id,
        state_id,
        from_week_start,
        to_week_start,
        n_weeks,
        n_rides,
        spend,
        false as is_latest_week
    from {{ this }}
    {%- endif %}

),

{{ joined_spells('pieces') }},

dated as (

    select
        user_id,
        state_id,
        from_week_start,
        to_week_start,
        n_weeks,
        n_rides,
        spend,
        cast('{{ first_week }}' as date) as closed_before
    from summed

)

select * from dated
