{#
    Where each root belonged, by edges seen until the end of each week: to the customer
    whose oldest identifier has the number `label_number`, until `to_week_start`. All
    identifiers with this root belonged there, too, since they were seen first.
#}
with

roots as (

    select
        root_number,
        first_week_start
    from {{ ref('int_identifier_roots') }}
    where identifier_number = root_number

),

labels as (

    select * from {{ ref('int_root_labels') }}

),

root_edges as (

    select * from {{ ref('int_root_edges') }}

),

timed as (

    select
        labels.root_number,
        labels.moment,
        labels.label_number,
        root_edges.first_week_start as from_week_start,
        lead(root_edges.first_week_start) over (
            partition by labels.root_number
            order by labels.moment
        ) as to_week_start
    from labels
    left join root_edges
        on labels.moment = root_edges.moment

),

-- Of several labels in one week the last one counts. The first has no edge.
weekly as (

    select
        root_number,
        moment,
        label_number,
        from_week_start,
        to_week_start
    from timed
    where
        from_week_start is null
        or to_week_start is null
        or to_week_start > from_week_start

),

-- A root without edges has no label.
spells as (

    select
        roots.root_number,
        weekly.to_week_start,
        greatest(roots.first_week_start, weekly.from_week_start)
            as from_week_start,
        coalesce(weekly.label_number, roots.root_number) as label_number,
        coalesce(weekly.moment, 0) as moment
    from roots
    left join weekly
        on roots.root_number = weekly.root_number
    where
        weekly.to_week_start is null
        or weekly.to_week_start > roots.first_week_start

)

select * from spells
