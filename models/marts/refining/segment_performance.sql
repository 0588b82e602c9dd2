{#
    Which segments come back less than customers do in general: those of the newest week
    that four weeks have followed, each customer once. With what sets a segment least
    apart, which is where its definition could be sharpened.
#}
{%- set n_weeks = 4 %}

with

weekly_segments as (

    select * from {{ ref('customer_weekly_segments') }}

),

segments as (

    select * from {{ ref('segments') }}

),

outcomes as (

    select * from {{ ref('customer_outcomes') }}

),

as_of_week as (

    select * from {{ ref('int_event_as_of_week') }}

),

newest as (

    select max(weekly_segments.as_of_week_start) as as_of_week_start
    from weekly_segments
    cross join as_of_week
    where
        weekly_segments.as_of_week_start
        <= {{ add_days('as_of_week.as_of_week_start', -7 * n_weeks) }}

),

followed as (

    select
        weekly_segments.segment_id,
        weekly_segments.as_of_week_start,
        case
            when
                outcomes.next_active_on
                < {{ add_days('outcomes.ends_on', 7 * n_weeks) }}
                then 1
            else 0
        end as came_back
    from weekly_segments
    inner join newest
        on weekly_segments.as_of_week_start = newest.as_of_week_start
    inner join outcomes
        on
            weekly_segments.customer_id = outcomes.customer_id
            and weekly_segments.as_of_week_start = outcomes.as_of_week_start

),

counted as (

    select
        segment_id,
        as_of_week_start,
        count(*) as n_customers,
        cast(sum(came_back) as {{ dbt.type_bigint() }}) as n_active,
        {{ share('sum(sum(came_back)) over ()', 'sum(count(*)) over ()') }}
            as active_share_of_all
    from followed
    group by segment_id, as_of_week_start

),

bounded as (

    select
        *,
        {{ share('n_active', 'n_customers') }} as active_share,
        {{ wilson_low('n_active', 'n_customers') }} as active_share_low,
        {{ wilson_high('n_active', 'n_customers') }} as active_share_high
    from counted

),

described as (

    select
        segments.segment_id,
        segments.segment_key,
        segments.segment_name,
        bounded.as_of_week_start,
        bounded.n_customers,
        bounded.n_active,
        bounded.active_share,
        bounded.active_share_low,
        bounded.active_share_high,
        bounded.active_share_of_all,
        segments.weakest_feature,
        segments.suggested_use,
        bounded.active_share_high < bounded.active_share_of_all as is_underperforming
    from bounded
    inner join segments
        on bounded.segment_id = segments.segment_id

)

select * from described
