{# How many reasons for and against a forecast are shown. #}
{% macro n_reasons(direction) %}
    {{ return(3 if direction == 'for' else 2) }}
{% endmacro %}


{#
    CTEs with the strongest reasons of a linear model for the score of one class, and the
    name of the last one, <prefix>_reasons: customer_id, direction, place, feature_number,
    value, contribution. A contribution is coefficient × (term - mean of the terms): the
    Shapley value of a linear model, as score_reasons.py has it.

    The strongest ones are found column by column, by greatest and least, each time without
    those that were found before. Sorting a row for each feature takes three times as long.

    scored: a CTE with run_id, class_number, customer_id and the key of numbers. numbers: a
    CTE with the columns of `snapshot_numbers`.
#}
{% macro linear_reason_ctes(champion, class, prefix, scored, numbers) -%}

{%- set features = champion['features'] -%}
{%- set values, contributions = [], [] -%}
{%- for feature in features -%}
    {%- do values.append('x_' ~ feature['number']) -%}
    {%- do contributions.append('c_' ~ feature['number']) -%}
{%- endfor -%}
{%- set directions = {'for': 'greatest', 'against': 'least'} -%}
{%- set kept = ['customer_id'] + values + contributions -%}
{{ prefix }}_terms as (

    select
        {{ scored }}.customer_id
        {%- for feature in features %},
        {{ numbers }}.{{ feature['column'] }} as x_{{ feature['number'] }},
        {{ propensity_term(feature, numbers ~ '.' ~ feature['column']) }} as t_{{ feature['number'] }}
        {%- endfor %}
    from {{ scored }}
    inner join {{ numbers }}
        on
            {{ scored }}.customer_id = {{ numbers }}.customer_id
            and {{ scored }}.as_of_week_start = {{ numbers }}.as_of_week_start
            and {{ scored }}.revision = {{ numbers }}.revision
    where
        {{ scored }}.run_id = '{{ champion['run_id'] }}'
        and {{ scored }}.class_number = {{ class['number'] }}
    {{ kept_apart() }}

),

{{ prefix }}_found_0 as (

    select
        customer_id,
        {{ values | join(', ') }}
        {%- for feature in features %},
        {{ as_double(class['coefficients'][feature['name']]) }}
        * (t_{{ feature['number'] }} - {{ as_double(feature['mean']) }}) as c_{{ feature['number'] }}
        {%- endfor %}
    from {{ prefix }}_terms
    {{ kept_apart() }}

),

{% for place in range(1, n_reasons('for') + 1) -%}
{%- set open_directions = [] -%}
{%- for direction in directions if place <= n_reasons(direction) -%}
    {%- do open_directions.append(direction) -%}
{%- endfor -%}
{{ prefix }}_extremes_{{ place }} as (

    select
        {{ kept | join(', ') }}
        {%- for direction in open_directions %},
        {{ directions[direction] }}(
            {%- for feature in features %}
            {% if place == 1 -%}
                c_{{ feature['number'] }}
            {%- else -%}
                case
                    when {{ feature['number'] }} in ({% for before in range(1, place) %}{{ direction }}_{{ before }}{{ ', ' if not loop.last }}{% endfor %})
                        then {{ '-' if direction == 'against' }}{{ log_zero() }}
                    else c_{{ feature['number'] }}
                end
            {%- endif %}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as {{ direction }}_most
        {%- endfor %}
    from {{ prefix }}_found_{{ place - 1 }}
    {{ kept_apart() }}

),

{{ prefix }}_found_{{ place }} as (

    select
        {{ kept | join(', ') }}
        {%- for direction in open_directions %},
        {{ direction }}_most as {{ direction }}_contribution_{{ place }},
        case {{ direction }}_most
            {%- for feature in features %}
            when c_{{ feature['number'] }} then {{ feature['number'] }}
            {%- endfor %}
        end as {{ direction }}_{{ place }}
        {%- endfor %}
    from {{ prefix }}_extremes_{{ place }}
    {{ kept_apart() }}

),

{% for direction in open_directions -%}
    {%- do kept.extend([direction ~ '_contribution_' ~ place, direction ~ '_' ~ place]) -%}
{%- endfor -%}
{%- endfor -%}
{{ prefix }}_listed as (

    {%- set slots = [] -%}
    {%- for direction in directions -%}
        {%- for place in range(1, n_reasons(direction) + 1) -%}
            {%- do slots.append([direction, place]) -%}
        {%- endfor -%}
    {%- endfor %}

    select
        found.customer_id,
        {{ values | join(', ') }},
        case when slots.slot < {{ n_reasons('for') }} then 'for' else 'against' end
            as direction,
        case
            when slots.slot < {{ n_reasons('for') }} then slots.slot + 1
            else slots.slot - {{ n_reasons('for') - 1 }}
        end as place,
        case slots.slot
            {%- for direction, place in slots %}
            when {{ loop.index0 }} then {{ direction }}_{{ place }}
            {%- endfor %}
        end as feature_number,
        case slots.slot
            {%- for direction, place in slots %}
            when {{ loop.index0 }} then {{ direction }}_contribution_{{ place }}
            {%- endfor %}
        end as contribution
    from {{ prefix }}_found_{{ n_reasons('for') }} as found
    {{ expanded(slots | length, 'slots', 'slot') }}
    {{ kept_apart() }}

),

{{ prefix }}_reasons as (

    select
        customer_id,
        direction,
        place,
        feature_number,
        case feature_number
            {%- for feature in features %}
            when {{ feature['number'] }} then x_{{ feature['number'] }}
            {%- endfor %}
        end as value,
        contribution
    from {{ prefix }}_listed
    where
        (direction = 'for' and contribution > 0)
        or (direction = 'against' and contribution < 0)

)
{%- endmacro %}
