{#
    How long users stay: for each number of weeks, how many of those who stayed so long
    left the state then. A stay that lasts until a user's newest week has not been seen
    to end; it is at risk up to then and never counted as left (Kaplan & Meier 1958).

    a: 1 1 2 2   →  state 1: a stay of 2 weeks that ended
                    state 2: a stay of 2 weeks, still going on
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('states') }}

),

-- What was most probable week by week is no path, and would move too often.
lagged as (

    select
        user_id,
        week_start,
        state_id,
        lag(state_id) over (partition by user_id order by week_start)
            as previous_state_id,
        max(week_start) over (partition by user_id) as newest_week_start
    from user_weekly_states
    where state_source = 'decoded'

),

-- Only first weeks of stays go on: the next of these ends a stay.
entered as (

    select
        user_id,
        state_id,
        week_start,
        newest_week_start,
        lead(week_start) over (partition by user_id order by week_start)
            as left_week_start
    from lagged
    where previous_state_id is distinct from state_id

),

measured as (

    select
        state_id,
        coalesce(
            {{ weeks_between('week_start', 'left_week_start') }},
            {{ weeks_between('week_start', 'newest_week_start') }} + 1
        ) as n_weeks,
        left_week_start is not null as has_ended
    from entered
    where state_id > 0

),

counted as (

    select
        state_id,
        n_weeks,
        count(*) as n_stays,
        count(case when has_ended then 1 end) as n_left
    from measured
    group by state_id, n_weeks

),

longest as (

    select
        state_id,
        max(n_weeks) as n_weeks
    from counted
    group by state_id

),

spined as (

    select
        longest.state_id,
        lengths.weeks_before + 1 as n_weeks
    from longest
    {{ expanded('longest.n_weeks', 'lengths', 'weeks_before') }}

),

-- Nobody knows what those did next whose newest week this is.
put_at_risk as (

    select
        spined.state_id,
        spined.n_weeks,
        coalesce(counted.n_left, 0) as n_left,
        coalesce(counted.n_stays - counted.n_left, 0) as n_still_there,
        cast(
            sum(coalesce(counted.n_stays, 0)) over (
                partition by spined.state_id
                order by spined.n_weeks desc
                rows between unbounded preceding and current row
            ) as {{ dbt.type_bigint() }}
        ) - coalesce(counted.n_stays - counted.n_left, 0) as n_at_risk
    from spined
    left join counted
        on
            spined.state_id = counted.state_id
            and spined.n_weeks = counted.n_weeks

),

shared as (

    select
        state_id,
        n_weeks,
        n_at_risk,
        n_left,
        n_still_there,
        {{ share('n_left', 'n_at_risk') }} as leaving_share
    from put_at_risk

),

-- A product of the shares that stayed, by logarithms. Where all leave it is 0, and
-- nobody stays any longer.
multiplied as (

    select
        *,
        case
            when leaving_share = 1 then 0
            else exp(
                sum(ln(nullif(1 - coalesce(leaving_share, 0), 0))) over (
                    partition by state_id
                    order by n_weeks
                    rows between unbounded preceding and current row
                )
            )
        end as longer_share
    from shared

),

compared as (

    select
        multiplied.state_id,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        multiplied.n_weeks,
        multiplied.n_at_risk,
        multiplied.n_left,
        multiplied.n_still_there,
        multiplied.leaving_share,
        multiplied.longer_share,
        states.run_id,
        1 - states.stay_probability as expected_leaving_share,
        -- PostgreSQL stops at a power that is too small for a double.
        case
            when
                multiplied.n_weeks * ln(nullif(states.stay_probability, 0)) > -700
                then power(states.stay_probability, multiplied.n_weeks)
            else 0
        end as expected_longer_share
    from multiplied
    inner join states
        on multiplied.state_id = states.state_id

)

select * from compared
