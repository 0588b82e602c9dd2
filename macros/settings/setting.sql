{#
    The value of a setting. `setting('hmm.states')` is one knob of the mapping var `hmm`:
    the var `hmm.states`, as in --vars '{hmm.states: 6}', or else the mapping's own value.
    A setting that is `preset` is what the preset in use says (preset_value).
#}
{% macro setting(name) %}

    {% if '.' not in name %}
        {{ return(var(name)) }}
    {% endif %}

    {% set group, knob = name.split('.') %}
    {% do check_setting_group(group) %}
    {% set value = var(name, var(group).get(knob)) %}
    {% if value == 'preset' and knob in ('features', 'emissions', 'levels') %}
        {{ return(preset_value(knob)) }}
    {% endif %}
    {{ return(value) }}

{% endmacro %}
