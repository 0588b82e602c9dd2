{# The newest weeks of the customers of example_customers, event by event. #}
with

examples as (

    select * from {{ ref('example_customers') }}

),

customer_events as (

    select * from {{ ref('int_customer_events') }}

),

as_of_week as (

    select * from {{ ref('int_event_as_of_week') }}

),

joined as (

    select
        customer_events.event_key,
        examples.example_kind,
        examples.example_number,
        examples.customer_id,
        customer_events.week_start,
        cast(
            {{ iso_weekday('customer_events.occurred_local') }} as {{ dbt.type_int() }}
        ) as iso_weekday,
        cast(
            {{ hour_of_day('customer_events.occurred_local') }} as {{ dbt.type_int() }}
        ) as hour_of_day,
        customer_events.source,
        customer_events.event_type,
        customer_events.platform,
        customer_events.session_key,
        cast(customer_events.value_in_reporting_currency as {{ type_double() }})
            as event_value
    from examples
    cross join as_of_week
    inner join customer_events
        on
            examples.customer_id = customer_events.customer_id
            and as_of_week.as_of_week_start >= customer_events.week_start
            and {{ add_days(
                'as_of_week.as_of_week_start', -7 * var('explorer_journey_weeks')
            ) }} < customer_events.week_start

)

select * from joined
