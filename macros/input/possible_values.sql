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


{#
    The same for an event. A value may be negative, as a refund is; a duration is at most a
    day. A path is longer than a name.
#}
{% macro possible_event_values() -%}
    {{ return({
        'duration_seconds': {'below': '86400.000001', 'type': type_exact()},
        'value': {'from': '-1e12', 'below': '1e12', 'type': type_exact()},
        'page_path': {'longest': 2000, 'type': dbt.type_string()},
        'content_type': {'longest': longest_text(), 'type': dbt.type_string()},
        'feature_name': {'longest': longest_text(), 'type': dbt.type_string()},
        'product_category': {'longest': longest_text(), 'type': dbt.type_string()},
        'preference': {'longest': longest_text(), 'type': dbt.type_string()},
        'app_version': {'longest': longest_text(), 'type': dbt.type_string()},
        'country': {'longest': longest_text(), 'type': dbt.type_string()},
        'city': {'longest': longest_text(), 'type': dbt.type_string()},
    }) }}
{%- endmacro %}


{# Characters that an id or a name may have. #}
{% macro longest_text() -%}
    {{ return(200) }}
{%- endmacro %}


{#
    Whether a value is possible: a number that is not negative (or below `from`), too
    large, NaN or infinite, or a text that is not too long. Null for a null. NaN is greater than every
    number in PostgreSQL, and unlike every number elsewhere.

    limits: an entry of possible_values or possible_event_values.
#}
{% macro is_possible(column, limits) -%}
    {%- if 'below' in limits -%}
        {{ column }} >= {{ limits.get('from', 0) }} and {{ column }} < {{ limits['below'] }}
    {%- else -%}
        length({{ column }}) <= {{ limits['longest'] }}
    {%- endif -%}
{%- endmacro %}


{#
    Of columns `raw_<name>`: the possible values, each under its name; then, in
    impossible_values, the names of those that are not, or null.

    possible: what possible_values or possible_event_values returned.
#}
{% macro checked_values(possible) -%}
    {%- for name, limits in possible.items() %}
        cast(
            case
                when {{ is_possible('raw_' ~ name, limits) }} then raw_{{ name }}
            end as {{ limits['type'] }}
        ) as {{ name }},
    {%- endfor %}
        nullif(
            trim(
                {%- for name, limits in possible.items() %}
                case
                    when not ({{ is_possible('raw_' ~ name, limits) }})
                        then '{{ name }} '
                    else ''
                end{{ ' ||' if not loop.last }}
                {%- endfor %}
            ),
            ''
        ) as impossible_values
{%- endmacro %}
