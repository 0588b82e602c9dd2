{#
    The monitor of drop-offs: of the sessions that reached a step, how many reached a later
    one, in windows of seven days that end on each day, against the eight weeks before the
    window. For all platforms together and for each.

    An alarm: the share fell by a tenth or more, and by three standard errors of two
    proportions, with sessions enough on both sides.

    Over 170 lines, because days without sessions are filled in here.
#}
{%- set least_sessions, least_before, least_days = 8, 30, 28 -%}
with

funnel_sessions as (

    select * from {{ ref('int_funnel_sessions') }}

),

sessions as (

    {%- for platform in ["'all platforms'", 'platform'] %}
    select
        funnel,
        position,
        {{ platform }} as platform,
        local_date,
        count(*) as n_sessions,
        count(case when is_further then 1 end) as n_further
    from funnel_sessions
    group by funnel, position{{ ', platform' if not loop.first }}, local_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- One row: the days of the log.
bounds as (

    select
        min(local_date) as first_on,
        max(local_date) as last_on
    from funnel_sessions
    having count(*) > 0

),

days as (

    select {{ add_days('bounds.first_on', 'days.number') }} as local_date
    from bounds
    {{ expanded(
        days_from('bounds.first_on', 'bounds.last_on') ~ ' + 1', 'days', 'number'
    ) }}

),

series as (

    select distinct
        funnel,
        position,
        platform
    from sessions

),

-- Every day of every series: nobody is a zero, not a gap.
filled as (

    select
        series.funnel,
        series.position,
        series.platform,
        days.local_date,
        coalesce(sessions.n_sessions, 0) as n_sessions,
        coalesce(sessions.n_further, 0) as n_further
    from series
    cross join days
    left join sessions
        on
            series.funnel = sessions.funnel
            and series.position = sessions.position
            and series.platform = sessions.platform
            and days.local_date = sessions.local_date

),

windowed as (

    select
        funnel,
        position,
        platform,
        local_date as window_ends_on,
        cast(sum(n_sessions) over this_window as {{ dbt.type_bigint() }}) as n_sessions,
        cast(sum(n_further) over this_window as {{ dbt.type_bigint() }}) as n_further,
        cast(sum(n_sessions) over weeks_before as {{ dbt.type_bigint() }})
            as n_sessions_before,
        cast(sum(n_further) over weeks_before as {{ dbt.type_bigint() }})
            as n_further_before,
        count(*) over weeks_before as n_days_before
    from filled
    window
        this_window as (
            partition by funnel, position, platform
            order by local_date
            rows between 6 preceding and current row
        ),
        weeks_before as (
            partition by funnel, position, platform
            order by local_date
            rows between 62 preceding and 7 preceding
        )

),

shares as (

    select
        *,
        cast(n_further as {{ type_double() }}) / nullif(n_sessions, 0) as share,
        cast(n_further_before as {{ type_double() }})
        / nullif(n_sessions_before, 0) as share_before,
        cast(n_further + n_further_before as {{ type_double() }})
        / nullif(n_sessions + n_sessions_before, 0) as pooled_share
    from windowed
    where n_days_before >= {{ least_days }}

),

tested as (

    select
        *,
        (share - share_before) / nullif(
            sqrt(
                pooled_share * (1 - pooled_share)
                * (
                    1 / cast(n_sessions as {{ type_double() }})
                    + 1 / cast(n_sessions_before as {{ type_double() }})
                )
            ), 0
        ) as z_score
    from shares
    where n_sessions > 0 and n_sessions_before > 0

),

judged as (

    select
        funnel,
        position,
        platform,
        window_ends_on,
        n_sessions,
        n_further,
        share,
        n_sessions_before,
        n_further_before,
        share_before,
        z_score,
        n_sessions >= {{ least_sessions }}
        and n_sessions_before >= {{ least_before }} as is_measured,
        coalesce(
            n_sessions >= {{ least_sessions }}
            and n_sessions_before >= {{ least_before }}
            and z_score < -3
            and share <= 0.9 * share_before, false
        ) as is_alarm
    from tested

)

select * from judged
