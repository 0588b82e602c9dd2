{#
    The log-density of a scaled feature in one state: log p or log (1 − p) of a
    Bernoulli one; −log(2πv)/2 − (x − m)²/(2v) of a Gaussian one. Null for a null.
#}
{% macro feature_log_density(feature, state) -%}

    {%- set scaled = 'scaled_' ~ feature['name'] -%}
    {%- if feature['density'] == 'bernoulli' -%}
        case when {{ scaled }} = 1 then {{ as_double(state['log_p']) }} when {{ scaled }} = 0 then {{ as_double(state['log_q']) }} end
    {%- else -%}
        {%- set distance = '(' ~ scaled ~ ' - ' ~ as_double(state['mean']) ~ ')' -%}
        {{ as_double(state['log_scale']) }} - {{ distance }} * {{ distance }} / {{ as_double(state['double_variance']) }}
    {%- endif -%}

{%- endmacro %}
