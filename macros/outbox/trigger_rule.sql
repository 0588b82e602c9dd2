{#
    What a trigger watches, as one text: a trigger whose rule changes begins anew.

    triggers: the CTE or alias with the triggers.
#}
{% macro trigger_rule(triggers='triggers') -%}
    {{ triggers }}.trigger
        || ':' || {{ triggers }}.watches
        || ':' || {{ triggers }}.watched_name
        || ':' || {{ triggers }}.change
        || coalesce(':' || cast({{ triggers }}.threshold as {{ dbt.type_string() }}), '')
        || coalesce(':' || {{ triggers }}.experiment, '')
{%- endmacro %}


{#
    Statements that record since when each trigger writes messages: the moment of the first
    build that has it enabled. Nothing that happened before is ever sent. Only the first
    triggers of all may begin at another moment, that of the var outbox_begins_at. A
    trigger that was disabled begins anew.

    triggers: the relation of the seed.
#}
{% macro begun_triggers(triggers) %}

    {% if not execute %}
        {{ return('') }}
    {% endif %}

    {% set beginnings = adapter.quote(prefixed_schema('outbox')) ~ '.trigger_beginnings' %}
    {% set now = current_instant() %}
    {% set first = "cast('" ~ var('outbox_begins_at') ~ "' as " ~ type_instant() ~ ")" if var('outbox_begins_at') else now %}
    {% set rule = trigger_rule('triggers') %}
    {{ return(
        "insert into " ~ beginnings ~ " (trigger_rule, trigger, begins_at)
        select
            " ~ rule ~ ", triggers.trigger,
            case when exists (select 1 from " ~ beginnings ~ ") then " ~ now ~ " else " ~ first ~ " end
        from " ~ triggers ~ " as triggers
        where triggers.is_enabled
            and not exists (
                select 1 from " ~ beginnings ~ " as known where known.trigger_rule = " ~ rule ~ "
            );
        update " ~ beginnings ~ " set begins_at = null
        where begins_at is not null
            and trigger_rule not in (
                select " ~ rule ~ " from " ~ triggers ~ " as triggers where triggers.is_enabled
            );
        update " ~ beginnings ~ " set begins_at = " ~ now ~ "
        where begins_at is null
            and trigger_rule in (
                select " ~ rule ~ " from " ~ triggers ~ " as triggers where triggers.is_enabled
            )"
    ) }}

{% endmacro %}
