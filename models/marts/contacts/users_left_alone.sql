{#
    Users to whom nothing may be sent now. Lists and the outbox leave them out.
#}
with

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
        contacts.user_id,
        contacts.customer_id,
        contacts.is_opted_out,
        coalesce(sides.is_holdout, contacts.is_holdout) as is_holdout
    from contacts
    left join sides
        on contacts.contact_id = sides.contact_id

),

selected as (

    select
        user_id,
        customer_id,
        is_opted_out,
        is_holdout,
        case when is_opted_out then 'opted_out' else 'held_out' end as reason
    from judged
    where is_opted_out or is_holdout

)

select * from selected
