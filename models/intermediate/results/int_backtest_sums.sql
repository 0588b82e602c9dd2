{#
    Sums of forecasts of the newest backtest beside what came, with their error on a
    logarithmic scale.

    Weeks that the model learned from only say how far a week is from the usual one, so
    their errors are 0 on average. A forecast is off by more: by how far the weeks ahead are
    from the usual ones, and those from which the level was learned. The two together are
    off by the square root of 2 times as much.
#}
with

backtest_sums as (

    select * from {{ ref('stg_hmm__backtest_sums') }}

),

newest_backtest as (

    select * from {{ ref('int_newest_backtest') }}

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

),

centred as (

    select
        target,
        weeks_ahead,
        origin_week_start,
        state_key,
        group_key,
        n_users,
        expected,
        observed,
        is_learned,
        case
            when is_learned
                then sqrt(2.0) * (
                    log_ratio - avg(log_ratio) over (
                        partition by target, weeks_ahead, state_key, is_learned
                    )
                )
            else log_ratio
        end as log_ratio
    from chosen

)

select * from centred
