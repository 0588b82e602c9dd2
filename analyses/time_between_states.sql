{#
    How long does it take from one state to the next? For each pair of states: the stays
    that ended with this move, and how long they were. Stays that still go on are left out,
    so slow moves are a little underestimated; state_stays allows for that.
#}
with

user_state_spells as (

    select * from {{ ref('user_state_spells') }}

),

followed as (

    select
        user_id,
        state_sort_name as from_state_sort_name,
        n_weeks,
        n_rides,
        lead(state_sort_name) over (partition by user_id order by spell_number)
            as to_state_sort_name
    from user_state_spells

)

select
    from_state_sort_name,
    to_state_sort_name,
    count(*) as n_moves,
    round(avg(n_weeks), 1) as mean_weeks,
    percentile_disc(0.5) within group (order by n_weeks) as median_weeks,
    round(cast({{ share('sum(n_rides)', 'sum(n_weeks)') }} as {{ type_exact() }}), 2)
        as rides_per_week_before
from followed
where to_state_sort_name is not null
group by from_state_sort_name, to_state_sort_name
order by n_moves desc, from_state_sort_name asc, to_state_sort_name asc
