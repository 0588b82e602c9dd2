{#
    Where each identifier belonged, as edges seen until the end of each week say: to the
    customer whose oldest identifier is `anchor_key`. A spell lasts until the next one.
#}
with

roots as (

    select * from {{ ref('int_identifier_roots') }}

),

labels as (

    select * from {{ ref('int_root_labels') }}

),

root_edges as (

    select * from {{ ref('int_root_edges') }}

),

timed as (

    select
        roots.identifier_key,
        roots.identifier_number,
        root_edges.from_key,
        root_edges.to_key,
        root_edges.first_seen_at as joined_at,
        coalesce(labels.label_number, roots.root_number) as label_number,
        greatest(roots.first_week_start, root_edges.first_week_start)
            as from_week_start
    from roots
    left join labels
        on roots.root_number = labels.root_number
    left join root_edges
        on labels.moment = root_edges.moment

),

-- Of several labels in one week the last one: it is the smallest.
ranked as (

    select
        timed.*,
        row_number() over (
            partition by timed.identifier_number, timed.from_week_start
            order by timed.label_number
        ) as place
    from timed

),

spells as (

    select
        ranked.identifier_key,
        ranked.from_week_start,
        anchors.identifier_key as anchor_key,
        ranked.from_key,
        ranked.to_key,
        ranked.joined_at,
        lead(ranked.from_week_start) over identifier_weeks as to_week_start,
        lead(ranked.from_week_start) over identifier_weeks is null as is_newest
    from ranked
    inner join roots as anchors
        on ranked.label_number = anchors.identifier_number
    where ranked.place = 1
    window
        identifier_weeks as (
            partition by ranked.identifier_number
            order by ranked.from_week_start
        )

)

select * from spells
