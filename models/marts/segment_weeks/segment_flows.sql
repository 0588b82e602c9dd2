{#
    How many customers went from one segment to another, in each week since the fit: since
    the week before, and since four weeks before. Segment 0 has those who were in none, or
    are not any more.
#}
{%- set all_weeks_back = [1, 4] %}

with

weekly_segments as (

    select * from {{ ref('customer_weekly_segments') }}

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

weeks as (

    select distinct as_of_week_start
    from weekly_segments
    where not is_before_fit

),

-- Weeks that were the first ones of all have nothing before them.
compared as (

    {% for weeks_back in all_weeks_back -%}
    select
        weeks.as_of_week_start,
        {{ weeks_back }} as weeks_back,
        {{ add_days('weeks.as_of_week_start', -7 * weeks_back) }} as from_week_start
    from weeks
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

crossings as (

    select
        compared.as_of_week_start,
        compared.weeks_back,
        coalesce(earlier.segment_id, 0) as from_segment_id,
        later.segment_id as to_segment_id
    from compared
    inner join weekly_segments as later
        on compared.as_of_week_start = later.as_of_week_start
    left join weekly_segments as earlier
        on
            compared.from_week_start = earlier.as_of_week_start
            and later.customer_id = earlier.customer_id
    union all
    select
        compared.as_of_week_start,
        compared.weeks_back,
        earlier.segment_id as from_segment_id,
        0 as to_segment_id
    from compared
    inner join weekly_segments as earlier
        on compared.from_week_start = earlier.as_of_week_start
    left join weekly_segments as later
        on
            compared.as_of_week_start = later.as_of_week_start
            and earlier.customer_id = later.customer_id
    where later.customer_id is null

),

counted as (

    select
        as_of_week_start,
        weeks_back,
        from_segment_id,
        to_segment_id,
        count(*) as n_customers
    from crossings
    group by as_of_week_start, weeks_back, from_segment_id, to_segment_id

),

described as (

    select
        counted.as_of_week_start,
        counted.weeks_back,
        counted.from_segment_id,
        counted.to_segment_id,
        from_segments.segment_key as from_segment_key,
        to_segments.segment_key as to_segment_key,
        counted.n_customers
    from counted
    left join segments as from_segments
        on counted.from_segment_id = from_segments.segment_id
    left join segments as to_segments
        on counted.to_segment_id = to_segments.segment_id

)

select * from described
