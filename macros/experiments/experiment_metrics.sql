{#
    The metrics of experiments: columns of experiment_outcomes that are added up, what they
    are divided by, and whether they are rates, whose values are 0 or 1.
#}
{% macro experiment_metrics() %}
    {{ return({
        'conversion_rate': {'value': 'has_converted', 'per': none, 'is_rate': true},
        'average_order_value': {'value': 'spend', 'per': 'n_orders', 'is_rate': false},
        'retention_rate': {'value': 'is_retained', 'per': none, 'is_rate': true},
        'spend': {'value': 'spend', 'per': none, 'is_rate': false},
        'rides': {'value': 'n_rides', 'per': none, 'is_rate': false},
    }) }}
{% endmacro %}


{#
    A query of the mean and variance of each metric, one row for each of the groups that
    `keys` make. The mean of a ratio is that of its sums; its variance is that of
    (value - mean × per) / mean per, the delta method (Deng, Knoblich and Lu 2018, Applying
    the Delta Method in Metric Analytics, KDD 2018, section 3.1).

    outcomes: a relation with the columns of experiment_outcomes and the keys. definitions:
    one with experiment and metrics.
#}
{% macro metric_sums(outcomes, definitions, keys) %}

    {%- set double = type_double() -%}
    select
        {{ keys | join(', ') }},
        metric,
        is_rate,
        n_customers,
        n_with_value,
        mean_value / nullif(mean_per, 0) as mean_value,
        (
            value_variance
            + power(mean_value / nullif(mean_per, 0), 2) * per_variance
            - 2 * mean_value / nullif(mean_per, 0) * covariance
        ) / nullif(power(mean_per, 2), 0) as variance
    from (
        {%- for metric, parts in experiment_metrics().items() %}
        {%- set value = 'cast(case when ' ~ outcomes ~ '.' ~ parts['value'] ~ ' then 1 else 0 end as ' ~ double ~ ')'
            if parts['is_rate'] else 'cast(' ~ outcomes ~ '.' ~ parts['value'] ~ ' as ' ~ double ~ ')' %}
        {%- set per = 'cast(' ~ outcomes ~ '.' ~ parts['per'] ~ ' as ' ~ double ~ ')' if parts['per']
            else as_double('1') %}
        select
            {%- for key in keys %}
            {{ outcomes }}.{{ key }},
            {%- endfor %}
            '{{ metric }}' as metric,
            {{ parts['is_rate'] }} as is_rate,
            count(*) as n_customers,
            count(case when {{ value }} > 0 then 1 end) as n_with_value,
            avg({{ value }}) as mean_value,
            avg({{ per }}) as mean_per,
            var_samp({{ value }}) as value_variance,
            {{ 'var_samp(' ~ per ~ ')' if parts['per'] else '0' }} as per_variance,
            {{ 'covar_samp(' ~ value ~ ', ' ~ per ~ ')' if parts['per'] else '0' }} as covariance
        from {{ outcomes }}
        inner join {{ definitions }}
            on {{ outcomes }}.experiment = {{ definitions }}.experiment
        where
            {{ dbt.position(
                "' " ~ metric ~ " '", "' ' || " ~ definitions ~ ".metrics || ' '"
            ) }} > 0
        group by
            {%- for key in keys %}
            {{ outcomes }}.{{ key }}{{ ',' if not loop.last }}
            {%- endfor %}
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as counted

{% endmacro %}
