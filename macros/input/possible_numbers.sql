{#
    The optional numbers of a ride: below which value each is possible, and its type.
    None may be negative. int_rejected_rides has a rule for each: `impossible_` and its
    name.
#}
{% macro possible_numbers() -%}
    {{ return({
        'estimated_price': {'below': '1e12', 'type': type_exact()},
        'surge_multiplier': {'below': '1000', 'type': type_exact()},
        'coupon_count': {'below': '2147483647', 'type': dbt.type_int()},
        'stopover_count': {'below': '2147483647', 'type': dbt.type_int()},
    }) }}
{%- endmacro %}


{#
    Whether a number is possible: not negative, not too large, not NaN and not infinite.
    NaN is greater than every number in PostgreSQL, and unlike every number elsewhere.
#}
{% macro is_possible(column, below) -%}
    {{ column }} >= 0 and {{ column }} < {{ below }}
{%- endmacro %}
