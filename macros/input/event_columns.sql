{# What an event has beside its ids: the columns that copies of it are compared by. #}
{% macro event_attributes() -%}
    {{ return([
        'source', 'raw_event_type', 'event_type', 'occurred_at', 'duration_seconds',
        'page_path', 'content_type', 'feature_name', 'is_advanced_feature', 'product_category', 'preference',
        'value', 'currency', 'platform', 'app_version', 'country', 'city', 'time_zone', 'impossible_values',
    ]) }}
{%- endmacro %}


{# All columns of a staged event. #}
{% macro event_columns() -%}
    {{ return(event_ids() + event_attributes() + ['is_known_event_type', 'loaded_at']) }}
{%- endmacro %}
