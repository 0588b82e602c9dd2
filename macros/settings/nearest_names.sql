{#
    The known names with the smallest edit distance (Levenshtein) from a misspelt one, for
    an error to suggest. Empty if more than half of the letters differ, or if it is far too long.
#}
{% macro nearest_names(misspelt, names) %}

    {% if misspelt | length > 60 %}
        {{ return([]) }}
    {% endif %}
    {% set distances = {} %}
    {% for name in names %}
        {# Rows of the table of distances between the beginnings of both words; the last one is needed. #}
        {% set rows = [range(name | length + 1) | list] %}
        {% for letter in misspelt %}
            {% set above, row = rows[-1], [loop.index] %}
            {% for other in name %}
                {% set exchanged = above[loop.index0] + (0 if letter == other else 1) %}
                {% do row.append([exchanged, above[loop.index] + 1, row[-1] + 1] | min) %}
            {% endfor %}
            {% do rows.append(row) %}
        {% endfor %}
        {% do distances.update({name: rows[-1][-1]}) %}
    {% endfor %}

    {% set nearest = [] %}
    {% set least = distances.values() | min %}
    {% for name, distance in distances.items() if distance == least and 2 * least <= misspelt | length %}
        {% do nearest.append(name) %}
    {% endfor %}
    {{ return(nearest) }}

{% endmacro %}
