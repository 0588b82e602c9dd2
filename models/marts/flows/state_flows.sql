{#
    How many users of each state in an earlier week are in each state in a later week.
    All pairs of weeks would be thousands, so only the last four weeks and every fourth
    week before them are paired.

    weeks back   104 … 12 8 4 3 2 1 0
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

known_states as (

    select * from {{ ref('int_user_known_states') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

settled_weeks as (

    select * from {{ ref('int_settled_weeks') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

-- In hindsight, and as known at the end of each week: the two are never mixed.
user_states as (

    select
        user_id,
        week_start,
        state_id,
        false as is_as_known
    from user_weekly_states
    union all
    select
        user_id,
        week_start,
        state_id,
        true as is_as_known
    from known_states

),

dated as (

    select
        user_states.*,
        {{ weeks_between('user_states.week_start', 'as_of_week.as_of_week_start') }}
            as weeks_back
    from user_states
    cross join as_of_week

),

picked as (

    select * from dated
    where
        weeks_back <= {{ var('flow_weeks_back') }}
        and (weeks_back <= 4 or mod(weeks_back, 4) = 0)

),

-- Users without a state in the earlier week are in no pair. The run is not in the key:
-- millions of pairs are counted, and text in the key would take a fifth of the time.
counted as (

    select
        earlier.week_start as from_week_start,
        later.week_start as to_week_start,
        earlier.state_id as from_state_id,
        later.state_id as to_state_id,
        earlier.is_as_known,
        count(*) as n_users
    from picked as earlier
    inner join picked as later
        on
            earlier.user_id = later.user_id
            and earlier.is_as_known = later.is_as_known
            and earlier.week_start < later.week_start
    group by
        earlier.week_start,
        later.week_start,
        earlier.state_id,
        later.state_id,
        earlier.is_as_known

),

known_pairs as (

    select distinct
        from_week_start,
        to_week_start
    from counted
    where is_as_known

),

pivoted as (

    select
        from_week_start,
        to_week_start,
        from_state_id,
        to_state_id,
        cast(
            sum(case when is_as_known then 0 else n_users end)
            as {{ dbt.type_bigint() }}
        ) as n_users,
        cast(
            sum(case when is_as_known then n_users else 0 end)
            as {{ dbt.type_bigint() }}
        ) as n_users_as_known
    from counted
    group by from_week_start, to_week_start, from_state_id, to_state_id

),

named as (

    select
        pivoted.from_week_start,
        pivoted.to_week_start,
        pivoted.from_state_id,
        from_states.state_key as from_state_key,
        from_states.state_name as from_state_name,
        from_states.state_sort_name as from_state_sort_name,
        pivoted.to_state_id,
        to_states.state_key as to_state_key,
        to_states.state_name as to_state_name,
        to_states.state_sort_name as to_state_sort_name,
        pivoted.n_users,
        from_states.run_id,
        case
            when known_pairs.to_week_start is not null
                then pivoted.n_users_as_known
        end as n_users_as_known,
        pivoted.to_week_start <= settled_weeks.last_settled_week_start
            as is_settled
    from pivoted
    cross join settled_weeks
    inner join states as from_states
        on pivoted.from_state_id = from_states.state_id
    inner join states as to_states
        on pivoted.to_state_id = to_states.state_id
    left join known_pairs
        on
            pivoted.from_week_start = known_pairs.from_week_start
            and pivoted.to_week_start = known_pairs.to_week_start

)

select * from named
