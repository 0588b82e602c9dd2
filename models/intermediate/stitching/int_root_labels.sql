{{ config(pre_hook="{{ without_nested_loops() }}") }}
{#
    The label of each root at each moment: the smallest number that edges seen until then
    join it to. Rounds of hooking and jumping (Shiloach and Vishkin 1982), in which each
    label keeps the moment from which it holds.

    edges: 3–2 at moment 1, 2–1 at moment 2     root 3: label 3 from 0, 2 from 1, 1 from 2
#}
with

root_edges as (

    select * from {{ ref('int_root_edges') }}

),

directed as {{ computed_once() }} (

    select
        one_root_number as node,
        other_root_number as other,
        moment
    from root_edges
    union all
    select
        other_root_number as node,
        one_root_number as other,
        moment
    from root_edges

),

labels_0 as {{ computed_once() }} (

    select distinct
        node,
        node as node_label,
        cast(0 as bigint) as moment
    from directed

),

{% for number in range(1, var('identity_rounds') + 1) -%}
{{ stitching_round(number) }},

{% endfor -%}
last_labels as (

    select
        node as root_number,
        moment,
        node_label as label_number
    from labels_{{ var('identity_rounds') }}

)

select * from last_labels
