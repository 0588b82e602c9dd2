{#
    The key of anonymous events on a device that became shared later: those after one
    login. As known before, they are the device's; as known since, they are the login's.
#}
{% macro login_key(device_key, login_key) -%}
    {{ device_key }} || ' after ' || {{ login_key }}
{%- endmacro %}
