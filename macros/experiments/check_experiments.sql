{#
    Stop before the seed experiments is loaded if one of its rows cannot be used. It is a
    pre-hook of that seed and reads the seed's file.
#}
{% macro check_experiments() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set file = load_agate_table() %}
    {% do check_columns_of_seed(file, 'experiments', [
        'experiment', 'title', 'description', 'population', 'assigned_by', 'starts_on', 'ends_on',
        'follow_days', 'metrics', 'alpha', 'power', 'minimal_effect',
    ]) %}
    {% set earlier = [] %}
    {% for row in file.rows %}
        {% set problem = experiment_problem(row) or overlapping_experiment(row, earlier) %}
        {% if problem %}
            {{ exceptions.raise_compiler_error(
                "found the experiment '" ~ row['experiment'] ~ "' with " ~ problem
                ~ ". Correct seeds/experiments.csv."
            ) }}
        {% endif %}
        {% do earlier.append(row) %}
    {% endfor %}
    {{ return('') }}

{% endmacro %}


{# Stop if the file of a seed has other columns than those expected. #}
{% macro check_columns_of_seed(file, seed, expected) %}

    {% if file.column_names | sort != expected | sort %}
        {{ exceptions.raise_compiler_error(
            "found the columns " ~ file.column_names | join(', ') ~ " in seeds/" ~ seed ~ ".csv; expected "
            ~ expected | join(', ') ~ ". Correct the file."
        ) }}
    {% endif %}

{% endmacro %}


{# What is wrong with a row: what was found, and what was expected. Empty if nothing is. #}
{% macro experiment_problem(row) %}

    {% set known = experiment_metrics() | list %}
    {% set kinds = ['everybody', 'cohort', 'segment', 'state', 'audience', 'drop_off'] %}
    {% set metrics = (row['metrics'] or '') | string %}
    {% set population = (row['population'] or '') | string %}
    {% set parts = population.split(':') %}
    {% set n_parts = {'everybody': 1, 'drop_off': 3}.get(parts[0], 2) %}

    {% if not modules.re.fullmatch('[a-z][a-z0-9_]*', row['experiment'] | string) %}
        {{ return("this name; expected lower case letters, digits and underscores, a letter first") }}
    {% elif parts[0] not in kinds or parts | length != n_parts or '' in parts %}
        {{ return(
            "the population '" ~ population ~ "'; expected everybody, cohort:NAME, segment:KEY, state:KEY,"
            ~ " audience:NAME or drop_off:FUNNEL:STEP"
        ) }}
    {% elif row['assigned_by'] not in ['hash', 'tool'] %}
        {{ return("assigned_by '" ~ row['assigned_by'] ~ "'; expected hash or tool") }}
    {% elif not metrics.split() %}
        {{ return("no metrics; expected one or more of: " ~ known | join(', ')) }}
    {% endif %}
    {% for metric in metrics.split() if metric not in known %}
        {% set nearest = nearest_names(metric, known) %}
        {{ return(
            "the metric '" ~ metric ~ "'" ~ ("; did you mean " ~ nearest | join(' or ') ~ "? Expected" if nearest else "; expected")
            ~ " one of: " ~ known | join(', ')
        ) }}
    {% endfor %}
    {% for day in ['starts_on', 'ends_on'] if row[day] is not none and not is_iso_date(row[day]) %}
        {{ return(day ~ " '" ~ row[day] ~ "'; expected a day as YYYY-MM-DD, or nothing") }}
    {% endfor %}
    {% if row['starts_on'] is not none and row['ends_on'] is not none
        and row['ends_on'] | string < row['starts_on'] | string %}
        {{ return("ends_on " ~ row['ends_on'] ~ ", before it starts; expected a day from " ~ row['starts_on'] ~ " on") }}
    {% elif row['follow_days'] is none or row['follow_days'] | float < 1
        or row['follow_days'] | float != row['follow_days'] | int %}
        {{ return("follow_days " ~ row['follow_days'] ~ "; expected a whole number from 1 on") }}
    {% elif row['alpha'] is none or not 0.000001 <= row['alpha'] | float <= 0.5 %}
        {{ return("alpha " ~ row['alpha'] ~ "; expected a share from 0.000001 to 0.5, such as 0.05") }}
    {% elif row['power'] is none or not 0.5 <= row['power'] | float < 1 %}
        {{ return("power " ~ row['power'] ~ "; expected a share from 0.5 to below 1, such as 0.8") }}
    {% elif row['minimal_effect'] is none or row['minimal_effect'] | float <= 0 %}
        {{ return("minimal_effect " ~ row['minimal_effect'] ~ "; expected a share above 0, such as 0.1 for a tenth more") }}
    {% endif %}
    {{ return('') }}

{% endmacro %}


{# Two experiments with the same customers at the same time: each would change the other. #}
{% macro overlapping_experiment(row, earlier) %}

    {% set first, last = (row['starts_on'] or '0000') | string, (row['ends_on'] or '9999') | string %}
    {% for other in earlier if other['population'] == row['population'] %}
        {% if (other['starts_on'] or '0000') | string <= last
            and first <= (other['ends_on'] or '9999') | string %}
            {{ return(
                "the same population (" ~ row['population'] ~ ") and overlapping days as the experiment '"
                ~ other['experiment'] ~ "'; expected one after the other: set starts_on and ends_on,"
                ~ " or remove one of them"
            ) }}
        {% endif %}
    {% endfor %}
    {{ return('') }}

{% endmacro %}
