{#
    Who entered, left and changed segments, and when. A customer who is in no segment in a
    week between two others leaves and enters again.

    segments of a customer   -, 1, 1, 2, -     entry into 1, move from 1 to 2, exit from 2
#}
with

weekly_segments as (

    select * from {{ ref('customer_weekly_segments') }}

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

range_of_weeks as (

    select
        min(as_of_week_start) as first_week_start,
        max(as_of_week_start) as last_week_start
    from weekly_segments

),

ordered as (

    select
        customer_id,
        as_of_week_start,
        segment_id,
        lag(segment_id) over customer_weeks as previous_segment_id,
        lag(as_of_week_start) over customer_weeks as previous_week_start,
        lead(as_of_week_start) over customer_weeks as next_week_start
    from weekly_segments
    window customer_weeks as (partition by customer_id order by as_of_week_start)

),

found as (

    select
        ordered.customer_id,
        ordered.as_of_week_start,
        case
            when ordered.as_of_week_start = range_of_weeks.first_week_start
                then 'start'
            when
                ordered.previous_week_start
                = {{ add_days('ordered.as_of_week_start', -7) }}
                then 'move'
            else 'entry'
        end as change_kind,
        case
            when
                ordered.previous_week_start
                = {{ add_days('ordered.as_of_week_start', -7) }}
                then ordered.previous_segment_id
        end as from_segment_id,
        ordered.segment_id as to_segment_id
    from ordered
    cross join range_of_weeks
    where
        ordered.previous_week_start is null
        or ordered.previous_week_start
        < {{ add_days('ordered.as_of_week_start', -7) }}
        or ordered.previous_segment_id <> ordered.segment_id
    union all
    select
        ordered.customer_id,
        {{ add_days('ordered.as_of_week_start', 7) }} as as_of_week_start,
        'exit' as change_kind,
        ordered.segment_id as from_segment_id,
        cast(null as {{ dbt.type_int() }}) as to_segment_id
    from ordered
    cross join range_of_weeks
    where
        ordered.as_of_week_start < range_of_weeks.last_week_start
        and (
            ordered.next_week_start is null
            or ordered.next_week_start > {{ add_days('ordered.as_of_week_start', 7) }}
        )

),

-- What a customer left in the week of the fit was not known in the week before.
named as (

    select
        found.customer_id,
        found.as_of_week_start,
        found.change_kind,
        from_segments.segment_key as from_segment_key,
        from_segments.segment_name as from_segment_name,
        to_segments.segment_key as to_segment_key,
        to_segments.segment_name as to_segment_name,
        case
            when found.from_segment_id is null
                then found.as_of_week_start < fits.fit_week_start
            else found.as_of_week_start <= fits.fit_week_start
        end as is_before_fit,
        fits.run_id
    from found
    inner join segments as fits
        on fits.segment_id = 1
    left join segments as from_segments
        on found.from_segment_id = from_segments.segment_id
    left join segments as to_segments
        on found.to_segment_id = to_segments.segment_id

)

select * from named
