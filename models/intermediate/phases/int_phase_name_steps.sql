{{ config(pre_hook="{{ without_hashed_groups() }}") }}
{#
    How many different names each phase has in its window, as changes from one as-of week to
    the next: of blogs, whitepapers, videos and features of the product. A name counts
    once: while it is in the window it does not come in again. The rows of int_phase_names
    are sorted already, so that sorted groups take half the time of hashed ones.

    window of 14 days: a blog is read in weeks 1 and 2
    week 1   week 2   week 3   week 4
    +1                         -1
#}
{%- set window_days = var('customer_window_days') -%}
{%- set names = ['blog', 'whitepaper', 'video', 'product_feature'] -%}

with

phase_names as {{ read_each_time() }} (

    select * from {{ ref('int_phase_names') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

bounds as (

    select
        min(as_of_week_start) as first_week_start,
        max(window_starts_on) as last_window_starts_on
    from weeks

),

-- What came into a window in the same week leaves it with the last of these days.
weekly_names as (

    select
        phase_names.phase_number,
        phase_names.kind,
        phase_names.item,
        {{ week_of_step('phase_names.local_date', 0) }} as week_start,
        cast(count(*) as {{ dbt.type_int() }}) as n_days,
        max(phase_names.local_date) as last_on
    from phase_names
    cross join bounds
    group by
        phase_names.phase_number,
        phase_names.kind,
        phase_names.item,
        {{ week_of_step('phase_names.local_date', 0) }}

),

followed as (

    select
        phase_number,
        kind,
        week_start,
        n_days,
        last_on,
        lead(week_start) over (
            partition by phase_number, kind, item order by week_start
        ) as next_week_start
    from weekly_names

),

-- What the last window still has does not leave.
name_steps as (

    select
        phase_number,
        kind,
        week_start,
        1 as step,
        n_days
    from followed
    union all
    select
        followed.phase_number,
        followed.kind,
        least(
            {{ week_of_step('followed.last_on', window_days) }},
            followed.next_week_start
        ) as week_start,
        -1 as step,
        0 as n_days
    from followed
    cross join bounds
    where
        followed.last_on < bounds.last_window_starts_on
        or followed.next_week_start is not null
    union all
    select
        phase_names.phase_number,
        phase_names.kind,
        {{ week_of_step('phase_names.local_date', window_days) }} as week_start,
        0 as step,
        -1 as n_days
    from phase_names
    cross join bounds
    where
        phase_names.kind = 'product_feature'
        and phase_names.local_date < bounds.last_window_starts_on

),

summed as (

    select
        phase_number,
        week_start,
        {%- for name in names %}
        cast(
            sum(
                case when kind = '{{ name }}' then step else 0 end
            ) as {{ dbt.type_int() }}
        ) as n_{{ name }}s,
        {%- endfor %}
        cast(
            sum(
                case
                    when kind = 'product_feature' then n_days
                    else 0
                end
            ) as {{ dbt.type_int() }}
        ) as n_product_feature_days
    from name_steps
    group by phase_number, week_start

)

select * from summed
