{#
    Stop before the seed audience_rules is loaded if its file has other columns, or a
    rule about an unknown fact. It is a pre-hook of that seed and reads the seed's file.
#}
{% macro check_audience_rules() %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set rules = load_agate_table() %}
    {% set expected = ['audience', 'fact', 'least', 'most'] %}

    {% if rules.column_names | sort != expected %}
        {{ exceptions.raise_compiler_error(
            "found the columns " ~ rules.column_names | join(', ') ~ " in seeds/audience_rules.csv; expected "
            ~ expected | join(', ') ~ ": one row for each fact that an audience has a rule about."
            ~ rewritten_audience_rules(rules)
        ) }}
    {% endif %}

    {% set facts = audience_facts() %}
    {% for rule in rules.rows if rule['fact'] not in facts %}
        {% set nearest = nearest_names(rule['fact'] | string, facts) %}
        {{ exceptions.raise_compiler_error(
            "found the fact '" ~ rule['fact'] ~ "' of the audience " ~ rule['audience']
            ~ " in seeds/audience_rules.csv"
            ~ ("; did you mean " ~ nearest | join(' or ') ~ "? Expected" if nearest else "; expected")
            ~ " one of: " ~ facts | join(', ') ~ ". Correct the file."
        ) }}
    {% endfor %}

    {{ return('') }}

{% endmacro %}
