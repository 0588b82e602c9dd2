{#
    The alarms of journey_windows, as incidents: alarms of one step and platform that are
    less than a week apart are one. Beside each stands the step that more of the sessions
    have met than in the eight weeks before, such as an error.

    Over 170 lines, because the step that rose belongs beside each incident.
#}
with

windows as (

    select * from {{ ref('journey_windows') }}

),

funnel_sessions as (

    select * from {{ ref('int_funnel_sessions') }}

),

journey_steps as (

    select * from {{ ref('int_journey_steps') }}

),

funnel_steps as (

    select distinct
        funnel,
        position,
        title
    from {{ ref('int_funnel_steps') }}

),

alarms as (

    select
        *,
        {{ days_from(
            'lag(window_ends_on) over alarm_order', 'window_ends_on'
        ) }} as days_since_alarm
    from windows
    where is_alarm
    window
        alarm_order as (
            partition by funnel, position, platform
            order by window_ends_on
        )

),

numbered as (

    select
        *,
        sum(case when days_since_alarm <= 7 then 0 else 1 end) over (
            partition by funnel, position, platform
            order by window_ends_on
            rows between unbounded preceding and current row
        ) as incident_number
    from alarms

),

ranked as (

    select
        *,
        row_number() over (
            partition by funnel, position, platform, incident_number
            order by z_score, window_ends_on
        ) as alarm_rank
    from numbered

),

incidents as (

    select
        funnel,
        position,
        platform,
        min(window_ends_on) as first_alarm_on,
        max(window_ends_on) as last_alarm_on,
        count(*) as n_alarms,
        max(case when alarm_rank = 1 then window_ends_on end) as worst_window_ends_on,
        max(case when alarm_rank = 1 then n_sessions end) as n_sessions,
        max(case when alarm_rank = 1 then n_further end) as n_further,
        max(case when alarm_rank = 1 then share end) as share,
        max(case when alarm_rank = 1 then share_before end) as share_before,
        max(case when alarm_rank = 1 then z_score end) as z_score
    from ranked
    group by funnel, position, platform, incident_number

),

-- The sessions of the worst window, and those of the weeks before the first alarm.
met as (

    select
        incidents.funnel,
        incidents.position,
        incidents.platform,
        incidents.first_alarm_on,
        funnel_sessions.session_key,
        funnel_sessions.local_date
        > {{ add_days('incidents.worst_window_ends_on', -7) }} as is_in_window
    from incidents
    inner join funnel_sessions
        on
            incidents.funnel = funnel_sessions.funnel
            and incidents.position = funnel_sessions.position
            and incidents.platform in (funnel_sessions.platform, 'all platforms')
    where
        funnel_sessions.local_date
        between {{ add_days('incidents.worst_window_ends_on', -6) }}
        and incidents.worst_window_ends_on
        or funnel_sessions.local_date
        between {{ add_days('incidents.first_alarm_on', -62) }}
        and {{ add_days('incidents.first_alarm_on', -7) }}

),

sides as (

    select
        funnel,
        position,
        platform,
        first_alarm_on,
        count(case when is_in_window then 1 end) as n_in_window,
        count(case when not is_in_window then 1 end) as n_before
    from met
    group by funnel, position, platform, first_alarm_on

),

steps_of_sessions as (

    select distinct
        met.funnel,
        met.position,
        met.platform,
        met.first_alarm_on,
        met.session_key,
        met.is_in_window,
        journey_steps.step
    from met
    inner join journey_steps
        on met.session_key = journey_steps.session_key

),

steps as (

    select
        funnel,
        position,
        platform,
        first_alarm_on,
        step,
        count(case when is_in_window then 1 end) as n_in_window,
        count(case when not is_in_window then 1 end) as n_before
    from steps_of_sessions
    group by funnel, position, platform, first_alarm_on, step

),

step_shares as (

    select
        steps.funnel,
        steps.position,
        steps.platform,
        steps.first_alarm_on,
        steps.step,
        sides.n_in_window,
        sides.n_before,
        cast(steps.n_in_window as {{ type_double() }}) / sides.n_in_window as share,
        cast(steps.n_before as {{ type_double() }}) / sides.n_before as share_before,
        cast(steps.n_in_window + steps.n_before as {{ type_double() }})
        / (sides.n_in_window + sides.n_before) as pooled_share
    from steps
    inner join sides
        on
            steps.funnel = sides.funnel
            and steps.position = sides.position
            and steps.platform = sides.platform
            and steps.first_alarm_on = sides.first_alarm_on
    where sides.n_in_window > 0 and sides.n_before > 0

),

risen as (

    select
        *,
        (share - share_before) / sqrt(
            pooled_share * (1 - pooled_share)
            * (
                1 / cast(n_in_window as {{ type_double() }})
                + 1 / cast(n_before as {{ type_double() }})
            )
        ) as z_score
    from step_shares
    where pooled_share < 1

),

step_ranks as (

    select
        *,
        row_number() over (
            partition by funnel, position, platform, first_alarm_on
            order by z_score desc, step asc
        ) as step_rank
    from risen
    where z_score > 3

),

-- Incidents whose alarms lie in the same days have one number. An incident that begins
-- more than a week after all earlier ones have ended begins the next.
followed as (

    select
        incidents.*,
        max(incidents.last_alarm_on) over (
            order by
                incidents.first_alarm_on,
                incidents.funnel,
                incidents.position,
                incidents.platform
            rows between unbounded preceding and 1 preceding
        ) as last_alarm_so_far_on
    from incidents

),

grouped as (

    select
        followed.*,
        sum(
            case
                when
                    {{ days_from(
                        'followed.last_alarm_so_far_on', 'followed.first_alarm_on'
                    ) }} <= 7
                    then 0
                else 1
            end
        ) over (
            order by
                followed.first_alarm_on,
                followed.funnel,
                followed.position,
                followed.platform
            rows between unbounded preceding and current row
        ) as time_number
    from followed

),

last_days as (

    select max(window_ends_on) as ends_on
    from windows

),

described as (

    select
        grouped.funnel,
        grouped.position,
        grouped.platform,
        {{ add_days('grouped.first_alarm_on', -6) }} as suspected_on,
        grouped.first_alarm_on,
        grouped.last_alarm_on,
        cast(grouped.n_alarms as {{ dbt.type_int() }}) as n_alarms,
        funnel_steps.title,
        grouped.n_sessions,
        grouped.n_further,
        grouped.share,
        grouped.share_before,
        grouped.z_score,
        step_ranks.step as risen_step,
        step_ranks.share as risen_share,
        step_ranks.share_before as risen_share_before,
        cast(grouped.time_number as {{ dbt.type_int() }}) as time_number,
        row_number() over (
            partition by grouped.time_number
            order by
                grouped.z_score,
                grouped.funnel,
                grouped.position,
                grouped.platform
        ) = 1 as is_strongest,
        grouped.last_alarm_on = last_days.ends_on as is_current
    from grouped
    cross join last_days
    inner join funnel_steps
        on
            grouped.funnel = funnel_steps.funnel
            and grouped.position = funnel_steps.position
    left join step_ranks
        on
            grouped.funnel = step_ranks.funnel
            and grouped.position = step_ranks.position
            and grouped.platform = step_ranks.platform
            and grouped.first_alarm_on = step_ranks.first_alarm_on
            and step_ranks.step_rank = 1

)

select * from described
