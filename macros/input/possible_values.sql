{#
    The optional values of a ride that may be impossible, each with its limit. A number
    may not be negative, and must be below `below`. A text that describes may have
    `longest` characters: longer ones are no names, and no index could hold them.

    An impossible value becomes null. int_rejected_rides has a rule for each: `impossible_`
    and its name.
#}
{% macro possible_values() -%}
    {{ return({
        'estimated_price': {'below': '1e12', 'type': type_exact()},
        'surge_multiplier': {'below': '1000', 'type': type_exact()},
        'coupon_count': {'below': '2147483647', 'type': dbt.type_int()},
        'stopover_count': {'below': '2147483647', 'type': dbt.type_int()},
        'country': {'longest': longest_text(), 'type': dbt.type_string()},
        'city': {'longest': longest_text(), 'type': dbt.type_string()},
    }) }}
{%- endmacro %}


{# Characters that an id or a name may have. #}
{% macro longest_text() -%}
    {{ return(200) }}
{%- endmacro %}


{#
    Whether a value is possible: a number that is not negative, too large, NaN or
    infinite, or a text that is not too long. Null for a null. NaN is greater than every
    number in PostgreSQL, and unlike every number elsewhere.

    limits: an entry of possible_values.
#}
{% macro is_possible(column, limits) -%}
    {%- if 'below' in limits -%}
        {{ column }} >= 0 and {{ column }} < {{ limits['below'] }}
    {%- else -%}
        length({{ column }}) <= {{ limits['longest'] }}
    {%- endif -%}
{%- endmacro %}
