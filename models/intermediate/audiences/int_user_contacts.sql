{#
    Who of the users may be written to. A user is treated as their customer is, so that
    several users of one customer are on the same side. A user without a customer has a
    hash of their own.
#}
with

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

customer_contacts as (

    select * from {{ ref('int_customer_contacts') }}

),

crm_records as (

    select * from {{ ref('stg_app__customers') }}

),

users as (

    select user_id from request_weeks
    union
    -- Spells may have users whose rides are after the day as of which this is built.
    select identifier as user_id from customer_identifiers
    where identifier_type = 'user_id'

),

opted_out_users as (

    select distinct user_id from crm_records
    where is_opted_out and user_id is not null

),

joined as (

    select
        users.user_id,
        customer_identifiers.customer_id,
        coalesce(customer_identifiers.customer_id, users.user_id) as contact_id,
        coalesce(customer_contacts.is_opted_out, false)
        or opted_out_users.user_id is not null as is_opted_out,
        coalesce(
            customer_contacts.is_holdout,
            {{ is_held_out('users.user_id') }}
        ) as is_holdout
    from users
    left join customer_identifiers
        on customer_identifiers.identifier_key = 'user_id:' || users.user_id
    left join customer_contacts
        on customer_identifiers.customer_id = customer_contacts.customer_id
    left join opted_out_users
        on users.user_id = opted_out_users.user_id

)

select * from joined
