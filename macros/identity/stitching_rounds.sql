{#
    Of candidates (node, node_label, moment) those that count: in the order of moments, each
    smaller label than all before it.
#}
{% macro least_labels_so_far(candidates) -%}
    select
        ranked.node,
        ranked.node_label,
        ranked.moment
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
    A query of all that nodes have learned: `labels`, and what hooks and jumps of the rounds
    from `first` to `last` have added. None if that is nothing.
#}
{% macro learned_labels(labels, first, last, also=none) -%}
    {%- set names = [labels] -%}
    {%- for number in range(first, last + 1) -%}
        {%- do names.extend(['hooked_' ~ number, 'jumped_' ~ number]) -%}
    {%- endfor -%}
    {%- set queries = [] -%}
    {%- for name in names + [also] if name is not none -%}
        {%- do queries.append('select node, node_label, moment from ' ~ name) -%}
    {%- endfor -%}
    {{ return(queries | join(' union all ') if queries else none) }}
{%- endmacro %}


{#
    Two CTEs: ranked_<name> has all labels of the nodes that learn something by
    offered_<name>, in the order of moments with the smallest label before each. <name> has
    those of the offered labels that are new: smaller than all before.
#}
{% macro newly_learned(name, learned) -%}
ranked_{{ name }} as (

    select
        labels.node,
        labels.node_label,
        labels.moment,
        labels.is_offered,
        min(labels.node_label) over (
            partition by labels.node
            order by labels.moment, labels.node_label, labels.is_offered
            rows between unbounded preceding and 1 preceding
        ) as previous_label
    from (
        select node, node_label, moment, true as is_offered
        from offered_{{ name }}
        {%- if learned is not none %}
        union all
        select learned.node, learned.node_label, learned.moment, false as is_offered
        from ({{ learned }}) as learned
        where learned.node in (select offered.node from offered_{{ name }} as offered)
        {%- endif %}
    ) as labels

),

{{ name }} as {{ computed_once() }} (

    select node, node_label, moment
    from ranked_{{ name }}
    where
        is_offered
        and (previous_label is null or node_label < previous_label)
        and {{ thought_rare('moment') }}

)
{%- endmacro %}


{#
    CTEs of one round of hooking and jumping, which follow those of the round before.

    hook: a node learns the labels of its neighbours, from the moment of the edge on.
    jump: of two labels of a node the larger one learns the smaller one, from the moment on
    from which the node has both; and a node learns what its label has learned.

    Only what is new since the round before is passed on, and of one moment the smallest
    label: PostgreSQL guesses numbers of groups well enough, but numbers of pairs of rows,
    round after round, as astronomical. That a node begins with its own number as its label
    is not among the rows: all that it learns is smaller. `labels` and `directed` are the
    CTEs that the rounds from `first` on begin with; `labels` is none in the first ones.
#}
{% macro stitching_round(number, first, labels, directed) -%}
{%- set hooked = 'hooked_' ~ number -%}
{%- set jumped = 'jumped_' ~ number -%}
{%- set learned = learned_labels(labels, first, number - 1) -%}
{%- set learned_and_hooked = learned_labels(labels, first, number - 1, hooked) -%}
offered_{{ hooked }} as {{ computed_once() }} (
{% if number == 1 %}
    select
        node,
        other as node_label,
        moment
    from {{ directed }}
    where other < node
{% else %}
    select
        {{ directed }}.node,
        min(neighbours.node_label) as node_label,
        greatest(neighbours.moment, {{ directed }}.moment) as moment
    from {{ directed }}
    inner join (
        select node, node_label, moment from hooked_{{ number - 1 }}
        union all
        select node, node_label, moment from jumped_{{ number - 1 }}
    ) as neighbours
        on {{ directed }}.other = neighbours.node
    where neighbours.node_label < {{ directed }}.node
    group by
        {{ directed }}.node,
        greatest(neighbours.moment, {{ directed }}.moment)
{% endif %}
),

{{ newly_learned(hooked, learned) }},

new_{{ number }} as (

    select node, node_label, moment from {{ hooked }}
    {%- if number > 1 %}
    union all
    select node, node_label, moment from jumped_{{ number - 1 }}
    {%- endif %}

),

told_{{ number }} as (

    select
        greatest(node_label, previous_label) as node,
        least(node_label, previous_label) as node_label,
        moment
    from ranked_{{ hooked }}
    where node_label <> previous_label
    union all
    select
        nodes.node,
        labels.node_label,
        greatest(nodes.moment, labels.moment) as moment
    from new_{{ number }} as nodes
    inner join ({{ learned_and_hooked }}) as labels
        on nodes.node_label = labels.node
    {%- if learned is not none %}
    union all
    select
        nodes.node,
        labels.node_label,
        greatest(nodes.moment, labels.moment) as moment
    from ({{ learned }}) as nodes
    inner join new_{{ number }} as labels
        on nodes.node_label = labels.node
    {%- endif %}

),

offered_{{ jumped }} as {{ computed_once() }} (

    select
        node,
        min(node_label) as node_label,
        moment
    from told_{{ number }}
    group by node, moment

),

{{ newly_learned(jumped, learned_and_hooked) }}
{%- endmacro %}
