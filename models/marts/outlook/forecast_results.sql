{#
    Expected rides and spend beside what came, by week and state: as published by earlier
    builds, and before that as the newest backtest forecast them. The newest forecasts
    have nothing beside them yet.

    Ranges follow from earlier errors: the median and the fifth and ninety-fifth
    percentile of observed over expected, over the newest year of weeks whose outcome was
    known at the origin, drawn apart by range_factor. There have to be as many as two
    forecasts that share no weeks.

    Over 170 lines, because no intermediate model may read what user_outlook published.
#}
{% set spans = outlook_result_spans() %}
with

user_outlook as (

    select * from {{ ref('user_outlook') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

backtest_sums as (

    select * from {{ ref('int_backtest_sums') }}

),

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

runs as (

    select * from {{ ref('stg_hmm__runs') }}

),

published as (

    {%- for weeks, span in spans.items() %}
    {%- for target in ['rides', 'spend'] %}
    select
        '{{ target }}' as target,
        {{ weeks }} as weeks_ahead,
        as_of_week_start as origin_week_start,
        state_key,
        max(run_id) as run_id,
        count(*) as n_users,
        {{ exact_sum('expected_' ~ target ~ '_' ~ span, 12) }} as expected
    from user_outlook
    where expected_{{ target }}_{{ span }} is not null
    group by grouping sets ((as_of_week_start, state_key), (as_of_week_start))
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- Of the users who were forecast, in the weeks after, once all of them are over.
came as (

    {%- for weeks in spans %}
    select
        {{ weeks }} as weeks_ahead,
        user_outlook.as_of_week_start as origin_week_start,
        coalesce(user_outlook.state_key, 'all users') as group_key,
        sum(coalesce(request_weeks.n_rides, 0)) as rides,
        {{ exact_sum('coalesce(request_weeks.spend, 0)') }} as spend
    from user_outlook
    inner join as_of_week
        on
            {{ add_days('user_outlook.as_of_week_start', 7 * weeks) }}
            <= as_of_week.as_of_week_start
    left join request_weeks
        on
            user_outlook.user_id = request_weeks.user_id
            and user_outlook.as_of_week_start < request_weeks.week_start
            and {{ add_days('user_outlook.as_of_week_start', 7 * weeks) }}
            >= request_weeks.week_start
    group by
        grouping sets (
            (user_outlook.as_of_week_start, user_outlook.state_key),
            (user_outlook.as_of_week_start)
        )
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

published_results as (

    select
        published.target,
        published.weeks_ahead,
        published.origin_week_start,
        published.state_key,
        published.n_users,
        published.expected,
        cast(
            case when published.target = 'rides' then came.rides else came.spend end
            as {{ type_double() }}
        ) as observed,
        runs.last_week_start as learned_until_week_start
    from published
    left join runs
        on published.run_id = runs.run_id
    left join came
        on
            published.weeks_ahead = came.weeks_ahead
            and published.origin_week_start = came.origin_week_start
            and coalesce(published.state_key, 'all users') = came.group_key

),

-- A published forecast takes the place of a backtested one.
results as (

    select
        target,
        weeks_ahead,
        origin_week_start,
        state_key,
        coalesce(state_key, 'all users') as group_key,
        n_users,
        expected,
        observed,
        'published' as source,
        case
            when expected > 0 and observed > 0 then ln(observed / expected)
        end as log_ratio,
        false as is_learned,
        learned_until_week_start
    from published_results
    union all
    select
        target,
        weeks_ahead,
        origin_week_start,
        state_key,
        group_key,
        n_users,
        expected,
        observed,
        'backtest' as source,
        log_ratio,
        is_learned,
        learned_until_week_start
    from backtest_sums
    where
        not exists (
            select 1
            from published
            where
                published.target = backtest_sums.target
                and published.weeks_ahead = backtest_sums.weeks_ahead
                and published.origin_week_start = backtest_sums.origin_week_start
        )

),

earlier_errors as (

    select
        results.target,
        results.weeks_ahead,
        results.origin_week_start,
        results.group_key,
        count(*) as n_weeks,
        percentile_cont(0.05) within group (order by earlier.log_ratio) as low,
        percentile_cont(0.5) within group (order by earlier.log_ratio) as middle,
        percentile_cont(0.95) within group (order by earlier.log_ratio) as high
    from results
    inner join results as earlier
        on
            results.target = earlier.target
            and results.weeks_ahead = earlier.weeks_ahead
            and results.group_key = earlier.group_key
            and {{ add_days('earlier.origin_week_start', '7 * earlier.weeks_ahead') }}
            <= results.origin_week_start
            and {{ add_days(
                'earlier.origin_week_start', '7 * (52 + earlier.weeks_ahead)'
            ) }} > results.origin_week_start
    where earlier.log_ratio is not null and not results.is_learned
    group by
        results.target, results.weeks_ahead, results.origin_week_start,
        results.group_key

),

ranges as (

    select
        target,
        weeks_ahead,
        origin_week_start,
        group_key,
        n_weeks,
        exp(middle + (low - middle) * {{ range_factor('n_weeks', 'weeks_ahead') }})
            as low,
        exp(middle + (high - middle) * {{ range_factor('n_weeks', 'weeks_ahead') }})
            as high
    from earlier_errors
    where {{ independent_weeks('n_weeks', 'weeks_ahead') }} >= 2

),

ranged as (

    select
        results.target,
        results.weeks_ahead,
        results.origin_week_start,
        results.state_key,
        results.group_key,
        champion_states.state_name,
        champion_states.state_sort_name,
        results.n_users,
        results.expected,
        results.observed,
        results.source,
        results.learned_until_week_start,
        ranges.n_weeks as n_range_weeks,
        results.expected * ranges.low as expected_low,
        results.expected * ranges.high as expected_high,
        results.observed between results.expected * ranges.low
        and results.expected * ranges.high as is_inside
    from results
    left join ranges
        on
            results.target = ranges.target
            and results.weeks_ahead = ranges.weeks_ahead
            and results.origin_week_start = ranges.origin_week_start
            and results.group_key = ranges.group_key
    left join champion_states
        on results.state_key = champion_states.state_key
    where not results.is_learned

)

select * from ranged
