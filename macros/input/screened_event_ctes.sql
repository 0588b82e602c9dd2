{#
    CTEs that set events aside by the first rule that they break on their own: `screened`
    has event_columns() and broken_rule. The query has the CTEs forgotten_users and
    excluded_users.

    staged: the CTE with the staged events.
#}
{% macro screened_event_ctes(staged) -%}
{%- set people = person_identifiers() -%}
{%- set texts = dict() -%}
{%- for type in people %}
{%- do texts.update({type: staged ~ '.' ~ type}) %}
{%- endfor -%}
marked as (

    select
        {{ staged }}.*,
        {{ is_of_forgotten_person(texts) }} as is_of_forgotten_user
    from {{ staged }}
    {{ kept_apart() }}

),

-- Of a forgotten user's event nothing is left but that there is one, so that events in
-- are still events kept and events set aside.
events as (

    select
        {%- for column in event_columns() %}
        case when not is_of_forgotten_user then {{ column }} end as {{ column }},
        {%- endfor %}
        is_of_forgotten_user
    from marked

),

screened as (

    select
        events.{{ event_columns() | join(',\n        events.') }},
        case
            when events.is_of_forgotten_user then 'forgotten_user'
            when coalesce(events.{{ people | join(', events.') }}) is null
                then 'no_identifier'
            -- No index could hold it.
            when
                length(events.raw_event_type) > {{ longest_text() }}
                {%- for column in ['source'] + event_ids() %}
                or length(events.{{ column }}) > {{ longest_text() }}
                {%- endfor %}
                then 'overlong_id'
            when events.source is null then 'null_source'
            when events.raw_event_type is null then 'null_event_type'
            when events.occurred_at is null then 'null_occurred_at'
            when
                events.occurred_at > {{ dbt.current_timestamp() }}
                then 'occurred_in_the_future'
            when
                events.occurred_at < '{{ var("earliest_event_date") }}'
                then 'occurred_too_early'
            when excluded_users.user_id is not null then 'excluded_user'
        end as broken_rule
    from events
    left join excluded_users
        on events.user_id = excluded_users.user_id


)
{%- endmacro %}
