-- depends_on: {{ ref('int_moved_anchors') }}
-- depends_on: {{ ref('int_touched_identifiers') }}
{#
    The identifiers to stitch in this build, numbered by age: customers with an id first,
    then by first sighting. All steps until the last one use numbers, which are much
    quicker to join than text. The order begins with a whole number that tells most of
    them apart, which sorts more quickly than two columns of which one is mostly null.
#}
with

identifiers as (

    select * from {{ ref('int_stitchable_identifiers') }}

),

{% if stitched_so_far() is not none %}
touched as (

    select * from {{ ref('int_touched_identifiers') }}

),
{% endif %}

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

numbered as (

    select
        identifiers.identifier_key,
        identifiers.first_week_start,
        minted.customer_id,
        row_number() over (
            order by
                coalesce(
                    minted.customer_number,
                    1000000000000000
                    + cast(
                        {{ epoch_seconds('identifiers.first_seen_at') }}
                        as {{ dbt.type_bigint() }}
                    )
                ),
                identifiers.first_seen_at,
                identifiers.priority,
                identifiers.identifier_key
        ) as identifier_number,
        {{ identifier_checksum('identifiers') }} as fact_checksum
    from identifiers
    {% if stitched_so_far() is not none %}
    inner join touched
        on identifiers.identifier_key = touched.identifier_key
    {% endif %}
    left join minted
        on identifiers.identifier_key = minted.identifier_key

)

select * from numbered
