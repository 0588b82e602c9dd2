{#
    Whether a value is a day that exists, as YYYY-MM-DD.
#}
{% macro is_iso_date(value) %}

    {% set parts = modules.re.fullmatch('([0-9]{4})-([0-9]{2})-([0-9]{2})', value | string) %}
    {% if not parts %}
        {{ return(false) }}
    {% endif %}

    {% set year, month, day = parts.group(1) | int, parts.group(2) | int, parts.group(3) | int %}
    {% set is_leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 %}
    {% set days = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] %}
    {{ return(1 <= month <= 12 and 1 <= day and day <= days[month - 1] and year > 0) }}

{% endmacro %}
