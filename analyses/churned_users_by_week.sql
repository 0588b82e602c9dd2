{#
    How many users fell silent each week, from which state, and how many came back from a
    silent state, and into which? As known at the end of each week, so that the newest weeks can be compared with the others.
#}
with

state_weekly_flows as (

    select * from {{ ref('state_weekly_flows') }}

),

last_week as (

    select max(week_start) as week_start from state_weekly_flows

)

select
    flows.week_start,
    flows.state_sort_name,
    sum(flows.n_lapsed_as_known) as n_fallen_silent,
    sum(flows.n_returned_as_known) as n_came_back,
    sum(flows.n_left_as_known) as n_left_for_any_state,
    sum(flows.n_entered_as_known) as n_entered,
    sum(flows.n_entered_as_known) - sum(flows.n_left_as_known) as n_more_users
from state_weekly_flows as flows
cross join last_week
where flows.week_start > {{ add_days('last_week.week_start', -7 * 26) }}
group by flows.week_start, flows.state_sort_name
order by flows.week_start, flows.state_sort_name
