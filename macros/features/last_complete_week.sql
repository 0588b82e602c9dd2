{#
    A query of one row: the last week that is complete everywhere.

    A week is complete if a ride was requested at or after the following Monday in the
    westernmost time zone in use. A log that ends on a Sunday completes its week as well,
    if that day is over by the clock and looks complete: in each zone its last ride is as
    late as that of at least one in ten of the last 28 days. In a log of dates each last
    ride is at 00:00, so one ride of the Sunday is enough. Zones with less than one
    ride in a hundred have no say in this.

    If the var as_of_date is set, it is the last day that counts.

    rides: a relation with requested_at and used_time_zone.
#}
{% macro last_complete_week(rides) -%}

    {%- if var('as_of_date') -%}

    select
        {{ add_days(week_start(add_days("cast('" ~ var('as_of_date') ~ "' as date)", 1)), -7) }}
            as as_of_week_start

    {%- else -%}

    {%- set is_near = 'local_day > ' ~ add_days('newest_day', -28) -%}

    with

    days as (

        select
            used_time_zone,
            cast({{ local_time('requested_at', 'used_time_zone') }} as date) as local_day,
            max(requested_at) as last_requested_at,
            count(*) as n_rides
        from {{ rides }}
        group by
            used_time_zone,
            cast({{ local_time('requested_at', 'used_time_zone') }} as date)

    ),

    timed as (

        select
            days.*,
            {{ days_between(
                'cast(local_day as ' ~ dbt.type_timestamp() ~ ')',
                local_time('last_requested_at', 'used_time_zone')
            ) }} as last_time,
            max(local_day) over () as newest_day,
            max(last_requested_at) over () as newest_requested_at,
            100 * sum(n_rides) over (partition by used_time_zone) < sum(n_rides) over ()
                as is_small_zone
        from days

    ),

    compared as (

        select
            timed.*,
            max(case when local_day = newest_day then last_time end)
                over (partition by used_time_zone) as newest_time
        from timed

    ),

    zones as (

        select
            {{ local_time('newest_requested_at', 'used_time_zone') }} as newest_local_time,
            cast({{ add_days('newest_day', 1) }} as {{ dbt.type_timestamp() }}) as end_of_newest_day,
            case
                when is_small_zone then 1
                when
                    {{ local_time(dbt.current_timestamp(), 'used_time_zone') }} >= {{ add_days('newest_day', 1) }}
                    and 10 * count(case when {{ is_near }} and last_time <= newest_time then 1 end)
                    >= count(case when {{ is_near }} then 1 end)
                    then 1
                else 0
            end as is_over
        from compared
        group by used_time_zone, newest_day, newest_requested_at, is_small_zone

    )

    select
        {{ add_days(week_start(
            'greatest(min(newest_local_time), min(case when all_over = 1 then end_of_newest_day else newest_local_time end))'
        ), -7) }} as as_of_week_start
    from (select zones.*, min(is_over) over () as all_over from zones) as judged

    {%- endif -%}

{%- endmacro %}
