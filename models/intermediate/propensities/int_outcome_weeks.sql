{#
    The first day of each kind of outcome in each week of a customer. In hindsight: of the
    customer whom an event or a record of the CRM belongs to by all links that are known
    now.
#}
with

customer_days as (

    select * from {{ ref('int_customer_days') }}

),

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

crm_records as (

    select * from {{ ref('stg_app__customers') }}

),

conversions as (

    select
        customer_identifiers.customer_id,
        cast(
            {{ local_time(
                'crm_records.converted_at', "'" ~ var('default_time_zone') ~ "'"
            ) }} as date
        ) as converted_on
    from crm_records
    inner join customer_identifiers
        on
            crm_records.crm_id = customer_identifiers.identifier
            and customer_identifiers.identifier_type = 'crm_id'
    where crm_records.converted_at is not null

),

combined as (

    select
        customer_id,
        week_start,
        local_date as active_on,
        case when n_purchases > 0 then local_date end as purchase_on,
        case when n_rides > 0 then local_date end as ride_on,
        cast(null as date) as converted_on
    from customer_days
    union all
    select
        customer_id,
        {{ week_start('converted_on') }} as week_start,
        cast(null as date) as active_on,
        cast(null as date) as purchase_on,
        cast(null as date) as ride_on,
        converted_on
    from conversions

),

grouped as (

    select
        customer_id,
        week_start,
        min(active_on) as active_on,
        min(purchase_on) as purchase_on,
        min(ride_on) as ride_on,
        min(converted_on) as converted_on
    from combined
    group by customer_id, week_start

)

select * from grouped
