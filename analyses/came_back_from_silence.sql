{#
    Who comes back from a silent state, after how long, and to which state? By the
    month in which the next stay began; in hindsight, which is short in the newest weeks.
#}
with

user_state_spells as (

    select * from {{ ref('user_state_spells') }}

),

calendar as (

    select * from {{ ref('calendar') }}

),

followed as (

    select
        user_id,
        is_silent,
        n_weeks,
        lead(from_week_start) over user_spells as next_week_start,
        lead(state_sort_name) over user_spells as next_state_sort_name
    from user_state_spells
    window user_spells as (partition by user_id order by spell_number)

)

select
    calendar.month_start as came_back_in,
    followed.next_state_sort_name as came_back_to,
    count(*) as n_stays_in_silence,
    round(avg(followed.n_weeks), 1) as mean_weeks_of_silence
from followed
inner join calendar
    on followed.next_week_start = calendar.date_day
where followed.is_silent
group by calendar.month_start, followed.next_state_sort_name
order by calendar.month_start, followed.next_state_sort_name
