{#
    A query with one row per run and a column `TARGET__TERM` for each coefficient of the
    regressions. A run of an earlier version has no coefficients for later terms: they
    count as 0. A target without an intercept has no forecast.

    coefficients: the relation with a row per run, target and term.
#}
{% macro outlook_coefficients(targets, coefficients) %}

    select
        {%- for target in targets %}
        max(
            case
                when target = '{{ target }}' and term = 'intercept' then coefficient
            end
        ) as {{ target }}__intercept,
        {%- for term in outlook_forecast_terms() + outlook_terms() | list %}
        coalesce(max(
            case
                when target = '{{ target }}' and term = '{{ term }}' then coefficient
            end
        ), 0) as {{ target }}__{{ term }},
        {%- endfor %}
        {%- endfor %}
        run_id
    from {{ coefficients }}
    group by run_id

{% endmacro %}
