{#
    What a tree adds to the score of a class, as nested CASE. `x <= threshold` goes left.
    A null makes both comparisons unknown, so it goes where CASE goes otherwise: right, or
    left if the condition is the one of the right side. PostgreSQL reads 20,000 nodes in a
    third of a second; written as rows of nodes that are joined they would be 43 times as
    slow.

    No recursion: what is still to be written is on a stack, and a tree may be as deep as it
    has leaves.

    tree: nodes by number, as of `propensity_champions`.
#}
{% macro tree_as_case(tree, class_number) -%}

    {%- set double = type_double() -%}
    {%- set written, stack = [], [0] -%}
    {%- for _ in range(4 * tree | length) if stack -%}
        {%- set item = stack.pop() -%}
        {%- if item is string -%}
            {%- do written.append(item) -%}
        {%- elif tree[item]['column'] is none -%}
            {%- do written.append("cast('" ~ tree[item]['values'].get(class_number, '0') ~ "' as " ~ double ~ ')') -%}
        {%- else -%}
            {%- set node = tree[item] -%}
            {%- set is_left = node['missing_left'] -%}
            {%- do written.append(
                'case when ' ~ node['column'] ~ (' > ' if is_left else ' <= ')
                ~ "cast('" ~ node['threshold'] ~ "' as " ~ double ~ ') then '
            ) -%}
            {%- do stack.extend([
                ' end', node['left'] if is_left else node['right'],
                ' else ', node['right'] if is_left else node['left'],
            ]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ written | join }}

{%- endmacro %}


{# Whether a tree adds anything to the score of a class: of several, boosted trees have one. #}
{% macro tree_has_class(tree, class_number) %}

    {% for node in tree.values() if class_number in node['values'] %}
        {{ return(true) }}
    {% endfor %}
    {{ return(false) }}

{% endmacro %}


{#
    The rate of the last step that begins at or below a probability, as nested CASE that
    halves the steps each time.

    steps: mappings with begins and rate, both rising.
#}
{% macro steps_as_case(steps, chance) -%}

    {%- set written, stack = [], [[0, steps | length - 1]] -%}
    {%- for _ in range(4 * steps | length) if stack -%}
        {%- set item = stack.pop() -%}
        {%- if item is string -%}
            {%- do written.append(item) -%}
        {%- elif item[0] == item[1] -%}
            {%- do written.append(as_double(steps[item[0]]['rate'])) -%}
        {%- else -%}
            {%- set middle = (item[0] + item[1] + 1) // 2 -%}
            {%- do written.append('case when ' ~ chance ~ ' < ' ~ as_double(steps[middle]['begins']) ~ ' then ') -%}
            {%- do stack.extend([' end', [middle, item[1]], ' else ', [item[0], middle - 1]]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ written | join }}

{%- endmacro %}
