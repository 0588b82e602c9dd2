{#
    What is wrong with one entry of the var `features`, in words, or an empty text. The
    comment above the var says what each key means.
#}
{% macro feature_problem(feature) %}

    {% set allowed = {
        'silent_week': ['zero', 'carried', 'growing'],
        'family': ['binary', 'continuous', 'count', 'share', 'parts', 'categorical'],
        'transform': ['log1p', 'none'],
        'evidence': ['week', 'later_week', 'request', 'ride', 'none'],
    } %}
    {% set required = ['name'] + allowed.keys() | list + ['default', 'source'] %}
    {# Keys that one family has, and no other. #}
    {% set own_key = {'share': 'of', 'parts': 'columns', 'categorical': 'categories'} %}
    {% set optional = ['cap', 'label', 'trait'] + own_key.values() | list %}

    {% if feature is not mapping %}
        {{ return('expected a mapping with the keys ' ~ required | join(', ')) }}
    {% endif %}
    {% for key in required if key not in feature %}
        {{ return('expected the key ' ~ key) }}
    {% endfor %}
    {% if 'words' in feature %}
        {{ return('expected no words, because names say only what users do: leave them out, or give a trait such as phone, which descriptions mention') }}
    {% endif %}
    {% for key in feature if key not in required + optional %}
        {{ return('expected no key ' ~ key ~ ', but only ' ~ (required + optional) | join(', ')) }}
    {% endfor %}
    {% for key in ('name', 'source') %}
        {% if feature[key] is not string or not modules.re.fullmatch('[a-z][a-z0-9_]*', feature[key]) %}
            {{ return('expected the name of a column as its ' ~ key) }}
        {% endif %}
    {% endfor %}
    {% for key, values in allowed.items() if feature[key] not in values %}
        {{ return('expected ' ~ key ~ ' to be one of ' ~ values | join(', ')) }}
    {% endfor %}
    {% if feature['default'] is boolean or feature['default'] is not number %}
        {{ return('expected a number as its default') }}
    {% endif %}
    {% if feature['family'] not in ('continuous', 'count') and feature['transform'] != 'none' %}
        {{ return('expected the transform none, because only continuous features and counts are transformed') }}
    {% endif %}
    {% for family, key in own_key.items() %}
        {% if feature['family'] == family and key not in feature %}
            {{ return('expected the key ' ~ key ~ ', because its family is ' ~ family) }}
        {% elif feature['family'] != family and key in feature %}
            {{ return('expected no key ' ~ key ~ ', which only the family ' ~ family ~ ' has') }}
        {% endif %}
    {% endfor %}
    {% if 'of' in feature and (feature['of'] is not string or not modules.re.fullmatch('[a-z][a-z0-9_]*', feature['of'])) %}
        {{ return('expected the name of a column as its of') }}
    {% endif %}
    {% if 'columns' in feature %}
        {% set columns = feature['columns'] %}
        {% if columns is string or columns is mapping or columns is not iterable or columns | length < 2
            or columns | unique | list | length < columns | length %}
            {{ return('expected a list of two or more different columns as its columns') }}
        {% endif %}
        {% for column in columns if column is not string or not modules.re.fullmatch('[a-z][a-z0-9_]*', column) %}
            {{ return('expected the names of columns as its columns') }}
        {% endfor %}
    {% endif %}
    {% if 'categories' in feature and (feature['categories'] is boolean or feature['categories'] is not integer
        or feature['categories'] < 2 or feature['categories'] > 50) %}
        {{ return('expected a whole number from 2 to 50 as its categories') }}
    {% endif %}
    {% if feature['family'] in ('count', 'share', 'parts') and feature['silent_week'] != 'zero' %}
        {{ return('expected its silent_week to be zero, because a ' ~ feature['family'] ~ ' is of one week') }}
    {% endif %}
    {% if feature['family'] in ('share', 'parts') and feature['evidence'] not in ('request', 'ride') %}
        {{ return('expected its evidence to be request or ride, because a silent week has nothing to divide') }}
    {% endif %}
    {% if feature['silent_week'] == 'carried' and feature['evidence'] in ('week', 'later_week') %}
        {{ return('expected its evidence to be request, ride or none, because a silent week only repeats a carried value') }}
    {% endif %}
    {% if 'cap' in feature and feature['silent_week'] != 'growing' %}
        {{ return('expected no cap, because only growing features have one') }}
    {% endif %}
    {% if feature['silent_week'] == 'growing' and 'cap' not in feature %}
        {{ return('expected the key cap, because it grows: a var that is a whole number, or none') }}
    {% endif %}
    {% if feature.get('cap', 'none') != 'none'
        and (feature['cap'] is not string or var(feature['cap'], none) is not integer) %}
        {{ return('expected the name of a var that is a whole number, or none, as its cap') }}
    {% endif %}

    {% if 'label' in feature %}
        {% set label = feature['label'] %}
        {% if label is not mapping or label.get('text') is not string or label.get('unit', '') is not string
            or label.get('kind') not in ('share', 'number', 'price')
            or label.keys() | reject('in', ['text', 'unit', 'kind', 'parts', 'repeats']) | list %}
            {{ return('expected a label with a text, a kind (share, number or price) and optionally a unit') }}
        {% endif %}
        {% if 'parts' in label and (label['parts'] is string or label['parts'] is not sequence
            or label['parts'] | length != feature.get('columns', []) | length) %}
            {{ return('expected as many texts in the parts of its label as it has columns') }}
        {% endif %}
    {% endif %}

    {% if 'repeats' in feature.get('label', {}) and (feature['label']['repeats'] is not string
        or feature['label']['repeats'] == feature['name']) %}
        {{ return('expected the name of another feature as the repeats of its label') }}
    {% endif %}

    {% if 'trait' in feature and feature['trait'] is not string %}
        {{ return('expected a word as its trait, such as phone') }}
    {% endif %}

    {{ return('') }}

{% endmacro %}
