{#
    Who of the customers may be written to, by what the CRM says and by one hash. A
    customer has opted out if a CRM record that says so names any of their identifiers.
    That is wider than the joined record: a link to it may have been refused.
#}
{%- set identifiers = ['crm_id', 'user_id', 'email', 'email_sha256', 'phone'] %}

with

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

crm_records as (

    select * from {{ ref('stg_app__customers') }}

),

opted_out_identifiers as (

    {%- for identifier in identifiers %}
    select '{{ identifier }}:' || {{ identifier }} as identifier_key
    from crm_records
    where is_opted_out
    {%- if not loop.last %}
    union
    {%- endif %}
    {%- endfor %}

),

grouped as (

    select
        customer_identifiers.customer_id,
        count(opted_out_identifiers.identifier_key) > 0 as is_opted_out,
        {{ is_held_out('customer_identifiers.customer_id') }} as is_holdout
    from customer_identifiers
    left join opted_out_identifiers
        on
            customer_identifiers.identifier_key
            = opted_out_identifiers.identifier_key
    group by customer_identifiers.customer_id

)

select * from grouped
