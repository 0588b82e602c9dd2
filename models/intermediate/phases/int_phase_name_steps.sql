{#
    How many different names each phase has in its window, as changes from one as-of week to
    the next: of blogs, whitepapers, videos and features of the product. A name counts
    once: while it is in the window it does not come in again.

    window of 14 days: a blog is read in weeks 1 and 2
    week 1   week 2   week 3   week 4
    +1                         -1
#}
{%- set window_days = var('customer_window_days') -%}
{%- set names = ['blog', 'whitepaper', 'video', 'product_feature'] -%}

with

phase_names as (

    select * from {{ ref('int_phase_names') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

bounds as (

    select
        min(as_of_week_start) as first_week_start,
        max(as_of_week_start) as last_week_start
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
    union all
    select
        phase_names.phase_number,
        phase_names.kind,
        {{ week_of_step('phase_names.local_date', window_days) }} as week_start,
        0 as step,
        -1 as n_days
    from phase_names
    cross join bounds
    where phase_names.kind = 'product_feature'

),

summed as (

    select
        name_steps.phase_number,
        name_steps.week_start,
        {%- for name in names %}
        cast(
            sum(
                case when name_steps.kind = '{{ name }}' then name_steps.step else 0 end
            ) as {{ dbt.type_int() }}
        ) as n_{{ name }}s,
        {%- endfor %}
        cast(
            sum(
                case
                    when name_steps.kind = 'product_feature' then name_steps.n_days
                    else 0
                end
            ) as {{ dbt.type_int() }}
        ) as n_product_feature_days
    from name_steps
    cross join bounds
    where name_steps.week_start <= bounds.last_week_start
    group by name_steps.phase_number, name_steps.week_start

)

select * from summed
