{#
    Every table that counts the users of the newest week has the same: user_list and
    state_sizes as known, by state; stays that go on and state_sizes in hindsight, by
    state. Stays hold all user-weeks, and cohorts everyone who has ridden.
#}
with

state_sizes as (

    select * from {{ ref('state_sizes') }}
    where is_latest_week

),

user_list as (

    select
        state_id,
        count(*) as n_users
    from {{ ref('user_list') }}
    group by state_id

),

spells as (

    select
        state_id,
        count(case when is_current then 1 end) as n_users
    from {{ ref('user_state_spells') }}
    group by state_id

),

by_state as (

    select
        state_sizes.state_key as subject,
        state_sizes.n_users_as_known as expected,
        coalesce(user_list.n_users, 0) as found,
        'user_list' as table_name
    from state_sizes
    left join user_list
        on state_sizes.state_id = user_list.state_id
    union all
    select
        state_sizes.state_key as subject,
        state_sizes.n_users as expected,
        coalesce(spells.n_users, 0) as found,
        'user_state_spells' as table_name
    from state_sizes
    left join spells
        on state_sizes.state_id = spells.state_id

),

totals as (

    select
        'user-weeks' as subject,
        (select count(*) from {{ ref('user_weekly_states') }}) as expected,
        (select coalesce(sum(n_weeks), 0) from {{ ref('user_state_spells') }}) as found,
        'user_state_spells' as table_name
    union all
    select
        'riders' as subject,
        (select count(first_ride_week_start) from {{ ref('users') }}) as expected,
        (
            select coalesce(sum(n_cohort_users), 0) from {{ ref('retention_cohorts') }}
            where cohort_length = 'week' and periods_since_first_ride = 0
        ) as found,
        'retention_cohorts, week' as table_name
    union all
    select
        'riders' as subject,
        (select count(first_ride_week_start) from {{ ref('users') }}) as expected,
        (
            select coalesce(sum(n_cohort_users), 0) from {{ ref('retention_cohorts') }}
            where cohort_length = 'month' and periods_since_first_ride = 0
        ) as found,
        'retention_cohorts, month' as table_name

),

combined as (

    select * from by_state
    union all
    select * from totals

),

different as (

    select * from combined
    where found <> coalesce(expected, found)

)

select * from different
