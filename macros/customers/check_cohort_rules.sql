{#
    Stop before the seed cohort_rules is loaded if one of its rules cannot be used. It is a
    pre-hook of that seed and reads the seed's file.
#}
{% macro check_cohort_rules() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set rules = load_agate_table() %}
    {% set expected = [
        'cohort', 'fact', 'operator', 'value', 'percentile', 'lookback_days', 'and_cohort', 'description',
        'title',
    ] %}
    {% if rules.column_names | sort != expected | sort %}
        {{ exceptions.raise_compiler_error(
            "found the columns " ~ rules.column_names | join(', ') ~ " in seeds/cohort_rules.csv; expected "
            ~ expected | join(', ') ~ ". Correct the file."
        ) }}
    {% endif %}

    {% set conditions = {} %}
    {% for rule in rules.rows %}
        {% do conditions.update({rule['cohort'] | string: rule['and_cohort']}) %}
    {% endfor %}
    {% for rule in rules.rows %}
        {% set problem = cohort_rule_problem(rule, conditions) %}
        {% if problem %}
            {{ exceptions.raise_compiler_error(
                "found the cohort '" ~ rule['cohort'] ~ "' with " ~ problem
                ~ ". Correct seeds/cohort_rules.csv."
            ) }}
        {% endif %}
    {% endfor %}

    {{ return('') }}

{% endmacro %}


{#
    What is wrong with a rule: what was found, and what was expected. Empty if nothing is.

    conditions: and_cohort of every cohort, by its name.
#}
{% macro cohort_rule_problem(rule, conditions) %}

    {% set fact, other = rule['fact'] | string, rule['and_cohort'] %}
    {% set kinds = [] %}
    {% set facts = [] %}
    {% for kind in ['count', 'clock', 'weekly'] %}
        {% do facts.extend(cohort_facts(kind)) %}
        {% if fact in cohort_facts(kind) %}
            {% do kinds.append(kind) %}
        {% endif %}
    {% endfor %}
    {% set has_value, has_percentile = rule['value'] is not none, rule['percentile'] is not none %}

    {% if not kinds %}
        {% set nearest = nearest_names(fact, facts) %}
        {{ return(
            "the fact '" ~ fact ~ "'" ~ ("; did you mean " ~ nearest | join(' or ') ~ "? Expected" if nearest else "; expected")
            ~ " one of: " ~ facts | join(', ')
        ) }}
    {% elif rule['operator'] not in ['>', '>=', '<', '<='] %}
        {{ return("the operator '" ~ rule['operator'] ~ "'; expected >, >=, < or <=") }}
    {% elif has_value == has_percentile %}
        {{ return(("both a value and a percentile" if has_value else "neither a value nor a percentile") ~ "; expected one of them") }}
    {% elif has_percentile and kinds[0] != 'weekly' %}
        {{ return(
            "a percentile of " ~ fact ~ "; expected a value, or one of the weekly facts: "
            ~ cohort_facts('weekly') | join(', ')
        ) }}
    {% elif has_percentile and not 0 <= rule['percentile'] | float <= 100 %}
        {{ return("the percentile " ~ rule['percentile'] ~ "; expected 0 to 100") }}
    {% elif has_value and kinds[0] == 'clock' and rule['value'] | float <= 0 %}
        {{ return(rule['value'] ~ " days; expected more than 0") }}
    {% elif (kinds[0] == 'count') != (rule['lookback_days'] is not none) %}
        {{ return(
            ("no lookback_days; expected the days that " ~ fact ~ " looks back") if kinds[0] == 'count'
            else "lookback_days; expected them for counts only: " ~ cohort_facts('count') | join(', ')
        ) }}
    {% elif rule['lookback_days'] is not none and rule['lookback_days'] | float <= 0 %}
        {{ return("lookback_days " ~ rule['lookback_days'] ~ "; expected more than 0") }}
    {% elif other is not none %}
        {% set name = other[4:] if other[:4] == 'not ' else other %}
        {% if name not in conditions or conditions[name] is not none or name == rule['cohort'] %}
            {{ return(
                "the condition '" ~ other ~ "'; expected another cohort that has no such condition itself, or `not` and its name"
            ) }}
        {% endif %}
    {% endif %}
    {{ return('') }}

{% endmacro %}
