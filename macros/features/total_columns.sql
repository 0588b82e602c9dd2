{#
    Counts and sums of a user's weeks that features add up over all weeks so far: a mapping
    from the column to its type.
#}
{% macro total_columns() %}

    {% set columns = {} %}
    {% for name in [
        'n_requests', 'n_rides', 'n_cancellations', 'n_weekend_rides', 'n_evening_rides', 'n_coupon_rides',
        'n_rides_with_coupon_count', 'n_rides_with_surge',
    ] %}
        {% do columns.update({name: dbt.type_bigint()}) %}
    {% endfor %}
    {% do columns.update({'total_surge_multiplier': type_exact()}) %}
    {{ return(columns) }}

{% endmacro %}
