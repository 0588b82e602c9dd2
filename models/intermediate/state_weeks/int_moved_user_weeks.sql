{#
    All weeks of the users who have another home city or platform than the one under which
    they are added up. Few users; none where every week is open. Who reads the sums takes
    these weeks away there, and adds them here.
#}
with

homes as (

    select * from {{ ref('int_summed_homes') }}

),

attributes as (

    select * from {{ ref('int_user_attributes') }}

),

moved as {{ computed_once() }} (

    select
        homes.user_id,
        homes.home_city as summed_home_city,
        homes.platform as summed_platform,
        coalesce(attributes.home_city, 'not known') as home_city,
        coalesce(attributes.platform, 'not known') as platform
    from homes
    inner join attributes
        on homes.user_id = attributes.user_id
    where
        homes.home_city <> coalesce(attributes.home_city, 'not known')
        or homes.platform <> coalesce(attributes.platform, 'not known')

),

-- Few users: PostgreSQL would join all weeks of all users first.
user_weekly_states as {{ computed_once() }} (

    select * from {{ ref('user_weekly_states') }}
    where user_id in (select moved.user_id from moved)

),

known_states as {{ computed_once() }} (

    select * from {{ ref('int_user_known_states') }}
    where user_id in (select moved.user_id from moved)

),

joined as (

    select
        moved.user_id,
        user_weekly_states.week_start,
        user_weekly_states.state_id,
        coalesce(known_states.state_id, -1) as known_state_id,
        moved.summed_home_city,
        moved.summed_platform,
        moved.home_city,
        moved.platform,
        user_weekly_states.is_active,
        user_weekly_states.n_rides,
        cast(user_weekly_states.spend as {{ type_exact(28, 4) }}) as spend
    from moved
    inner join user_weekly_states
        on moved.user_id = user_weekly_states.user_id
    left join known_states
        on
            user_weekly_states.user_id = known_states.user_id
            and user_weekly_states.week_start = known_states.week_start

)

select * from joined
