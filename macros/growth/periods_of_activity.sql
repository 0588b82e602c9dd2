{#
    CTEs that say, for periods of one and of four weeks, who was new, retained, resurrected
    or dormant in each: `lengths`, and `judged` with the key, period_weeks, periods_back
    (0: the period that ends with the as-of week) and kind.

    They read two CTEs of the caller: `dated` (the key, and weeks_back of each week in which
    it was active) and `log_length` (n_weeks).

    key: the column that says who was active.
#}
{% macro periods_of_activity(key) -%}
{%- set lengths = [1, 4] -%}
-- Only periods that the log covers in full are shown.
lengths as (

    {%- for weeks in lengths %}
    select
        {{ weeks }} as period_weeks,
        floor(n_weeks / {{ weeks }}.0) as n_periods
    from log_length
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

active as (

    {%- for weeks in lengths %}
    select
        {{ key }},
        {{ weeks }} as period_weeks,
        {{ period_of_week(weeks) }} as periods_back
    from dated
    {%- if weeks > 1 %}
    group by {{ key }}, {{ period_of_week(weeks) }}
    {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

neighbours as (

    select
        {{ key }},
        period_weeks,
        periods_back,
        lag(periods_back) over activity_order as previous_periods_back,
        lead(periods_back) over activity_order as next_periods_back
    from active
    window
        activity_order as (
            partition by {{ key }}, period_weeks
            order by periods_back desc
        )

),

-- Dormant users are counted one period after their last active one.
judged as (

    select
        {{ key }},
        period_weeks,
        periods_back,
        case
            when previous_periods_back is null then 'new'
            when previous_periods_back = periods_back + 1 then 'retained'
            else 'resurrected'
        end as kind
    from neighbours
    union all
    select
        {{ key }},
        period_weeks,
        periods_back - 1 as periods_back,
        'dormant' as kind
    from neighbours
    where
        periods_back > 0
        and next_periods_back is distinct from periods_back - 1

),
{%- endmacro %}


{# The period of a week, as an integer, which sorts faster than the floor of a quotient. #}
{% macro period_of_week(weeks) -%}
    {{ 'weeks_back' if weeks == 1 else '(weeks_back - mod(weeks_back, ' ~ weeks ~ ')) / ' ~ weeks }}
{%- endmacro %}


{# The Monday on which a period begins, from CTEs as_of_week, periods and lengths. #}
{% macro start_of_period() -%}
    {{ add_days(
            'as_of_week.as_of_week_start',
            'cast(-7 * ((periods.periods_back + 1) * lengths.period_weeks - 1) as '
            ~ dbt.type_int() ~ ')'
        ) }}
{%- endmacro %}
