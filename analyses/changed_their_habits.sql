{#
    Users who are mostly in another state recently than over their whole history: from
    which to which, how many, and how much they rode in all. The var `recent_weeks` is
    the length of "recently".
#}
with

user_dominant_states as (

    select * from {{ ref('user_dominant_states') }}

),

users as (

    select * from {{ ref('users') }}

),

changed as (

    select
        user_dominant_states.dominant_state_name,
        user_dominant_states.recent_state_name,
        users.lifetime_rides,
        users.lifetime_spend
    from user_dominant_states
    inner join users
        on user_dominant_states.user_id = users.user_id
    where
        user_dominant_states.recent_state_id
        <> user_dominant_states.dominant_state_id

)

select
    dominant_state_name,
    recent_state_name,
    count(*) as n_users,
    round(avg(lifetime_rides), 1) as mean_lifetime_rides,
    round(cast(sum(lifetime_spend) as {{ type_exact() }}), 2) as lifetime_spend
from changed
group by dominant_state_name, recent_state_name
order by n_users desc, dominant_state_name asc, recent_state_name asc
