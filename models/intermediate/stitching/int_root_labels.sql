{{ config(pre_hook=[
    "{{ without_nested_loops() }}", "{{ without_merge_joins() }}",
    "{{ without_hashed_groups() }}",
]) }}
{#
    The label of each root at each moment: the smallest number that edges seen until then
    join it to. Rounds of hooking and jumping (Shiloach and Vishkin 1982), in which each
    label keeps the moment from which it holds, and which only follow what the round
    before has learned: few roots need more than one. Groups are sorted, not hashed: with a
    million identifiers this model took a tenth less time.

    edges: 3–2 at moment 1, 2–1 at moment 2     root 3: label 3 from 0, 2 from 1, 1 from 2
#}
{%- set n_rounds = var('identity_rounds') -%}
{%- set n_wide_rounds = [2, n_rounds] | min -%}

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

{% for number in range(1, n_wide_rounds + 1) -%}
{{ stitching_round(number, 1, none, 'directed') }},

{% endfor -%}
-- Most roots have learned all by now. Those that have not are in a group, by their
-- label, that learned in the last round or has an edge to another group.
learned_so_far as {{ computed_once() }} (

    {{ learned_labels(none, 1, n_wide_rounds) }}

),

newest as {{ computed_once() }} (

    select
        node,
        min(node_label) as group_label
    from (
        select
            node,
            node_label
        from learned_so_far
        union all
        select
            node,
            node as node_label
        from directed
    ) as labels
    group by node

),

last_learners as (

    select node from hooked_{{ n_wide_rounds }}
    union all
    select node from jumped_{{ n_wide_rounds }}

),

open_pairs as {{ computed_once() }} (

    select
        one.group_label as one_label,
        other.group_label as other_label
    from root_edges
    inner join newest as one
        on root_edges.one_root_number = one.node
    inner join newest as other
        on root_edges.other_root_number = other.node
    where one.group_label <> other.group_label

),

open_groups as (

    select open_pairs.one_label as group_label
    from open_pairs
    union
    select open_pairs.other_label as group_label
    from open_pairs
    union
    select newest.group_label
    from newest
    inner join last_learners
        on newest.node = last_learners.node

),

open_nodes as {{ computed_once() }} (

    select newest.node
    from newest
    inner join open_groups
        on newest.group_label = open_groups.group_label
    where {{ thought_rare('newest.node') }}

),

open_labels as {{ computed_once() }} (

    select
        learned_so_far.node,
        learned_so_far.node_label,
        learned_so_far.moment
    from learned_so_far
    where learned_so_far.node in (select open_nodes.node from open_nodes)

),

open_edges as {{ computed_once() }} (

    select
        directed.node,
        directed.other,
        directed.moment
    from directed
    inner join open_nodes
        on directed.node = open_nodes.node

),

{% for number in range(n_wide_rounds + 1, n_rounds + 1) -%}
{{ stitching_round(number, n_wide_rounds + 1, 'open_labels', 'open_edges') }},

{% endfor -%}
all_labels as (

    {{ learned_labels(none, 1, n_rounds) }}

),

last_labels as (

    select
        node as root_number,
        moment,
        node_label as label_number
    from ({{ least_labels_so_far('select * from all_labels') }}) as smallest
    union all
    select
        node as root_number,
        cast(0 as bigint) as moment,
        node as label_number
    from newest

)

select * from last_labels
