{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['rule_kind', 'rule_name', 'rule_part', 'found_at'],
    full_refresh=false,
    on_schema_change='append_new_columns',
) }}
{#
    Every version of every rule that a build found in the seeds, with how many were in the
    cohort or audience in the last build that found it. A build changes the row of the
    version that stands, and adds a row for one that is new; a rule that is gone gets a
    row without text.

    Over 170 lines, because rules and sizes of three kinds are put into one form.

    seed in three builds     recorded after the third
    sessions > 5             sessions > 5, 120 customers (of the second build)
    sessions > 5
    sessions > 4             sessions > 4, 150 customers
#}
{%- set recorded_rows = rows_so_far(this, {
    'rule_kind': dbt.type_string(),
    'rule_name': dbt.type_string(),
    'rule_part': dbt.type_string(),
    'rule_text': dbt.type_string(),
    'found_at': type_instant(),
    'found_week_start': 'date',
}) %}
{%- set text = dbt.type_string() %}

with

cohort_rules as (

    select * from {{ ref('cohort_rules') }}

),

audience_rules as (

    select * from {{ ref('audience_rules') }}

),

triggers as (

    select * from {{ ref('triggers') }}

),

outbox_messages as (

    select * from {{ ref('outbox_messages') }}

),

customer_cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

audiences as (

    select * from {{ ref('audiences') }}

),

as_of_week as (

    select * from {{ ref('int_inputs_of_marts') }}

),

recorded as (

    select
        so_far.rule_kind,
        so_far.rule_name,
        so_far.rule_part,
        so_far.rule_text,
        so_far.found_at,
        so_far.found_week_start
    from {{ recorded_rows }} as so_far

),

rules as (

    select
        'cohort' as rule_kind,
        cohort as rule_name,
        'rule' as rule_part,
        fact || ' ' || operator || ' '
        || coalesce(
            cast(value as {{ text }}),
            cast(percentile as {{ text }}) || 'th percentile'
        )
        || coalesce(' in ' || cast(lookback_days as {{ text }}) || ' days', '')
        || coalesce(', and ' || and_cohort, '') as rule_text
    from cohort_rules
    union all
    select
        'audience' as rule_kind,
        audience as rule_name,
        fact as rule_part,
        fact
        || coalesce(' >= ' || cast(least as {{ text }}), '')
        || case when least is null or most is null then '' else ' and' end
        || coalesce(' <= ' || cast(most as {{ text }}), '') as rule_text
    from audience_rules
    union all
    select
        'trigger' as rule_kind,
        trigger as rule_name,
        'rule' as rule_part,
        watches || ' ' || watched_name || ' ' || change
        || coalesce(' ' || cast(threshold as {{ text }}), '')
        || coalesce(', at most every ' || cast(quiet_days as {{ text }}) || ' days', '')
        || case when is_enabled then '' else ', switched off' end as rule_text
    from triggers

),

sizes as (

    select
        'cohort' as rule_kind,
        cohort as rule_name,
        count(*) as n_members
    from customer_cohorts
    where is_current
    group by cohort
    union all
    select
        'audience' as rule_kind,
        audience as rule_name,
        count(*) as n_members
    from audiences
    where left_at is null
    group by audience
    union all
    select
        'trigger' as rule_kind,
        trigger as rule_name,
        count(*) as n_members
    from outbox_messages
    group by trigger

),

ranked as (

    select
        recorded.*,
        row_number() over (
            partition by recorded.rule_kind, recorded.rule_name, recorded.rule_part
            order by recorded.found_at desc
        ) as recency
    from recorded

),

newest as (

    select * from ranked
    where recency = 1

),

-- A rule that is gone has no text, and so has one that never came back.
joined as (

    select
        rules.rule_text,
        newest.found_at,
        newest.found_week_start,
        coalesce(rules.rule_kind, newest.rule_kind) as rule_kind,
        coalesce(rules.rule_name, newest.rule_name) as rule_name,
        coalesce(rules.rule_part, newest.rule_part) as rule_part,
        newest.found_at is not null
        and coalesce(rules.rule_text, '') = coalesce(newest.rule_text, '')
            as has_stayed
    from rules
    full outer join newest
        on
            rules.rule_kind = newest.rule_kind
            and rules.rule_name = newest.rule_name
            and rules.rule_part = newest.rule_part

),

described as (

    select
        joined.rule_kind,
        joined.rule_name,
        joined.rule_part,
        joined.rule_text,
        case
            when joined.has_stayed then joined.found_at
            else {{ dbt.current_timestamp() }}
        end as found_at,
        case
            when joined.has_stayed then joined.found_week_start
            else as_of_week.as_of_week_start
        end as found_week_start,
        as_of_week.as_of_week_start as last_week_start,
        coalesce(sizes.n_members, 0) as n_members
    from joined
    cross join as_of_week
    left join sizes
        on
            joined.rule_kind = sizes.rule_kind
            and joined.rule_name = sizes.rule_name

)

select * from described
