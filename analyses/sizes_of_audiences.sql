{# How many users are in each audience now, and how many joined and left last week. #}
with

audiences as (

    select * from {{ ref('audiences') }}

),

last_week as (

    select max(coalesce(left_week_start, entered_week_start)) as week_start
    from audiences

)

select
    audiences.audience,
    count(case when audiences.left_week_start is null then 1 end) as n_members,
    count(
        case when audiences.left_week_start is null and audiences.is_holdout then 1 end
    ) as n_held_out,
    count(case when audiences.entered_week_start = last_week.week_start then 1 end)
        as n_joined,
    count(case when audiences.left_week_start = last_week.week_start then 1 end)
        as n_left,
    count(*) as n_spells
from audiences
cross join last_week
group by audiences.audience
order by n_members desc, audiences.audience asc
