{#
    Which states are the users of each city mostly in, compared with all users? An
    index of 200 is twice the share over all cities.
#}
with

user_dominant_states as (

    select * from {{ ref('user_dominant_states') }}

),

users as (

    select * from {{ ref('users') }}

),

located as (

    select
        user_dominant_states.dominant_state_id,
        user_dominant_states.dominant_state_name,
        coalesce(users.home_city, 'not known') as home_city
    from user_dominant_states
    inner join users
        on user_dominant_states.user_id = users.user_id

),

counted as (

    select
        home_city,
        dominant_state_id,
        dominant_state_name,
        count(*) as n_users
    from located
    group by home_city, dominant_state_id, dominant_state_name

),

shared as (

    select
        home_city,
        dominant_state_id,
        dominant_state_name,
        n_users,
        {{ share('n_users', 'sum(n_users) over (partition by home_city)') }}
            as share_in_city,
        {{ share(
            'sum(n_users) over (partition by dominant_state_id)',
            'sum(n_users) over ()'
        ) }} as share_everywhere
    from counted

)

select
    home_city,
    dominant_state_name,
    n_users,
    round(cast(share_in_city as {{ type_exact() }}), 3) as share_in_city,
    round(cast(100 * share_in_city / share_everywhere as {{ type_exact() }}))
        as index_to_everyone
from shared
order by home_city, dominant_state_id
