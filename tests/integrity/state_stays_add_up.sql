{#
    Every decoded user-week of a state belongs to one stay of its length. Every stay either
    ended or is still going on. The share that stays longer is the product of the shares that
    stayed each week.
#}
with

state_stays as (

    select * from {{ ref('state_stays') }}

),

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

decoded as (

    select
        state_id,
        count(*) as n_user_weeks
    from user_weekly_states
    where
        state_id > 0
        and state_source = 'decoded'
    group by state_id

),

summed as (

    select
        state_id,
        sum((n_left + n_still_there) * n_weeks) as n_user_weeks
    from state_stays
    group by state_id

),

different_weeks as (

    select
        coalesce(decoded.state_id, summed.state_id) as state_id,
        'the weeks of all stays are not those of the state' as problem
    from decoded
    full outer join summed
        on decoded.state_id = summed.state_id
    where decoded.n_user_weeks is distinct from summed.n_user_weeks

),

-- Those at risk are the stays that end or go on later, and those that end now.
different_risks as (

    select
        stays.state_id,
        'n_at_risk is not the later stays' as problem
    from state_stays as stays
    left join state_stays as later_stays
        on
            stays.state_id = later_stays.state_id
            and stays.n_weeks < later_stays.n_weeks
    group by stays.state_id, stays.n_weeks, stays.n_at_risk, stays.n_left
    having
        stays.n_at_risk <> stays.n_left
        + coalesce(sum(later_stays.n_left + later_stays.n_still_there), 0)

),

next_stays as (

    select
        state_id,
        longer_share,
        lag(longer_share, 1, 1) over (partition by state_id order by n_weeks)
        * (1 - coalesce(leaving_share, 0)) as longer_share_expected
    from state_stays

),

different_shares as (

    select
        state_id,
        'longer_share is not the product of the shares that stayed' as problem
    from next_stays
    where not coalesce(abs(longer_share - longer_share_expected) < 1e-9, false)

),

combined as (

    select * from different_weeks
    union all
    select * from different_risks
    union all
    select * from different_shares

)

select * from combined
