{# Names that the catalog gives to the types which a column of the contract may have. #}
{% macro accepted_types() %}
    {{ return(adapter.dispatch('accepted_types', 'user_states')()) }}
{% endmacro %}

{% macro default__accepted_types() %}
    {{ return({
        'number': ['numeric', 'double precision', 'real', 'bigint', 'integer', 'smallint'],
        'timestamp': ['timestamp with time zone'],
        'boolean': ['boolean'],
    }) }}
{% endmacro %}
