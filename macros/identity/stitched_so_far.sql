{#
    What earlier builds stitched: `spells`, the table of int_identifier_spells, `facts`, that
    of int_stitched_facts, and `weeks`, that of int_stitched_weeks, or none if there is none.
    None if everything is stitched in this build: the first one, one with --full-refresh, and
    one that finds tables of another form. For the models before these, which cannot read
    them by `ref`.
#}
{% macro stitched_so_far() %}

    {% if not execute or flags.FULL_REFRESH %}
        {{ return(none) }}
    {% endif %}
    {% set spells = stitching_table('int_identifier_spells') %}
    {% set facts = stitching_table('int_stitched_facts') %}
    {% if spells is none or facts is none %}
        {{ return(none) }}
    {% endif %}
    {% set present = adapter.get_columns_in_relation(facts) | map(attribute='name') | list %}
    {% if 'link_checksum' not in present %}
        {{ return(none) }}
    {% endif %}
    {{ return({
        'spells': spells, 'facts': facts, 'weeks': stitching_table('int_stitched_weeks')
    }) }}

{% endmacro %}


{# The table of a model beside this one; none if there is none. #}
{% macro stitching_table(model) %}
    {{ return(load_relation(this.incorporate(path={'identifier': model}))) }}
{% endmacro %}


{#
    Statements that delete the spells that this build stitches again, and what they were
    stitched from. If the build fails after this, the next one looks into all weeks, and finds
    these facts as new. Where everything is stitched, the table of spells is replaced anyway.
#}
{% macro forget_touched_spells(touched) %}

    {% if not execute or flags.FULL_REFRESH %}
        {{ return('') }}
    {% endif %}
    {% set kept = stitched_so_far() %}
    {% if kept is none %}
        {% set facts = stitching_table('int_stitched_facts') %}
        {{ return('delete from ' ~ facts if facts else '') }}
    {% endif %}
    {{ return(
        'delete from ' ~ kept.spells ~ ' where identifier_key in (select identifier_key from '
        ~ touched ~ ' where identifier_key is not null);'
        ~ ' delete from ' ~ kept.facts ~ ' where customer_id in (select customer_id from '
        ~ touched ~ ' where customer_id is not null)'
        ~ ('; delete from ' ~ kept.weeks if kept.weeks else '')
    ) }}

{% endmacro %}


{# Says in the log how much is stitched again. #}
{% macro log_touched_identifiers(touched) %}

    {% if execute and changes_tables() %}
        {% if stitched_so_far() is none %}
            {% do log('identity: all identifiers are stitched, as in a first build', info=true) %}
        {% else %}
            {% set row = run_query('select count(identifier_key) from ' ~ touched).rows[0] %}
            {% do log('identity: ' ~ row[0] ~ ' identifiers are stitched again, the others stay', info=true) %}
        {% endif %}
    {% endif %}
    {{ return('') }}

{% endmacro %}


{# What a change of an identifier is noticed by; `identifiers` has the columns. #}
{% macro identifier_checksum(identifiers) -%}
    {{ sighting_checksum(
        [identifiers ~ '.identifier_key'],
        identifiers ~ '.first_seen_at',
        days_from("cast('2000-01-03' as date)", identifiers ~ '.first_week_start') ~ ' * 1000 + ' ~ identifiers ~ '.priority'
    ) }}
{%- endmacro %}


{# What a change of an edge is noticed by. #}
{% macro edge_checksum(edges) -%}
    {{ sighting_checksum(
        [edges ~ '.to_key', edges ~ '.from_key'],
        edges ~ '.first_seen_at',
        days_from("cast('2000-01-03' as date)", edges ~ '.first_week_start')
    ) }}
{%- endmacro %}
