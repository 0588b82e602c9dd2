{#
    What hmm.features, hmm.emissions or hmm.levels is if it says `preset`. Python has the same
    rule in scripts/user_states/presets.py; a test compares the two.

    Levels belong to a count. Without one, or in Gaussian emissions, there is one level; and
    where the model reads nothing else, three are enough.
#}
{% macro preset_value(knob) %}

    {% set presets, chosen = setting('hmm.presets'), setting('hmm.preset') %}
    {% if presets is not mapping or presets.get(chosen) is not mapping %}
        {{ exceptions.raise_compiler_error(
            "found the var hmm.preset = " ~ tojson(chosen) ~ "; expected one of hmm.presets: "
            ~ (presets.keys() | join(', ') if presets is mapping else tojson(presets))
            ~ ". Correct it in dbt_project.yml or --vars."
        ) }}
    {% endif %}
    {% if knob not in presets[chosen] %}
        {{ exceptions.raise_compiler_error(
            "found no " ~ knob ~ " under " ~ chosen ~ " in the var hmm.presets; expected features, emissions, levels"
            ~ " and traits under each preset. Correct it in dbt_project.yml or --vars."
        ) }}
    {% endif %}
    {% set value = presets[chosen][knob] %}
    {% if knob != 'levels' %}
        {{ return(value) }}
    {% endif %}

    {% set names = setting('hmm.features') %}
    {% set counts = var('features') | selectattr('family', 'equalto', 'count') | map(attribute='name')
        | select('in', names) | list %}
    {% if not counts or setting('hmm.emissions') != 'mixed' %}
        {{ return(1) }}
    {% endif %}
    {{ return([value, 3] | min if names | length == 1 else value) }}

{% endmacro %}
