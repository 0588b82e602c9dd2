{#
    The log-density of a week in each state: the same numbers as
    scripts/user_states/hmm/emissions.py.
#}

{# A feature of user_week_panel in the units of a run: the same as FeatureScaling. #}
{% macro scaled_feature(feature) -%}

    ({{ transformed(feature) }} - {{ as_double(feature['mean']) }}) / {{ as_double(feature['scale']) }}

{%- endmacro %}


{#
    The log-density of a scaled feature in one state: log p or log (1 − p) for a Bernoulli
    feature, −log(2πv)/2 − (x − m)²/(2v) for a Gaussian one. Null if the feature is null.
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


{#
    The log-density of a week in one state of the model, from columns `scaled_…` and the
    flags is_active and has_request.

    With mixed emissions a feature adds nothing in weeks in which it is not evidence. A
    null adds nothing in any week: its source has disappeared since the fit.
#}
{% macro log_density(model, state) -%}

    {%- set weeks_of_evidence = {'week': none, 'request': 'has_request', 'ride': 'is_active'} -%}
    {%- set sums = [] -%}
    {%- for evidence, flag in weeks_of_evidence.items() -%}
        {%- set terms = [] -%}
        {%- for feature in model['features'] -%}
            {%- set counts_in = feature['evidence'] if model['emissions'] == 'mixed' else 'week' -%}
            {%- if counts_in == evidence -%}
                {%- do terms.append(
                    'coalesce(' ~ feature_log_density(feature, feature['states'][state - 1]) ~ ', 0)'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if terms -%}
            {%- set total = terms | join(' + ') -%}
            {%- do sums.append('case when ' ~ flag ~ ' then ' ~ total ~ ' else 0 end' if flag else total) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ sums | join(' + ') or as_double(0) }}

{%- endmacro %}
