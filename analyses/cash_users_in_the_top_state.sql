{#
    In which cities do users of the most active state still pay in cash? Users who are
    in that state now, by city, and the share of them who mostly pay in cash.
#}
with

states as (

    select * from {{ ref('states') }}

),

user_dominant_states as (

    select * from {{ ref('user_dominant_states') }}

),

users as (

    select * from {{ ref('users') }}

),

ranked as (

    select
        state_id,
        row_number() over (order by mean_rides desc, state_id asc)
            as activity_rank
    from states
    where state_id > 0 and n_user_weeks > 0

),

top_users as (

    select
        users.user_id,
        users.payment_mode,
        users.lifetime_spend,
        coalesce(users.home_city, 'not known') as home_city
    from user_dominant_states
    inner join ranked
        on
            user_dominant_states.current_state_id = ranked.state_id
            and ranked.activity_rank = 1
    inner join users
        on user_dominant_states.user_id = users.user_id

)

select
    home_city,
    count(*) as n_users,
    count(case when payment_mode = 'cash' then 1 end) as n_cash_users,
    round(avg(case when payment_mode = 'cash' then 1.0 else 0.0 end), 3)
        as cash_user_share,
    round(
        cast(
            sum(case when payment_mode = 'cash' then lifetime_spend else 0 end)
            as {{ type_exact() }}
        ),
        2
    ) as lifetime_spend_of_cash_users
from top_users
group by home_city
order by n_cash_users desc, home_city asc
