{#
    CTEs with the scores and probabilities of one champion's customers, and the name of the
    last one: customer_id, as_of_week_start, revision, and for each class with a score
    score_<number> and probability_<number>. The same numbers as of
    scripts/user_states/propensity.

    prefix: what the names of the CTEs begin with. numbers: a CTE with the customers of one
    week and the columns of `snapshot_numbers`.
#}
{% macro propensity_score_ctes(champion, prefix, numbers) -%}

{%- set classes = champion['classes'] -%}
{{ prefix }}_terms as (

    select
        {{ numbers }}.customer_id,
        {{ numbers }}.as_of_week_start,
        {{ numbers }}.revision
        {%- for feature in champion['features'] %},
        {% if champion['model_kind'] == 'linear' -%}
            {{ propensity_term(feature, numbers ~ '.' ~ feature['column']) }} as {{ feature['column'] }}
        {%- else -%}
            {{ numbers }}.{{ feature['column'] }}
        {%- endif %}
        {%- endfor %}
    from {{ numbers }}
    where
        {{ propensity_population("'" ~ champion['population'] ~ "'", champion['horizon_weeks'], numbers) }}
    {#- Each term of a single linear score is read once: then it costs less to compute it there. #}
    {%- if champion['model_kind'] != 'linear' or classes | length > 1 %}
    {{ kept_apart() }}
    {%- endif %}

),

{{ prefix }}_scores as (

    select
        customer_id,
        as_of_week_start,
        revision
        {%- for class in classes %},
        {{ as_double(class['base']) }}
        {%- if champion['model_kind'] == 'linear' %}
        {%- for feature in champion['features'] %}
        + {{ as_double(class['coefficients'][feature['name']]) }} * {{ feature['column'] }}
        {%- endfor %}
        {%- else %}
        {%- for tree in champion['trees'] if tree_has_class(tree, class['number']) %}
        + {{ tree_as_case(tree, class['number']) }}
        {%- endfor %}
        {%- endif %}
            as score_{{ class['number'] }}
        {%- endfor %}
    from {{ prefix }}_terms
    {{ kept_apart() }}

),

{{ prefix }}_chances as (

    {{ propensity_chances(champion, prefix ~ '_scores') }}
    {{ kept_apart() }}

),

{{ prefix }}_mapped as (

    select
        customer_id,
        as_of_week_start,
        revision
        {%- for class in classes %},
        score_{{ class['number'] }},
        {{ calibrated_probability(class['calibration'], 'chance_' ~ class['number']) }}
            as mapped_{{ class['number'] }}
        {%- endfor %}
    from {{ prefix }}_chances
    {{ kept_apart() }}

),

{{ prefix }}_probabilities as {{ computed_once() if classes | length > 1 else '' }} (

    select
        customer_id,
        as_of_week_start,
        revision
        {%- for class in classes %},
        score_{{ class['number'] }},
        mapped_{{ class['number'] }}
        {%- if classes | length > 1 %}
        / (mapped_{{ classes | map(attribute='number') | join(' + mapped_') }})
        {%- endif %} as probability_{{ class['number'] }}
        {%- endfor %}
    from {{ prefix }}_mapped

)
{%- endmacro %}


{# A feature as a linear model reads it: transformed, and filled where it is not known. #}
{% macro propensity_term(feature, value) -%}

    {%- set term = 'ln(1 + ' ~ value ~ ')' if feature['transform'] == 'log1p' else value -%}
    coalesce({{ term }}, {{ as_double(feature['fill']) }})

{%- endmacro %}


{#
    A query of the probabilities before calibration, chance_<number>, beside the scores. Of
    two classes only the second has a score.
#}
{% macro propensity_chances(champion, scores) -%}

    {%- set numbers = champion['classes'] | map(attribute='number') | list -%}
    {%- set score_columns = [] -%}
    {%- for number in numbers -%}
        {%- do score_columns.append('score_' ~ number) -%}
    {%- endfor -%}
    select
        customer_id,
        as_of_week_start,
        revision,
        {{ score_columns | join(',\n        ') }}
        {%- for number in numbers %},
        {% if champion['link'] == 'none' -%}
            score_{{ number }}
        {%- elif numbers | length == 1 -%}
            {{ expit('score_' ~ number) }}
        {%- else -%}
            {{ exp_of('score_' ~ number ~ ' - largest') }}
            / (
                {%- for other in numbers %}
                {{ '+ ' if not loop.first }}{{ exp_of('score_' ~ other ~ ' - largest') }}
                {%- endfor %}
            )
        {%- endif %} as chance_{{ number }}
        {%- endfor %}
    from
        {%- if numbers | length == 1 %} {{ scores }}
        {%- else %} (
            select
                {{ scores }}.*,
                greatest({{ score_columns | join(', ') }}) as largest
            from {{ scores }}
        ) as compared
        {%- endif %}

{%- endmacro %}


{# 1 / (1 + exp(-x)), without an overflow. #}
{% macro expit(score) -%}
    1 / (1 + exp(least(greatest(-({{ score }}), -700), 700)))
{%- endmacro %}


{#
    What a probability becomes by the calibration of its class: by a line through the log
    odds, with the probability kept 1e-6 away from 0 and 1 as by within_margin of Python, or
    by steps. A step holds from its beginning on, the first one also below.
#}
{% macro calibrated_probability(steps, chance) -%}

    {%- set first = steps[0] -%}
    {%- if first['slope'] is not none -%}
        {%- set clipped = 'least(greatest(' ~ chance ~ ', ' ~ as_double('1e-06') ~ '), 1 - ' ~ as_double('1e-06') ~ ')' -%}
        {{ expit(
            as_double(first['slope']) ~ ' * ln(' ~ clipped ~ ' / (1 - ' ~ clipped ~ ')) + '
            ~ as_double(first['intercept'])
        ) }}
    {%- else -%}
        {{ steps_as_case(steps, chance) }}
    {%- endif -%}

{%- endmacro %}
