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

dated as (

    select
        user_weekly_states.user_id,
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        known_states.state_id as known_state_id,
        {{ weeks_between(
            'user_weekly_states.week_start', 'as_of_week.as_of_week_start'
        ) }} as weeks_back
    from user_weekly_states
    cross join as_of_week
    left join known_states
        on
            user_weekly_states.user_id = known_states.user_id
            and user_weekly_states.week_start = known_states.week_start

),

picked as (

    select * from dated
    where
        weeks_back <= {{ var('flow_weeks_back') }}
        and (weeks_back <= 4 or mod(weeks_back, 4) = 0)

),

-- Users without a state in the earlier week are in no pair. Both states of a week are
-- counted at once: millions of pairs are joined, and twice as many take twice the time.
-- The run is not in the key, because text there would take another fifth.
paired as (

    select
        earlier.week_start as from_week_start,
        later.week_start as to_week_start,
        earlier.state_id as from_state_id,
        later.state_id as to_state_id,
        earlier.known_state_id as from_known_state_id,
        later.known_state_id as to_known_state_id,
        count(*) as n_users
    from picked as earlier
    inner join picked as later
        on
            earlier.user_id = later.user_id
            and earlier.week_start < later.week_start
    group by
        earlier.week_start,
        later.week_start,
        earlier.state_id,
        later.state_id,
        earlier.known_state_id,
        later.known_state_id

),

-- In hindsight, and as known at the end of each week: the two are never mixed.
counted as (

    select
        from_week_start,
        to_week_start,
        from_state_id,
        to_state_id,
        n_users,
        0 as n_users_as_known
    from paired
    union all
    select
        from_week_start,
        to_week_start,
        from_known_state_id as from_state_id,
        to_known_state_id as to_state_id,
        0 as n_users,
        n_users as n_users_as_known
    from paired
    where from_known_state_id is not null and to_known_state_id is not null

),

pivoted as (

    select
        from_week_start,
        to_week_start,
        from_state_id,
        to_state_id,
        cast(sum(n_users) as {{ dbt.type_bigint() }}) as n_users,
        cast(sum(n_users_as_known) as {{ dbt.type_bigint() }})
            as n_users_as_known
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
            when sum(pivoted.n_users_as_known) over week_pairs > 0
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
    window
        week_pairs as (
            partition by pivoted.from_week_start, pivoted.to_week_start
        )

)

select * from named
