{#
    Wait until no pulse runs, and let none begin before this transaction ends. A pulse
    itself goes on: scripts/pulse.py holds the turn.
#}
{% macro wait_for_pulse() %}

    {% if is_pulse() %}
        {{ return('') }}
    {% endif %}
    {% set turn = turn_name('pulse') %}
    {% if not run_query(turn_if_free(turn)).columns[0].values()[0] %}
        {% do log('a pulse is running: this build begins when it has ended', info=true) %}
        {% do run_query(one_after_the_other(turn)) %}
    {% endif %}
    {{ return('') }}

{% endmacro %}


{# Whether the running command is the part of a pulse that updates tables. #}
{% macro is_pulse() %}
    {{ return('tag:pulse' in build_selection().split(' ')) }}
{% endmacro %}
