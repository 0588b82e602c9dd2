{#
    Sums of forecasts of the newest backtest beside what came, with their error on a
    logarithmic scale. Weeks that the model learned from have one too: the level of each
    is that of the weeks before it, as in a forecast.
#}
with

backtest_sums as (

    select * from {{ ref('stg_hmm__backtest_sums') }}

),

newest_backtest as (

    select * from {{ ref('int_newest_backtest') }}

),

refreshes as (

    select * from {{ ref('stg_hmm__backtest_refreshes') }}

),

-- The first refresh also forecasts weeks that it learned from.
refresh_spans as (

    select
        backtest_id,
        origin_week_start as learned_until_week_start,
        case
            when
                row_number() over (
                    partition by backtest_id
                    order by origin_week_start
                ) > 1
                then origin_week_start
            else date '0001-01-01'
        end as first_week_start,
        coalesce(
            lead(origin_week_start) over (
                partition by backtest_id
                order by origin_week_start
            ),
            date '9999-12-31'
        ) as end_week_start
    from refreshes

),

spans as (

    {%- for weeks, span in outlook_result_spans().items() %}
    {%- for target in ['rides', 'spend'] %}
    select
        'expected_{{ target }}_{{ span }}' as forecast_target,
        '{{ target }}' as target,
        {{ weeks }} as weeks_ahead
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

chosen as (

    select
        spans.target,
        spans.weeks_ahead,
        backtest_sums.origin_week_start,
        backtest_sums.state_key,
        backtest_sums.n_users,
        backtest_sums.expected,
        backtest_sums.observed,
        backtest_sums.is_learned,
        refresh_spans.learned_until_week_start,
        coalesce(backtest_sums.state_key, 'all users') as group_key,
        case
            when backtest_sums.expected > 0 and backtest_sums.observed > 0
                then ln(backtest_sums.observed / backtest_sums.expected)
        end as log_ratio
    from backtest_sums
    inner join newest_backtest
        on backtest_sums.backtest_id = newest_backtest.backtest_id
    inner join spans
        on backtest_sums.target = spans.forecast_target
    inner join refresh_spans
        on
            backtest_sums.backtest_id = refresh_spans.backtest_id
            and backtest_sums.origin_week_start >= refresh_spans.first_week_start
            and backtest_sums.origin_week_start < refresh_spans.end_week_start

)

select * from chosen
