{#
    Stop before the seed journey_steps is loaded if one of its rows cannot be used. It is a
    pre-hook of that seed and reads the seed's file.
#}
{% macro check_journey_steps() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set steps = load_agate_table() %}
    {% do check_seed_columns(steps, 'journey_steps', ['event_name', 'step', 'sort_order', 'description']) %}
    {% set names = [] %}
    {% for row in steps.rows %}
        {% set name = row['event_name'] | string %}
        {% set problem = '' %}
        {% if row['event_name'] is none or row['step'] is none or row['sort_order'] is none %}
            {% set problem = 'no event_name, step or sort_order; expected all three' %}
        {% elif name != name.lower() %}
            {% set problem = 'capital letters; expected ' ~ name.lower() ~ ', because names are compared in lower case' %}
        {% elif row['step'] | string in ['start', 'exit', 'any_step'] %}
            {% set problem = "the step '" ~ row['step'] ~ "'; expected another name, because start, exit and any_step are ours" %}
        {% elif name in names %}
            {% set problem = 'two rows; expected one' %}
        {% endif %}
        {% if problem %}
            {{ exceptions.raise_compiler_error(
                "found the event '" ~ name ~ "' with " ~ problem ~ ". Correct seeds/journey_steps.csv."
            ) }}
        {% endif %}
        {% do names.append(name) %}
    {% endfor %}

    {{ return('') }}

{% endmacro %}


{#
    The same for the seed funnel_steps. Steps are not compared with those of the log:
    one that no event is just stands in no funnel.
#}
{% macro check_funnel_steps() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set rows = load_agate_table() %}
    {% do check_seed_columns(rows, 'funnel_steps', ['funnel', 'sort_order', 'step', 'title']) %}
    {% set seen, places = [], {} %}
    {% for row in rows.rows %}
        {% set funnel, step = row['funnel'] | string, row['step'] | string %}
        {% set problem = '' %}
        {% if row['funnel'] is none or row['step'] is none or row['sort_order'] is none %}
            {% set problem = 'no name, step or sort_order; expected all three' %}
        {% elif step in ['start', 'exit', 'any_step'] %}
            {% set problem = "the step '" ~ step ~ "'; expected one of an event" %}
        {% elif funnel ~ ' ' ~ step in seen %}
            {% set problem = "the step '" ~ step ~ "' twice; expected it in one place" %}
        {% endif %}
        {% if problem %}
            {{ exceptions.raise_compiler_error(
                "found the funnel '" ~ funnel ~ "' with " ~ problem ~ ". Correct seeds/funnel_steps.csv."
            ) }}
        {% endif %}
        {% do seen.append(funnel ~ ' ' ~ step) %}
        {% do places.update({funnel: places.get(funnel, []) + [row['sort_order'] | int]}) %}
    {% endfor %}
    {% for funnel, numbers in places.items() %}
        {% set n_places = numbers | unique | list | length %}
        {% if n_places < 2 or n_places > longest_possible_funnel() %}
            {{ exceptions.raise_compiler_error(
                "found the funnel '" ~ funnel ~ "' with " ~ n_places ~ " places; expected 2 to "
                ~ longest_possible_funnel() ~ ". Correct seeds/funnel_steps.csv."
            ) }}
        {% endif %}
    {% endfor %}

    {{ return('') }}

{% endmacro %}


{# Stop if a seed's file has other columns than these. #}
{% macro check_seed_columns(table, seed, expected) %}

    {% if table.column_names | sort != expected | sort %}
        {{ exceptions.raise_compiler_error(
            "found the columns " ~ table.column_names | join(', ') ~ " in seeds/" ~ seed ~ ".csv; expected "
            ~ expected | join(', ') ~ ". Correct the file."
        ) }}
    {% endif %}

{% endmacro %}
