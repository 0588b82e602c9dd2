{#
    Whom each cohort, segment, drop-off and trigger would reach now: lists for tools that
    import files. Nobody is in them who is to be left alone. Lists of audiences are in
    audience_lists.
#}
with

cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

segments as (

    select * from {{ ref('customer_segments') }}

),

rules as (

    select * from {{ ref('cohort_rules') }}

),

drop_offs as (

    select * from {{ ref('journey_drop_offs') }}

),

left_alone as (

    select * from {{ ref('customers_left_alone') }}

),

known as (

    select * from {{ ref('int_customer_tool_ids') }}

),

members as (

    select
        'cohort' as list_kind,
        cohorts.cohort as list_name,
        coalesce(rules.title, cohorts.cohort) as list_title,
        cohorts.customer_id,
        cohorts.entered_at as since_at
    from cohorts
    left join rules
        on cohorts.cohort = rules.cohort
    where cohorts.is_current
    union all
    select
        'segment' as list_kind,
        segment_key as list_name,
        segment_name as list_title,
        customer_id,
        {{ end_of_week('since_week_start') }} as since_at
    from segments
    union all
    select
        'drop_off' as list_kind,
        funnel || ':' || step as list_name,
        'Stopped after “' || min(title) || '”' as list_title,
        customer_id,
        max(dropped_at) as since_at
    from drop_offs
    where is_open
    group by funnel, step, customer_id

),

listed as (

    select
        members.list_kind,
        members.list_name,
        members.list_title,
        members.customer_id,
        known.user_id,
        known.crm_id,
        members.since_at
    from members
    left join known
        on members.customer_id = known.customer_id
    left join left_alone
        on members.customer_id = left_alone.customer_id
    where left_alone.customer_id is null

)

select * from listed
