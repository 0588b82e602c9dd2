{#
    Rides that user_outlook expects of all users and of users by weeks since their last
    ride, beside the rides that followed past weeks: sums must look like those of the
    past.

    The past is the newest year, since many logs have seasons: after the busiest weeks
    of a year fewer rides follow than after any of the 13 weeks before.
#}
{% set past_weeks = 52 %}
{% set spans = {'next_week': 1, '12_weeks': 12} %}
with

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

user_forecasts as (

    select * from {{ ref('int_user_forecasts') }}

),

newest_weeks as (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        user_week_panel.weeks_since_last_ride,
        user_week_panel.n_rides,
        {{ weeks_between('user_week_panel.week_start', 'as_of_week.as_of_week_start') }}
            as weeks_ago
    from user_week_panel
    cross join as_of_week
    where
        user_week_panel.has_completed_ride
        and user_week_panel.week_start
        >= {{ add_days(
            'as_of_week.as_of_week_start', -7 * (past_weeks + spans['12_weeks'] - 1)
        ) }}

),

-- Rides ahead are null where some of the weeks are not known yet.
looked_ahead as (

    select
        {%- for span, weeks in spans.items() %}
        case
            when weeks_ago >= {{ weeks }}
                then sum(n_rides) over (
                    partition by user_id
                    order by week_start
                    rows between 1 following and {{ weeks }} following
                )
        end as rides_{{ span }},
        {%- endfor %}
        user_id,
        week_start,
        weeks_ago,
        n_rides,
        weeks_since_last_ride
    from newest_weeks

),

with_outlook as (

    select
        {%- for span in spans %}
        coalesce(
            looked_ahead.rides_{{ span }}, user_forecasts.expected_rides_{{ span }}
        ) as rides_{{ span }},
        {%- endfor %}
        looked_ahead.weeks_ago,
        looked_ahead.n_rides,
        case
            when looked_ahead.weeks_since_last_ride = 0 then 'rode in the week'
            when looked_ahead.weeks_since_last_ride <= 3 then 'silent for 1 to 3 weeks'
            when looked_ahead.weeks_since_last_ride <= 12
                then 'silent for 4 to 12 weeks'
            else 'silent for longer'
        end as recency_group
    from looked_ahead
    left join user_forecasts
        on
            looked_ahead.user_id = user_forecasts.user_id
            and looked_ahead.week_start = user_forecasts.as_of_week_start
            and looked_ahead.weeks_ago = 0

),

-- Per user of a group; of all users, over the rides of the week itself.
summed as (

    {%- for span, weeks in spans.items() %}
    select
        coalesce(recency_group, 'all users') as recency_group,
        '{{ span }}' as span,
        {{ weeks }} as n_weeks_ahead,
        weeks_ago,
        count(*) as n_users,
        {{ share(
            'sum(rides_' ~ span ~ ')',
            'case when recency_group is null then sum(n_rides) else count(*) end'
        ) }} as rides
    from with_outlook
    group by grouping sets ((weeks_ago, recency_group), (weeks_ago))
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

compared as (

    select
        {%- for end, column in {
            'min': 'least_past_rides', 'max': 'most_past_rides', 'count': 'n_past_weeks',
        }.items() %}
        {{ end }}(
            case
                when
                    weeks_ago between n_weeks_ahead
                    and n_weeks_ahead + {{ past_weeks - 1 }}
                    then rides
            end
        ) as {{ column }},
        {%- endfor %}
        recency_group,
        span,
        max(case when weeks_ago = 0 then n_users end) as n_users,
        max(case when weeks_ago = 0 then rides end) as expected_rides
    from summed
    group by recency_group, span

),

-- As a share of the middle of the past. Few users, or few weeks, say little.
judged as (

    select
        *,
        case
            when n_users >= 100 and n_past_weeks >= 8 and expected_rides is not null
                then greatest(
                    least_past_rides - expected_rides,
                    expected_rides - most_past_rides,
                    0
                ) / nullif((least_past_rides + most_past_rides) / 2, 0)
        end as outside_share
    from compared

)

select * from judged
