{#
    How many customers of each cohort did anything again: cohorts by the week and by the
    month of the sign-up. A customer signed up on the first day with an account (an event
    with a user_id, or a sign-up), or when the CRM got a record of them, whichever was
    first. Customers without either are in no cohort.

    Over 170 lines, because weeks and months share every step.
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

as_of_week as (

    select * from {{ ref('int_event_as_of_week') }}

),

known_sign_ups as (

    select
        customer_id,
        local_date as signed_up_on
    from customer_days
    where has_account
    union all
    select
        customer_identifiers.customer_id,
        cast({{ local_time(
            'crm_records.created_at', "'" ~ var('default_time_zone') ~ "'"
        ) }} as date) as signed_up_on
    from crm_records
    inner join customer_identifiers
        on
            customer_identifiers.identifier_type = 'crm_id'
            and crm_records.crm_id = customer_identifiers.identifier
    where crm_records.created_at is not null

),

sign_ups as (

    select
        known_sign_ups.customer_id,
        min(known_sign_ups.signed_up_on) as signed_up_on
    from known_sign_ups
    inner join as_of_week
        on
            known_sign_ups.signed_up_on
            < {{ add_days('as_of_week.as_of_week_start', 7) }}
    group by known_sign_ups.customer_id

),

bounded as (

    select
        as_of_week.as_of_week_start,
        min({{ week_start('sign_ups.signed_up_on') }}) as first_week_start
    from sign_ups
    cross join as_of_week
    group by as_of_week.as_of_week_start

),

days as (

    select
        {{ add_days('bounded.first_week_start', 'days.number') }} as local_date,
        {{ add_days('bounded.as_of_week_start', 7) }} as ends_on
    from bounded
    {{ expanded(
        days_from('bounded.first_week_start', 'bounded.as_of_week_start') ~ ' + 7',
        'days', 'number'
    ) }}

),

{%- set starts = {'week': week_start, 'month': month_start} %}
{% for length, start in starts.items() %}

{{ length }}s as (

    select
        period_start,
        is_over,
        row_number() over (order by period_start) as period_number
    from (
        select
            {{ start('local_date') }} as period_start,
            {% if length == 'month' -%}
            {{ month_start('min(ends_on)') }} > {{ month_start('local_date') }}
            {%- else -%}
            true
            {%- endif %} as is_over
        from days
        group by {{ start('local_date') }}
    ) as grouped

),

{{ length }}_sizes as (

    select
        {{ start('signed_up_on') }} as cohort_period_start,
        count(*) as n_cohort_customers
    from sign_ups
    group by {{ start('signed_up_on') }}

),

{{ length }}_activity as (

    select
        {{ start('sign_ups.signed_up_on') }} as cohort_period_start,
        {{ start('customer_days.local_date') }} as period_start,
        count(distinct sign_ups.customer_id) as n_active
    from sign_ups
    inner join customer_days
        on sign_ups.customer_id = customer_days.customer_id
    inner join as_of_week
        on
            customer_days.local_date
            < {{ add_days('as_of_week.as_of_week_start', 7) }}
    group by
        {{ start('sign_ups.signed_up_on') }},
        {{ start('customer_days.local_date') }}

),

-- Every period since the one of the sign-up: nobody active is a zero, not a gap.
by_{{ length }} as (

    select
        '{{ length }}' as cohort_length,
        sizes.cohort_period_start,
        periods.period_start,
        periods.period_number - first_periods.period_number as periods_since_sign_up,
        sizes.n_cohort_customers,
        coalesce(activity.n_active, 0) as n_active,
        periods.is_over
    from {{ length }}_sizes as sizes
    inner join {{ length }}s as first_periods
        on sizes.cohort_period_start = first_periods.period_start
    inner join {{ length }}s as periods
        on sizes.cohort_period_start <= periods.period_start
    left join {{ length }}_activity as activity
        on
            sizes.cohort_period_start = activity.cohort_period_start
            and periods.period_start = activity.period_start

),
{% endfor %}

combined as (

    select * from by_week
    union all
    select * from by_month

),

measured as (

    select
        cohort_length,
        cohort_period_start,
        period_start,
        cast(periods_since_sign_up as {{ dbt.type_int() }}) as periods_since_sign_up,
        n_cohort_customers,
        n_active,
        {{ share('n_active', 'n_cohort_customers') }} as active_share,
        is_over
    from combined

)

select * from measured
