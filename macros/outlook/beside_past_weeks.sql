{#
    CTEs that compare what is expected with what followed past weeks, of all users and of
    users by weeks since their last ride: sums must look like those of the past. The last
    one is `judged`.

    measure: `rides` or `spend`. Before them: ahead_sums, as_of_week, user_week_panel and
    user_forecasts.
#}
{% macro beside_past_weeks(measure) %}

{%- set spans, past_weeks = ahead_spans(), past_weeks_beside() %}

expected_sums as (

    select
        {%- for span in spans %}
        sum(user_forecasts.expected_{{ measure }}_{{ span }}) as expected_{{ span }},
        {%- endfor %}
        user_week_panel.week_start,
        {{ recency_group('user_week_panel.weeks_since_last_ride') }} as recency_group
    from user_week_panel
    inner join as_of_week
        on user_week_panel.week_start = as_of_week.as_of_week_start
    inner join user_forecasts
        on
            user_week_panel.user_id = user_forecasts.user_id
            and user_week_panel.week_start = user_forecasts.as_of_week_start
    group by
        user_week_panel.week_start,
        {{ recency_group('user_week_panel.weeks_since_last_ride') }}

),

known_amounts as (

    select count({{ measure }}) > 0 as is_known from ahead_sums

),

-- What is ahead is null where some of the weeks are not known yet, but for what is
-- expected in the as-of week.
dated as (

    select
        ahead_sums.week_start,
        ahead_sums.recency_group,
        ahead_sums.n_users,
        {%- for column in [measure] + amounts_ahead(measure) %}
        case when known_amounts.is_known then coalesce(ahead_sums.{{ column }}, 0) end
            as {{ column }},
        {%- endfor %}
        {{ weeks_between('ahead_sums.week_start', 'as_of_week.as_of_week_start') }}
            as weeks_ago
    from ahead_sums
    cross join as_of_week
    cross join known_amounts

),

with_outlook as (

    select
        {%- for span, weeks in spans.items() %}
        case
            when dated.weeks_ago >= {{ weeks }} then dated.{{ measure }}_{{ span }}
            else expected_sums.expected_{{ span }}
        end as ahead_{{ span }},
        {%- endfor %}
        dated.weeks_ago,
        dated.recency_group,
        dated.n_users,
        dated.{{ measure }} as amount
    from dated
    left join expected_sums
        on
            dated.week_start = expected_sums.week_start
            and dated.recency_group = expected_sums.recency_group

),

-- Per user of a group; of all users, over the rides or spend of the week itself.
summed as (

    {%- for span, weeks in spans.items() %}
    select
        coalesce(recency_group, 'all users') as recency_group,
        '{{ span }}' as span,
        {{ weeks }} as n_weeks_ahead,
        weeks_ago,
        sum(n_users) as n_users,
        {{ share(
            'sum(ahead_' ~ span ~ ')',
            'case when recency_group is null then sum(amount) else sum(n_users) end'
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


{# The columns of int_ahead_sums with what followed. #}
{% macro amounts_ahead(measure) %}
    {% set columns = [] %}
    {% for span in ahead_spans() %}
        {% do columns.append(measure ~ '_' ~ span) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}


{# Users by weeks since their last ride. #}
{% macro recency_group(weeks_since_last_ride) -%}
    case
            when {{ weeks_since_last_ride }} = 0 then 'rode in the week'
            when {{ weeks_since_last_ride }} <= 3 then 'silent for 1 to 3 weeks'
            when {{ weeks_since_last_ride }} <= 12 then 'silent for 4 to 12 weeks'
            else 'silent for longer'
        end
{%- endmacro %}


{# Weeks ahead, by the end of a column's name, and the past weeks that are compared. #}
{% macro ahead_spans() %}
    {{ return({'next_week': 1, '12_weeks': 12}) }}
{% endmacro %}

{% macro past_weeks_beside() %}
    {{ return(52) }}
{% endmacro %}
