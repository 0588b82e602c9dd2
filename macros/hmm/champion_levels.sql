{#
    The levels of a run's users: the entry `levels` of `champion_model`.

    A user of level c has n rides in state k with the probability p_k(n) a_c^n / Z_kc: a_c
    is the effect, and log_totals are the logarithms of Z_kc, the sum of the numerators.

    levels: the staging model. features: those of the model. of_run: a where clause.
#}
{% macro champion_levels(levels, features, n_states, of_run) %}

    {% set text = dbt.type_string() %}
    {% set rows = run_query(
        'select
            cast(effect as ' ~ text ~ ') as effect,
            cast(' ~ log_of('effect') ~ ' as ' ~ text ~ ') as log_effect,
            cast(' ~ log_of('weight') ~ ' as ' ~ text ~ ') as log_weight
        from ' ~ levels ~ of_run ~ 'order by level_id'
    ).rows %}
    {% set count = counted_feature(features) %}
    {% set found = [] %}
    {% for row in rows %}
        {% set log_totals = ['0'] * n_states %}
        {% if rows | length > 1 %}
            {% set totals = [] %}
            {% for state in count['states'] %}
                {% set terms = [] %}
                {% for log_p in state['log_parts'] %}
                    {% do terms.append(exp_of(
                        as_double(log_p) ~ ' + ' ~ loop.index0 ~ ' * ' ~ as_double(row['log_effect'])
                    )) %}
                {% endfor %}
                {% do totals.append('cast(ln(' ~ terms | join(' + ') ~ ') as ' ~ text ~ ')') %}
            {% endfor %}
            {% set log_totals = run_query('select ' ~ totals | join(', ')).rows[0].values() | list %}
        {% endif %}
        {% do found.append({
            'effect': row['effect'], 'log_effect': row['log_effect'],
            'log_weight': row['log_weight'], 'log_totals': log_totals,
        }) %}
    {% endfor %}
    {{ return(found) }}

{% endmacro %}


{# The feature that the levels belong to: the first count; none without a count. #}
{% macro counted_feature(features) %}

    {{ return(features | selectattr('density', 'equalto', 'count') | first | default(none)) }}

{% endmacro %}
