{# The columns of an event that are ids: its own, those of a person, and its session's. #}
{% macro event_ids() -%}
    {{ return(['event_id'] + person_identifiers() + ['session_id']) }}
{%- endmacro %}


{# The columns of an event that say who it was; at least one of them must be known. #}
{% macro person_identifiers() -%}
    {{ return(['anonymous_id', 'user_id', 'crm_id', 'email', 'email_sha256', 'phone']) }}
{%- endmacro %}


{# An identifier as events have it: e-mails in lower case, of phones the digits. #}
{% macro standard_identifier(type_column, identifier) -%}
    case
        when {{ type_column }} in ('email', 'email_sha256') then lower({{ identifier }})
        when {{ type_column }} = 'phone' then nullif({{ digits(identifier) }}, '')
        else {{ identifier }}
    end
{%- endmacro %}
