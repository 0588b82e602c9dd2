{#
    CTEs that compare what is expected with what followed past weeks, of all users and of
    users by weeks since their last ride: sums must look like those of the past. The last
    one is `judged`.

    measure: `rides` or `spend`. spans: weeks ahead by the end of the column's name.
    past_weeks: weeks that are compared. Before them: newest_weeks, with the `amount` of
    each user's week, and user_forecasts.
#}
{% macro beside_past_weeks(measure, spans, past_weeks) %}

-- What is ahead is null where some of the weeks are not known yet.
looked_ahead as (

    select
        {%- for span, weeks in spans.items() %}
        case
            when weeks_ago >= {{ weeks }}
                then sum(amount) over (
                    partition by user_id
                    order by week_start
                    rows between 1 following and {{ weeks }} following
                )
        end as ahead_{{ span }},
        {%- endfor %}
        user_id,
        week_start,
        weeks_ago,
        amount,
        weeks_since_last_ride
    from newest_weeks

),

with_outlook as (

    select
        {%- for span in spans %}
        coalesce(
            looked_ahead.ahead_{{ span }},
            user_forecasts.expected_{{ measure }}_{{ span }}
        ) as ahead_{{ span }},
        {%- endfor %}
        looked_ahead.weeks_ago,
        looked_ahead.amount,
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

-- Per user of a group; of all users, over the rides or spend of the week itself.
summed as (

    {%- for span, weeks in spans.items() %}
    select
        coalesce(recency_group, 'all users') as recency_group,
        '{{ span }}' as span,
        {{ weeks }} as n_weeks_ahead,
        weeks_ago,
        count(*) as n_users,
        {{ share(
            'sum(ahead_' ~ span ~ ')',
            'case when recency_group is null then sum(amount) else count(*) end'
        ) }} as {{ measure }}
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
            'min': 'least_past_' ~ measure,
            'max': 'most_past_' ~ measure,
            'count': 'n_past_weeks',
        }.items() %}
        {{ end }}(
            case
                when
                    weeks_ago between n_weeks_ahead
                    and n_weeks_ahead + {{ past_weeks - 1 }}
                    then {{ measure }}
            end
        ) as {{ column }},
        {%- endfor %}
        recency_group,
        span,
        max(case when weeks_ago = 0 then n_users end) as n_users,
        max(case when weeks_ago = 0 then {{ measure }} end) as expected_{{ measure }}
    from summed
    group by recency_group, span

),

-- As a share of the middle of the past. Few users, or few weeks, say little.
judged as (

    select
        *,
        case
            when
                n_users >= 100
                and n_past_weeks >= 8
                and expected_{{ measure }} is not null
                then greatest(
                    least_past_{{ measure }} - expected_{{ measure }},
                    expected_{{ measure }} - most_past_{{ measure }},
                    0
                ) / nullif((least_past_{{ measure }} + most_past_{{ measure }}) / 2, 0)
        end as outside_share
    from compared

)

{% endmacro %}
