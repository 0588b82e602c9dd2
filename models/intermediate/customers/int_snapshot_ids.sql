{#
    Which customer each identifier belonged to by what was known at the end of each as-of
    week that the build fills.
#}
with

ids_as_of as (

    select * from {{ ref('int_customer_ids_as_of') }}

),

weeks as (

    select * from {{ ref('int_snapshot_weeks') }}

),

joined as (

    select
        weeks.as_of_week_start,
        ids_as_of.identifier_key,
        ids_as_of.customer_id
    from weeks
    inner join ids_as_of
        on
            weeks.as_of_week_start >= ids_as_of.from_week_start
            and (
                ids_as_of.to_week_start is null
                or weeks.as_of_week_start < ids_as_of.to_week_start
            )
    where ids_as_of.customer_id is not null

)

select * from joined
