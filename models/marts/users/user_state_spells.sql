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

lagged as (

    select
        user_id,
        week_start,
        state_id,
        n_rides,
        spend,
        is_latest_week,
        run_id,
        lag(state_id) over (partition by user_id order by week_start)
            as previous_state_id
    from user_weekly_states

),

-- The number rises with each week in another state than the one before.
numbered as (

    select
        *,
        sum(case when state_id is distinct from previous_state_id then 1 else 0 end)
            over (
                partition by user_id
                order by week_start
                rows between unbounded preceding and current row
            ) as spell_number
    from lagged

),

summed as (

    select
        user_id,
        cast(spell_number as {{ dbt.type_int() }}) as spell_number,
        state_id,
        min(week_start) as from_week_start,
        max(week_start) as to_week_start,
        cast(count(*) as {{ dbt.type_int() }}) as n_weeks,
        cast(sum(n_rides) as {{ dbt.type_bigint() }}) as n_rides,
        {{ exact_sum('spend') }} as spend,
        max(case when is_latest_week then 1 else 0 end) = 1 as is_current,
        run_id
    from numbered
    group by user_id, spell_number, state_id, run_id

),

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
        summed.spend,
        summed.is_current,
        summed.run_id
    from summed
    inner join states
        on summed.state_id = states.state_id

)

select * from named
