{#
    The stays of each user: weeks in a row in the same state, in hindsight.

    a: 1 1 2 2 2 1   →   1 for 2 weeks, 2 for 3 weeks, 1 for a week so far
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

-- Those of another first open week are left over from an earlier build.
closed_spells as (

    select * from {{ ref('int_closed_user_spells') }}
    where
        closed_before = '{{ first_open_week(of_features=true, of_states=true) }}'

),

pieces as (

    select
        user_id,
        state_id,
        from_week_start,
        to_week_start,
        n_weeks,
        n_rides,
        spend,
        false as is_latest_week
    from closed_spells
    union all
    select
        user_id,
        state_id,
        week_start as from_week_start,
        week_start as to_week_start,
        1 as n_weeks,
        n_rides,
        cast(spend as {{ type_exact(28, 4) }}) as spend,
        is_latest_week
    from user_weekly_states
    where {{ is_open_week('week_start', of_features=true, of_states=true) }}

),

{{ joined_spells('pieces') }},

named as (

    select
        summed.user_id,
        summed.spell_number,
        summed.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        states.is_silent,
        summed.from_week_start,
        summed.to_week_start,
        summed.n_weeks,
        summed.n_rides,
        cast(summed.spend as {{ type_double() }}) as spend,
        summed.is_current,
        states.run_id
    from summed
    inner join states
        on summed.state_id = states.state_id

)

select * from named
