{#
    What the CRM knew of each customer at the end of each as-of week. Of several records
    the newest one that has an age counts.
#}
with

crm_records as (

    select * from {{ ref('stg_app__customers') }}

),

phases as (

    select * from {{ ref('int_customer_phases') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

known as (

    select
        weeks.as_of_week_start,
        phases.customer_id,
        crm_records.crm_id,
        crm_records.created_at,
        coalesce(crm_records.converted_at < weeks.ends_at, false) as has_converted,
        coalesce(
            {{ years_from('crm_records.birth_date', 'weeks.ends_on') }},
            crm_records.age
        ) as age
    from weeks
    inner join phases
        on
            weeks.as_of_week_start >= phases.first_week_start
            and (
                phases.next_week_start is null
                or weeks.as_of_week_start < phases.next_week_start
            )
    inner join crm_records
        on
            phases.identifier_key = 'crm_id:' || crm_records.crm_id
            and (
                crm_records.created_at is null
                or weeks.ends_at > crm_records.created_at
            )

),

ranked as (

    select
        known.*,
        row_number() over (
            partition by known.as_of_week_start, known.customer_id
            order by
                case when known.age is null then 1 else 0 end,
                known.created_at desc nulls last,
                known.crm_id asc,
                known.age asc
        ) as record_rank
    from known

),

grouped as (

    select
        as_of_week_start,
        customer_id,
        max(case when has_converted then 1 else 0 end) = 1 as converted_to_sale,
        cast(max(case when record_rank = 1 then age end) as {{ type_double() }})
            as customer_age
    from ranked
    group by as_of_week_start, customer_id

)

select * from grouped
