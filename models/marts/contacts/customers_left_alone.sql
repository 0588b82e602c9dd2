{#
    Customers to whom nothing may be sent now. Triggers and experiments leave them out.
#}
with

customer_contacts as (

    select * from {{ ref('int_customer_contacts') }}

),

contacts as (

    select * from {{ ref('int_user_contacts') }}

),

spells as (

    select * from {{ ref('audiences') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

sides as (

    {{ sides_of_contacts('spells', 'contacts', 'as_of_week') }}

),

judged as (

    select
        customer_contacts.customer_id,
        customer_contacts.is_opted_out,
        coalesce(sides.is_holdout, customer_contacts.is_holdout) as is_holdout
    from customer_contacts
    left join sides
        on customer_contacts.customer_id = sides.contact_id

),

selected as (

    select
        customer_id,
        is_opted_out,
        is_holdout,
        case when is_opted_out then 'opted_out' else 'held_out' end as reason
    from judged
    where is_opted_out or is_holdout

)

select * from selected
