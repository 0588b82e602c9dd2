{#
    The log-density of a week in each state: the same numbers as
    scripts/user_states/hmm/emissions.py.
#}

{# A feature of user_week_panel in the units of a run: the same as FeatureScaling. #}
{% macro scaled_feature(feature) -%}

    ({{ transformed(feature) }} - {{ as_double(feature['mean']) }}) / {{ as_double(feature['scale']) }}

{%- endmacro %}


{#
    Everything that a model reads of a week of user_week_panel, as a list of columns:
    `scaled_…` for each feature with a Gaussian or Bernoulli density, and `value_…` for each
    column of the panel that another feature is made of.
#}
{% macro values_of_week(model) %}

    {% set values = [] %}
    {% for feature in model['features'] %}
        {% if feature['density'] in ['gaussian', 'bernoulli'] %}
            {% do values.append(scaled_feature(feature) ~ ' as scaled_' ~ feature['name']) %}
        {% else %}
            {% for column in feature['columns'] %}
                {% do values.append(
                    'cast(user_week_panel.' ~ column ~ ' as ' ~ type_double() ~ ') as value_' ~ column
                ) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {{ return(values | unique | list) }}

{% endmacro %}


{# The category of a count: its value, but 7 for 7 and more. #}
{% macro counted(feature) -%}
    least(value_{{ feature['columns'][0] }}, 7)
{%- endmacro %}


{#
    The log-density of a feature in one state. Null if the feature is null.

    gaussian               −log(2πv)/2 − (x − m)²/(2v)
    bernoulli              log p or log (1 − p)
    count, categorical     log p of the category
    share, s of m          s log p + (m − s) log (1 − p)
    parts                  the sum of c log p over the parts
#}
{% macro feature_log_density(feature, state) -%}

    {%- set scaled, value = 'scaled_' ~ feature['name'], 'value_' ~ feature['columns'][0] -%}
    {%- if feature['density'] == 'bernoulli' -%}
        case when {{ scaled }} = 1 then {{ as_double(state['log_p']) }} when {{ scaled }} = 0 then {{ as_double(state['log_q']) }} end
    {%- elif feature['density'] in ['count', 'categorical'] -%}
        {%- set category = counted(feature) if feature['density'] == 'count' else value -%}
        {%- set log_parts = [] -%}
        {%- for log_p in state['log_parts'] -%}
            {%- do log_parts.append(as_double(log_p)) -%}
        {%- endfor -%}
        {{ array_item('(' ~ array_of(log_parts) ~ ')', 'cast(' ~ category ~ ' as ' ~ dbt.type_int() ~ ') + 1') }}
    {%- elif feature['density'] == 'share' -%}
        {{ value }} * {{ as_double(state['log_p']) }} + (value_{{ feature['columns'][1] }} - {{ value }}) * {{ as_double(state['log_q']) }}
    {%- elif feature['density'] == 'parts' -%}
        {%- for log_p in state['log_parts'] -%}
            value_{{ feature['columns'][loop.index0] }} * {{ as_double(log_p) }}{{ ' + ' if not loop.last }}
        {%- endfor -%}
    {%- else -%}
        {%- set distance = '(' ~ scaled ~ ' - ' ~ as_double(state['mean']) ~ ')' -%}
        {{ as_double(state['log_scale']) }} - {{ distance }} * {{ distance }} / {{ as_double(state['double_variance']) }}
    {%- endif -%}

{%- endmacro %}


{#
    Weeks in which a feature is evidence: an expression of is_active, has_request and
    is_later_week; none if it is in every week. With Gaussian emissions it always is.
#}
{% macro weeks_of_evidence(model, feature) %}

    {% set evidence = feature['evidence'] if model['emissions'] == 'mixed' else 'week' %}
    {{ return({
        'week': none, 'later_week': 'is_later_week', 'request': 'has_request', 'ride': 'is_active', 'none': 'false',
    }[evidence]) }}

{% endmacro %}


{#
    The log-density of a week in one state of the model, the same for users of every level,
    from the columns `values_of_week` and the flags of `weeks_of_evidence`.

    With mixed emissions a feature adds nothing in weeks in which it is not evidence. A
    null adds nothing in any week: its source has disappeared since the fit.
#}
{% macro log_density(model, state) -%}

    {%- set terms_of = {} -%}
    {%- for feature in model['features'] -%}
        {%- do terms_of.setdefault(weeks_of_evidence(model, feature), []).append(
            'coalesce(' ~ feature_log_density(feature, feature['states'][state - 1]) ~ ', 0)'
        ) -%}
    {%- endfor -%}
    {%- set sums = [] -%}
    {%- for flag, terms in terms_of.items() if flag != 'false' -%}
        {%- set total = terms | join(' + ') -%}
        {%- do sums.append('case when ' ~ flag ~ ' then ' ~ total ~ ' else 0 end' if flag else total) -%}
    {%- endfor -%}
    {{ sums | join(' + ') or as_double(0) }}

{%- endmacro %}


{#
    The rides that say something about a user's level: the category of the count, null in
    weeks in which it is not evidence.
#}
{% macro counted_rides(model) -%}

    {%- set count = counted_feature(model['features']) -%}
    {%- set flag = weeks_of_evidence(model, count) -%}
    {{ 'case when ' ~ flag ~ ' then ' ~ counted(count) ~ ' end' if flag else counted(count) }}

{%- endmacro %}


{#
    What a level adds to the log-density of a week in one state: n log a − log Z, and
    nothing in a week in which the rides are not evidence.
#}
{% macro level_log_density(level, state) -%}

    coalesce(counted_rides * {{ as_double(level['log_effect']) }} - {{ as_double(level['log_totals'][state - 1]) }}, 0)

{%- endmacro %}
