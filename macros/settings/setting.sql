{#
    The value of a setting. `setting('hmm.states')` is one knob of the mapping var `hmm`:
    the var `hmm.states`, as in --vars '{hmm.states: 6}', or else the mapping's own value.
#}
{% macro setting(name) %}

    {% if '.' not in name %}
        {{ return(var(name)) }}
    {% endif %}

    {% set group, knob = name.split('.') %}
    {% do check_setting_group(group) %}
    {{ return(var(name, var(group).get(knob))) }}

{% endmacro %}
