{#
    No list of this week has a user who opted out or is held out, or whose customer is. All
    users of a customer are left alone together.
#}
with

lists as (

    select * from {{ ref('audience_lists') }}

),

users_left_alone as (

    select * from {{ ref('users_left_alone') }}

),

customers_left_alone as (

    select * from {{ ref('customers_left_alone') }}

),

customer_users as (

    select * from {{ ref('customer_users') }}

),

written_to as (

    select
        lists.user_id,
        'is in a list and left alone' as problem
    from lists
    left join users_left_alone
        on lists.user_id = users_left_alone.user_id
    left join customer_users
        on lists.user_id = customer_users.user_id
    left join customers_left_alone
        on customer_users.customer_id = customers_left_alone.customer_id
    where
        lists.list_status = 'write'
        and (
            users_left_alone.user_id is not null
            or customers_left_alone.customer_id is not null
        )

),

-- A CRM record may opt out a user alone, if its link to the customer was refused.
divided as (

    select
        customer_users.user_id,
        'is left alone without the customer, or not left alone with them' as problem
    from customer_users
    inner join {{ ref('int_user_contacts') }} as contacts
        on customer_users.user_id = contacts.user_id
    left join users_left_alone
        on customer_users.user_id = users_left_alone.user_id
    left join customers_left_alone
        on customer_users.customer_id = customers_left_alone.customer_id
    where
        coalesce(users_left_alone.is_holdout, false)
        <> coalesce(customers_left_alone.is_holdout, false)
        and coalesce(users_left_alone.is_opted_out, false)
        = coalesce(customers_left_alone.is_opted_out, false)

),

combined as (

    select * from written_to
    union all
    select * from divided

)

select * from combined
