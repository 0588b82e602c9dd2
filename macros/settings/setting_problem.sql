{#
    What is wrong with one setting's value, in words, or an empty text.
#}
{% macro setting_problem(name, value, rule) %}

    {% set kind = rule['type'] %}
    {% set or_word = ', or the word ' ~ rule['or'] if 'or' in rule else '' %}

    {% if kind in ('integer', 'number') %}
        {% if value is boolean or value is not number or (kind == 'integer' and value is not integer) %}
            {{ return('expected ' ~ ('a whole number' if kind == 'integer' else 'a number')) }}
        {% endif %}
        {# Not the other way round: NaN is neither too small nor too large. #}
        {% if not (value >= rule['min'] and value <= rule['max']) %}
            {{ return('expected a value from ' ~ rule['min'] ~ ' to ' ~ rule['max']) }}
        {% endif %}
    {% elif kind == 'list' %}
        {% if value is string or value is mapping or value is not iterable
            or (value | length == 0 and not rule['may_be_empty']) %}
            {{ return('expected a list' ~ (' that is not empty' if not rule['may_be_empty'] else '') ~ or_word) }}
        {% endif %}
        {% if rule['of'] == 'names' and value | reject('string') | list %}
            {{ return('expected a list of names' ~ or_word) }}
        {% endif %}
    {% elif kind == 'numbers' %}
        {% set range_ends = modules.re.fullmatch('([0-9]+)-([0-9]+)', value) if value is string %}
        {% set numbers = [range_ends.group(1) | int, range_ends.group(2) | int] if range_ends else value %}
        {% set numbers = numbers if numbers is iterable and numbers is not string and numbers is not mapping else [numbers] %}
        {% if numbers | length == 0 or numbers | reject('integer') | list or numbers | select('boolean') | list
            or (range_ends and numbers[0] > numbers[1]) or numbers | unique | list | length < numbers | length and not range_ends %}
            {{ return('expected a whole number, a range such as 1-8 or a list of different numbers') }}
        {% endif %}
        {% if numbers | min < rule['min'] or numbers | max > rule['max'] %}
            {{ return('expected a value from ' ~ rule['min'] ~ ' to ' ~ rule['max'] ~ ', or a range or list of such') }}
        {% endif %}
    {% elif kind == 'presets' %}
        {% if value is not mapping or not value %}
            {{ return('expected a mapping from the name of a preset to what it sets') }}
        {% endif %}
        {% for preset, set_values in value.items() %}
            {% set keys = ['features', 'emissions', 'levels', 'traits'] %}
            {% if set_values is not mapping or set_values.keys() | map('string') | sort != keys | sort
                or set_values['features'] is string or set_values['features'] is not sequence or not set_values['features']
                or set_values['features'] is mapping or set_values['features'] | reject('string') | list
                or set_values['emissions'] not in ('gaussian', 'mixed') or set_values['traits'] not in ('drop', 'keep')
                or set_values['levels'] is boolean or set_values['levels'] is not integer
                or set_values['levels'] < 1 or set_values['levels'] > 20 %}
                {{ return(
                    'expected under ' ~ preset ~ ' features (a list), emissions (gaussian or mixed), levels (1 to 20) and'
                    ~ ' traits (drop or keep)'
                ) }}
            {% endif %}
        {% endfor %}
    {% elif kind == 'preset' %}
        {% if value is not string or value not in setting('hmm.presets') %}
            {{ return('expected one of hmm.presets: ' ~ setting('hmm.presets') | join(', ')) }}
        {% endif %}
    {% elif kind == 'value_lists' %}
        {% if value is not mapping %}
            {{ return('expected a mapping from a standard value to a list of raw values') }}
        {% endif %}
        {% for key in rule['keys'] if key not in value %}
            {{ return('expected the key ' ~ key ~ ', because features need it') }}
        {% endfor %}
        {% for key in value if key is not string or not modules.re.fullmatch('[A-Za-z][A-Za-z0-9_ ]*', key) %}
            {{ return('expected a word of letters and digits as every key') }}
        {% endfor %}
        {% set compared = [] %}
        {% for raw_values in value.values() %}
            {% if raw_values is string or raw_values is mapping or raw_values is not sequence or raw_values | length == 0 %}
                {{ return('expected a list of raw values under every key') }}
            {% endif %}
            {% for raw_value in raw_values %}
                {% if raw_value is boolean or (raw_value is not string and raw_value is not integer)
                    or raw_value | string | trim == '' or has_control_characters(raw_value | string) %}
                    {{ return('expected texts under every key, in quotes if YAML reads them as something else') }}
                {% endif %}
            {% endfor %}
            {% do compared.extend(raw_values | map('string') | map('trim') | map('lower') | unique | list) %}
        {% endfor %}
        {% if compared | unique | list | length < compared | length %}
            {{ return('expected each raw value under one key; upper case and spaces around it do not count') }}
        {% endif %}
    {% elif kind == 'choice' %}
        {% if value not in rule['values'] %}
            {{ return('expected one of ' ~ rule['values'] | join(', ') ~ or_word) }}
        {% endif %}
    {% elif kind == 'boolean' %}
        {% if value is not boolean %}
            {{ return('expected true or false') }}
        {% endif %}
    {% elif kind == 'text' %}
        {% if value is not string or has_control_characters(value) %}
            {{ return('expected text') }}
        {% endif %}
    {% elif kind == 'name' %}
        {% if value is not string or value | trim == '' or value | length > 63 or has_control_characters(value)
            or modules.re.search('[\'"\\\\]', value) %}
            {{ return('expected a name: 1 to 63 characters without quotes') }}
        {% endif %}
    {% elif kind == 'embedder' %}
        {% set names = ['auto', 'tfidf_svd', 'minilm_int8', 'column'] %}
        {% if value is not string or has_control_characters(value)
            or not (value in names or modules.re.fullmatch('sentence_transformers:\\S.*', value)) %}
            {{ return('expected ' ~ names | join(', ') ~ ', or sentence_transformers: and the name or folder of a network') }}
        {% endif %}
    {% elif kind == 'currency' %}
        {% if value is not string or not modules.re.fullmatch('[A-Z]{3}', value) %}
            {{ return('expected an ISO code of three capital letters, such as EUR') }}
        {% endif %}
    {% else %}
        {% set is_empty = value is none or value == '' %}
        {% if not (kind == 'optional_date' and is_empty) and not is_iso_date(value) %}
            {{ return('expected a day as YYYY-MM-DD') }}
        {% endif %}
    {% endif %}

    {{ return('') }}

{% endmacro %}


{# Whether a text has characters that cannot be shown or stored. #}
{% macro has_control_characters(text) %}
    {{ return(modules.re.search('[\\x00-\\x1f\\x7f\\ud800-\\udfff]', text) is not none) }}
{% endmacro %}
