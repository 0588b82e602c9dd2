{#
    The log-density of a week in one state of the model, over columns `scaled_…` and
    the flags is_active and has_request: the same as segmentation/emissions.py.

    In mixed emissions a feature adds nothing in weeks in which it is no evidence; a
    null, of a source that has gone since the fit, adds nothing ever.
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
