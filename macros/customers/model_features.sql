{#
    The features that models of customers read: those of the seed customer_features with
    is_feature. A test compares both.
#}
{% macro model_features() %}
    {{ return([
        'n_blogs_viewed', 'n_pages_per_session', 'n_product_features_used', 'n_product_features_used_per_day',
        'n_videos_viewed', 'n_website_sessions', 'n_website_views', 'n_whitepapers_viewed', 'avg_sessions_per_day',
        'avg_time_per_session', 'converted_to_sale', 'customer_age',
    ]) }}
{% endmacro %}


{# One of them as a double, 0 or 1 for a boolean. #}
{% macro model_feature_number(feature) -%}

    {%- if feature.split('.')[-1] == 'converted_to_sale' -%}
        cast(cast({{ feature }} as {{ dbt.type_int() }}) as {{ type_double() }})
    {%- else -%}
        cast({{ feature }} as {{ type_double() }})
    {%- endif -%}

{%- endmacro %}
