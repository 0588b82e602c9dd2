{#
    The files to write instead of an audience_rules.csv of the earlier form: one row for
    each audience, with columns min_… and max_… for each fact. Empty for any other file.
#}
{% macro rewritten_audience_rules(wide) %}

    {% set facts = [] %}
    {% for column in wide.column_names if column[:4] in ('min_', 'max_') and column[4:] not in facts %}
        {% do facts.append(column[4:]) %}
    {% endfor %}
    {% if not facts or 'audience' not in wide.column_names %}
        {{ return(' Correct the file.') }}
    {% endif %}

    {% set rules, definitions = ['audience,fact,least,most'], ['audience,description,state_keys,home_city'] %}
    {% for row in wide.rows %}
        {% for fact in facts %}
            {% set least, most = row.get('min_' ~ fact), row.get('max_' ~ fact) %}
            {% if least is not none or most is not none %}
                {% do rules.append(csv_line([row['audience'], fact, least, most])) %}
            {% endif %}
        {% endfor %}
        {% do definitions.append(csv_line(
            [row['audience'], row.get('description'), row.get('state_keys'), row.get('home_city')]
        )) %}
    {% endfor %}

    {{ return(
        " Your file has the form of an earlier version. The same rules in the new form are:"
        ~ "\n\nseeds/audience_rules.csv\n" ~ rules | join('\n')
        ~ "\n\nseeds/audience_definitions.csv\n" ~ definitions | join('\n') ~ "\n"
    ) }}

{% endmacro %}
