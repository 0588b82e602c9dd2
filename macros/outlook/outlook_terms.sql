{#
    The terms of the outlook's regressions that come from past rides, each as an expression
    of the columns of int_user_ride_history. outlook_terms.py learns from the same list; a
    test compares the two, user by user.

    A term `…_above_…` is a hinge: 0 up to a knot, and from there the distance to it.
#}
{% macro outlook_terms() %}

    {% set recency = 'ln(1 + weeks_since_last_ride)' %}
    {% set tenure = 'ln(1 + weeks_since_first_ride)' %}
    {% set active = 'ln(n_active_weeks)' %}
    {% set log_odds = 'ln((n_active_weeks - 0.5) / (weeks_since_first_ride - n_active_weeks + 2))' %}

    {% set terms = {
        'log_weeks_since_last_ride': recency,
        'log_weeks_since_first_ride': tenure,
        'log_active_weeks': active,
        'log_odds_of_active_week': log_odds,
        'log_weeks_since_last_ride_times_log_active_weeks':
            recency ~ ' * ' ~ active,
        'log_rides_last_4_weeks': 'ln(1 + n_rides_last_4_weeks)',
        'log_rides_last_12_weeks': 'ln(1 + n_rides_last_12_weeks)',
        'log_rides_this_week': 'ln(1 + n_rides_this_week)',
        'log_active_weeks_of_last_4': 'ln(1 + n_active_weeks_of_last_4)',
        'log_active_weeks_of_last_12': 'ln(1 + n_active_weeks_of_last_12)',
    } %}
    {% for weeks in [1, 3, 8] %}
        {% do terms.update({
            'recency_above_' ~ weeks: 'greatest(' ~ recency ~ ' - ln(' ~ (1.0 + weeks) ~ '), 0)',
        }) %}
    {% endfor %}
    {% for name, knot in outlook_knots().items() %}
        {% do terms.update({
            'log_odds_above_' ~ name: 'greatest(' ~ log_odds ~ ' - (' ~ knot ~ '), 0)',
        }) %}
    {% endfor %}
    {% do terms.update({
        'recency_times_log_odds': recency ~ ' * ' ~ log_odds,
        'root_share_before_first_ride': 'sqrt(weeks_before_first_ride'
            ~ ' / (weeks_before_first_ride + weeks_since_first_ride + 1))',
    }) %}

    {{ return(terms) }}

{% endmacro %}


{#
    A query with the keys and a column for each of these terms.

    measured: a relation with the keys and the columns of int_user_ride_history that the
    terms are made of. The logarithm of an exact number is slow to compute, so they are
    cast to doubles first.
#}
{% macro ride_history_terms(measured, keys) %}

    select
        {%- for term, expression in outlook_terms().items() %}
        {{ expression }} as {{ term }},
        {%- endfor %}
        {{ keys | join(', ') }}
    from (
        select
            {%- for column in [
                'weeks_since_first_ride', 'weeks_since_last_ride',
                'weeks_before_first_ride', 'n_active_weeks',
                'n_active_weeks_of_last_4', 'n_active_weeks_of_last_12',
                'n_rides_last_4_weeks', 'n_rides_last_12_weeks', 'n_rides_this_week',
            ] %}
            cast({{ column }} as {{ type_double() }}) as {{ column }},
            {%- endfor %}
            {{ keys | join(', ') }}
        from {{ measured }}
    ) as as_doubles

{% endmacro %}


{# The knots of log-odds and of logarithms of rides, by the end of their hinges' names. #}
{% macro outlook_knots() %}

    {{ return({'low': -1.5, 'middle': 0.0, 'high': 1.5}) }}

{% endmacro %}


{# The terms of the regressions that are made of the chain's forecast. #}
{% macro outlook_forecast_terms() %}

    {% set terms = ['forecast'] %}
    {% for name in outlook_knots() %}
        {% do terms.append('forecast_above_' ~ name) %}
    {% endfor %}
    {{ return(terms) }}

{% endmacro %}
