{#
    Stop before the seed triggers is loaded if one of them cannot be used. It is a pre-hook
    of that seed and reads the seed's file.
#}
{% macro check_triggers() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set triggers = load_agate_table() %}
    {% set expected = [
        'trigger', 'title', 'watches', 'watched_name', 'change', 'threshold', 'topic', 'message', 'offer',
        'quiet_days', 'experiment', 'is_enabled',
    ] %}
    {% if triggers.column_names | sort != expected | sort %}
        {{ exceptions.raise_compiler_error(
            "found the columns " ~ triggers.column_names | join(', ') ~ " in seeds/triggers.csv; expected "
            ~ expected | join(', ') ~ ". Correct the file."
        ) }}
    {% endif %}
    {% for row in triggers.rows %}
        {% set problem = trigger_problem(row) %}
        {% if problem %}
            {{ exceptions.raise_compiler_error(
                "found the trigger '" ~ row['trigger'] ~ "' with " ~ problem ~ ". Correct seeds/triggers.csv."
            ) }}
        {% endif %}
    {% endfor %}
    {{ return('') }}

{% endmacro %}


{# What is wrong with a trigger: what was found, and what was expected. Empty if nothing is. #}
{% macro trigger_problem(row) %}

    {% set kinds = watched_kinds() %}
    {% set watches, change = row['watches'] | string, row['change'] | string %}
    {% set has_threshold = row['threshold'] is not none %}
    {% if not modules.re.fullmatch('[a-z0-9_]+', row['trigger'] | string) %}
        {{ return("a name of other characters; expected lower-case letters, digits and underscores") }}
    {% elif watches not in kinds %}
        {{ return("'" ~ watches ~ "' in the column watches; expected one of: " ~ kinds | join(', ')) }}
    {% elif change not in kinds[watches] %}
        {{ return("the change '" ~ change ~ "' of a " ~ watches ~ "; expected " ~ kinds[watches] | join(' or ')) }}
    {% elif (watches == 'propensity') != has_threshold %}
        {{ return(
            "no threshold; expected the probability that is crossed" if watches == 'propensity'
            else "a threshold; expected one for propensities only"
        ) }}
    {% elif has_threshold and not 0 < row['threshold'] | float < 1 %}
        {{ return("the threshold " ~ row['threshold'] ~ "; expected a probability between 0 and 1") }}
    {% elif watches == 'drop_off' and not modules.re.fullmatch('[^:]+:[^:]+', row['watched_name'] | string) %}
        {{ return("the drop-off '" ~ row['watched_name'] ~ "'; expected FUNNEL:STEP, as purchase:add_to_cart") }}
    {% elif not modules.re.fullmatch('[A-Za-z0-9_]+([.][A-Za-z0-9_]+)*', row['topic'] | string) %}
        {{ return("the topic '" ~ row['topic'] ~ "'; expected words with full stops between, as offers.vip") }}
    {% elif row['quiet_days'] is none or row['quiet_days'] | float < 0 %}
        {{ return("quiet_days " ~ row['quiet_days'] ~ "; expected 0 or more") }}
    {% endif %}
    {{ return('') }}

{% endmacro %}


{# What triggers can watch, with the changes of each. #}
{% macro watched_kinds() -%}
    {{ return({
        'cohort': ['enters', 'leaves'],
        'audience': ['enters', 'leaves'],
        'segment': ['enters', 'leaves'],
        'state': ['enters', 'leaves'],
        'drop_off': ['enters'],
        'propensity': ['rises_above', 'falls_below'],
    }) }}
{%- endmacro %}
