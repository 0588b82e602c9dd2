{#
    What became known of the customers of example_customers, in order: their identifiers,
    when what looked like two customers became one, and cohorts entered and left.
#}
{%- set int = dbt.type_int() -%}

with

examples as (

    select * from {{ ref('example_customers') }}

),

customer_identifiers as (

    select * from {{ ref('customer_identifiers') }}

),

customer_merges as (

    select * from {{ ref('customer_merges') }}

),

customer_cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

steps as (

    select
        customer_id,
        first_seen_at as happened_at,
        'identifier' as step_kind,
        identifier_type as subject,
        '' as from_type
    from customer_identifiers
    union all
    select
        new_customer_id as customer_id,
        merged_at as happened_at,
        'joined' as step_kind,
        {{ dbt.split_part('to_key', "':'", 1) }} as subject,
        {{ dbt.split_part('from_key', "':'", 1) }} as from_type
    from customer_merges
    where
        kind = 'merge'
        and from_key is not null
        and merged_at is not null
    union all
    select
        customer_id,
        entered_at as happened_at,
        'entered' as step_kind,
        cohort as subject,
        '' as from_type
    from customer_cohorts
    union all
    select
        customer_id,
        left_at as happened_at,
        'left' as step_kind,
        cohort as subject,
        '' as from_type
    from customer_cohorts
    where left_at is not null

),

numbered as (

    select
        examples.example_kind,
        examples.example_number,
        cast(row_number() over (
            partition by examples.example_kind, examples.example_number
            order by
                steps.happened_at, steps.step_kind, steps.subject, steps.from_type
        ) as {{ int }}) as step_number,
        examples.customer_id,
        steps.happened_at,
        cast({{ local_time(
            'steps.happened_at', "'" ~ var('default_time_zone') ~ "'"
        ) }} as date) as happened_on,
        steps.step_kind,
        steps.subject,
        steps.from_type
    from examples
    inner join steps
        on examples.customer_id = steps.customer_id

)

select * from numbered
