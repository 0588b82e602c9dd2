{#
    For each user, the panel's counts add up to the rides up to the as-of week, in the weeks
    that are tested.
#}
with

rides as (

    select * from {{ ref('int_rides') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

counted as (

    select
        rides.user_id,
        count(*) as n_requests,
        sum(case when rides.status = 'completed' then 1 else 0 end) as n_rides,
        sum(case when rides.status = 'cancelled' then 1 else 0 end)
            as n_cancellations
    from rides
    cross join as_of_week
    where
        rides.week_start <= as_of_week.as_of_week_start
        and {{ is_tested_week('rides.week_start') }}
    group by rides.user_id

),

added as (

    select
        user_id,
        sum(n_requests) as n_requests,
        sum(n_rides) as n_rides,
        sum(n_cancellations) as n_cancellations
    from user_week_panel
    where {{ is_tested_week('week_start') }}
    group by user_id

),

-- A user may be silent in all of these weeks. One who never had a ride is found by
-- panel_has_every_week.
compared as (

    select
        counted.user_id,
        added.user_id as user_id_in_panel,
        counted.n_requests as n_requests_in_rides,
        added.n_requests as n_requests_in_panel,
        counted.n_rides as n_rides_in_rides,
        added.n_rides as n_rides_in_panel,
        counted.n_cancellations as n_cancellations_in_rides,
        added.n_cancellations as n_cancellations_in_panel
    from counted
    full outer join added
        on counted.user_id = added.user_id
    where
        coalesce(counted.n_requests, 0) is distinct from added.n_requests
        or coalesce(counted.n_rides, 0) is distinct from added.n_rides
        or coalesce(counted.n_cancellations, 0) is distinct from added.n_cancellations

)

select * from compared
