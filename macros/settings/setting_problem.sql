{#
    What is wrong with one setting's value, in words, or an empty text.
#}
{% macro setting_problem(name, value, rule) %}

    {% set kind = rule['type'] %}

    {% if kind in ('integer', 'number') %}
        {% if value is boolean or value is not number or (kind == 'integer' and value is not integer) %}
            {{ return('expected ' ~ ('a whole number' if kind == 'integer' else 'a number')) }}
        {% endif %}
        {% if value < rule['min'] or value > rule['max'] %}
            {{ return('expected a value from ' ~ rule['min'] ~ ' to ' ~ rule['max']) }}
        {% endif %}
    {% elif kind == 'list' %}
        {% if value is string or value is mapping or value is not iterable or value | length == 0 %}
            {{ return('expected a list that is not empty') }}
        {% endif %}
    {% elif kind == 'value_lists' %}
        {% if value is not mapping %}
            {{ return('expected a mapping from a standard value to a list of raw values') }}
        {% endif %}
        {% for key in rule['keys'] if key not in value %}
            {{ return('expected the key ' ~ key ~ ', because features need it') }}
        {% endfor %}
        {% for raw_values in value.values() if raw_values is string or raw_values is not iterable or raw_values | length == 0 %}
            {{ return('expected a list of raw values under every key') }}
        {% endfor %}
    {% elif kind == 'choice' %}
        {% if value not in rule['values'] %}
            {{ return('expected one of ' ~ rule['values'] | join(', ')) }}
        {% endif %}
    {% elif kind == 'boolean' %}
        {% if value is not boolean %}
            {{ return('expected true or false') }}
        {% endif %}
    {% elif kind == 'text' %}
        {% if value is not string %}
            {{ return('expected text') }}
        {% endif %}
    {% elif kind == 'name' %}
        {% if value is not string or value | trim == '' %}
            {{ return('expected a name') }}
        {% endif %}
    {% elif kind == 'currency' %}
        {% if value is not string or not modules.re.fullmatch('[A-Z]{3}', value) %}
            {{ return('expected an ISO code of three capital letters, such as EUR') }}
        {% endif %}
    {% else %}
        {% set is_empty = value is none or value == '' %}
        {% if not (kind == 'optional_date' and is_empty) and not is_iso_date(value) %}
            {{ return('expected a day as YYYY-MM-DD') }}
        {% endif %}
    {% endif %}

    {{ return('') }}

{% endmacro %}
