{#
    When users of each state request rides: every hour of the week for every state. An
    hour without requests is a zero, not a gap.
#}
with

state_hour_sums as (

    select * from {{ ref('int_state_hour_sums') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

counted as (

    select
        state_id,
        iso_weekday,
        hour_of_day,
        cast(sum(n_requests) as {{ dbt.type_bigint() }}) as n_requests,
        cast(sum(n_rides) as {{ dbt.type_bigint() }}) as n_rides
    from state_hour_sums
    group by state_id, iso_weekday, hour_of_day

),

filled as (

    select
        states.*,
        hours.hour_of_day,
        days.days_after_monday + 1 as iso_weekday
    from states
    {{ expanded(7, 'days', 'days_after_monday') }}
    {{ expanded(24, 'hours', 'hour_of_day') }}

),

compared as (

    select
        filled.state_id,
        filled.state_key,
        filled.state_name,
        filled.state_sort_name,
        filled.iso_weekday,
        filled.hour_of_day,
        coalesce(counted.n_requests, 0) as n_requests,
        coalesce(counted.n_rides, 0) as n_rides,
        {{ share(
            'coalesce(counted.n_requests, 0)',
            'sum(counted.n_requests) over (partition by filled.state_id)'
        ) }} as request_share,
        {{ share(
            'sum(coalesce(counted.n_requests, 0))'
            ~ ' over (partition by filled.iso_weekday, filled.hour_of_day)',
            'sum(counted.n_requests) over ()'
        ) }} as request_share_of_everyone,
        filled.run_id
    from filled
    left join counted
        on
            filled.state_id = counted.state_id
            and filled.iso_weekday = counted.iso_weekday
            and filled.hour_of_day = counted.hour_of_day

)

select * from compared
