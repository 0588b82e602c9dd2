{#
    Of candidates (node, node_label, moment) those that count: in the order of moments, each
    smaller label than all before it. `previous_label` is the label until then.
#}
{% macro least_labels_so_far(candidates) -%}
    select
        ranked.node,
        ranked.node_label,
        ranked.moment,
        ranked.previous_label
    from (
        select
            candidates.node,
            candidates.node_label,
            candidates.moment,
            min(candidates.node_label) over (
                partition by candidates.node
                order by candidates.moment, candidates.node_label
                rows between unbounded preceding and 1 preceding
            ) as previous_label
        from ({{ candidates }}) as candidates
    ) as ranked
    where
        ranked.previous_label is null
        or ranked.node_label < ranked.previous_label
{%- endmacro %}


{#
    CTEs of one round of hooking and jumping, which follow labels_<number - 1>.

    hook: a node learns the labels of its neighbours, from the moment of the edge on.
    jump: a label learns what its node has learned, and a node what its label has.
#}
{% macro stitching_round(number) -%}
{%- set before = 'labels_' ~ (number - 1) -%}
hooked_{{ number }} as {{ computed_once() }} (

    {{ least_labels_so_far(
        'select node, node_label, moment from ' ~ before ~ '
        union all
        select directed.node, neighbours.node_label,
            greatest(neighbours.moment, directed.moment)
        from directed
        inner join ' ~ before ~ ' as neighbours
            on directed.other = neighbours.node
        where neighbours.node_label < directed.node'
    ) }}

),

labels_{{ number }} as {{ computed_once() }} (

    {{ least_labels_so_far(
        'select node, node_label, moment from hooked_' ~ number ~ '
        union all
        select previous_label, node_label, moment from hooked_' ~ number ~ '
        where previous_label is not null
        union all
        select nodes.node, labels.node_label, greatest(nodes.moment, labels.moment)
        from hooked_' ~ number ~ ' as nodes
        inner join hooked_' ~ number ~ ' as labels
            on nodes.node_label = labels.node
        where labels.node_label < nodes.node_label'
    ) }}

)
{%- endmacro %}
