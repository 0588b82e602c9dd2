{#
    Where each identifier belonged, by edges seen until the end of each week: to the
    customer whose oldest identifier has the number `label_number`, until `to_week_start`.
#}
with

roots as {{ read_each_time() }} (

    select * from {{ ref('int_identifier_roots') }}

),

labels as {{ read_each_time() }} (

    select * from {{ ref('int_root_labels') }}

),

root_edges as (

    select * from {{ ref('int_root_edges') }}

),

timed as (

    select
        roots.identifier_number,
        labels.moment,
        labels.label_number,
        greatest(roots.first_week_start, root_edges.first_week_start)
            as from_week_start
    from labels
    inner join roots
        on labels.root_number = roots.root_number
    left join root_edges
        on labels.moment = root_edges.moment

),

followed as (

    select
        timed.*,
        lead(timed.from_week_start) over (
            partition by timed.identifier_number
            order by timed.moment
        ) as to_week_start
    from timed

),

-- Of several labels in one week the last one counts.
weekly as (

    select
        identifier_number,
        from_week_start,
        to_week_start,
        label_number,
        moment
    from followed
    where to_week_start is null or to_week_start > from_week_start

),

combined as (

    select
        roots.identifier_number,
        roots.first_week_start as from_week_start,
        cast(null as date) as to_week_start,
        roots.root_number as label_number,
        cast(0 as bigint) as moment
    from roots
    left join labels
        on
            roots.root_number = labels.root_number
            and labels.moment = 0
    where labels.root_number is null
    union all
    select
        identifier_number,
        from_week_start,
        to_week_start,
        label_number,
        moment
    from weekly

)

select * from combined
