{#
    Pairs of identifiers that another tool has linked. The table is optional. Without it
    this view has no rows. A pair without a probability is certain.
#}
{%- set columns = source_columns(var('identities_table'), required={
    'identifier_type': 'any',
    'identifier': 'any',
    'other_type': 'any',
    'other_identifier': 'any',
}) -%}
{%- set is_absent = execute and columns is none -%}
{%- set columns = {} if is_absent else columns -%}

with

{% if is_absent -%}
source as (

    select
        cast(null as {{ dbt.type_string() }}) as identifier_type,
        cast(null as {{ dbt.type_string() }}) as identifier,
        cast(null as {{ dbt.type_string() }}) as other_type,
        cast(null as {{ dbt.type_string() }}) as other_identifier
    where false

),
{%- else -%}
source as (

    select * from {{ source('app', 'identities') }}

),
{%- endif %}

renamed as (

    select
        lower({{ trimmed_id('identifier_type') }}) as identifier_type,
        {{ trimmed_id('identifier') }} as raw_identifier,
        lower({{ trimmed_id('other_type') }}) as other_type,
        {{ trimmed_id('other_identifier') }} as raw_other_identifier,
        {{ optional_column(columns, 'linked_at', 'timestamp') }} as linked_at,
        {{ trimmed_id(optional_column(columns, 'source', 'text')) }} as source,
        {{ optional_column(columns, 'probability', 'number') }} as probability
    from source

),

-- As the identifiers of events are written.
standardised as (

    select
        identifier_type,
        {{ standard_identifier('identifier_type', 'raw_identifier') }} as identifier,
        other_type,
        {{ standard_identifier('other_type', 'raw_other_identifier') }}
            as other_identifier,
        linked_at,
        source,
        coalesce(probability, 1) as probability
    from renamed

),

judged as (

    select
        *,
        case
            when
                not coalesce(
                    {{ is_one_of('identifier_type', person_identifiers()) }}, false
                )
                or not coalesce(
                    {{ is_one_of('other_type', person_identifiers()) }}, false
                )
                then 'unknown_type'
            when identifier is null or other_identifier is null
                then 'missing_identifier'
            when
                identifier_type = other_type
                and identifier = other_identifier
                then 'itself'
        end as refused_because
    from standardised

)

select * from judged
