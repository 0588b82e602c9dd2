{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['experiment', 'customer_id'], 'unique': true}],
    pre_hook="{{ without_nested_loops() }}",
) }}
{#
    Who was assigned to which variant, and when. A build adds the customers who came into
    the population since; rows never change. A customer is assigned at the beginning of the
    experiment, or on entering its population if that is later. Those who are to be left
    alone when a build finds them take no part.

    experiment of Monday on       in the population     assigned at
    a                             since last year       Monday 0:00
    b                             from Wednesday 9:00   Wednesday 9:00

    Over 170 lines, because each kind of population is read from another mart.

    Without nested loops: PostgreSQL expects one customer to be assigned, and would compare
    each of 20,000 with each who is recorded, which took ten seconds in place of a tenth.
#}
{%- set recorded_rows = rows_so_far(this, {
    'experiment': dbt.type_string(),
    'customer_id': dbt.type_string(),
    'assigned_at': type_instant(),
}) %}

with

experiments as (

    select * from {{ ref('int_experiments') }}

),

variants as (

    select * from {{ ref('int_experiment_variants') }}

),

horizon as (

    select * from {{ ref('int_cohort_horizon') }}

),

customers as (

    select * from {{ ref('customers') }}

),

customer_users as (

    select * from {{ ref('customer_users') }}

),

customer_cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

weekly_segments as (

    select * from {{ ref('customer_weekly_segments') }}

),

champion_segments as (

    select * from {{ ref('int_champion_segments') }}

),

weekly_states as (

    select * from {{ ref('user_weekly_states_as_of') }}

),

audiences as (

    select * from {{ ref('audiences') }}

),

drop_offs as (

    select * from {{ ref('journey_drop_offs') }}

),

assignments as (

    select * from {{ ref('stg_activation__assignments') }}

),

left_alone as (

    select * from {{ ref('customers_left_alone') }}

),

recorded as (

    select
        so_far.experiment,
        so_far.customer_id,
        so_far.assigned_at
    from {{ recorded_rows }} as so_far

),

-- The experiment's own beginning stays what it was for the first build.
first_recorded as (

    select
        experiment,
        min(assigned_at) as assigned_at
    from recorded
    group by experiment

),

timed as (

    select
        experiments.experiment,
        experiments.population_kind,
        experiments.population_name,
        experiments.assigned_by,
        horizon.known_until_at,
        coalesce(
            experiments.starts_at,
            first_recorded.assigned_at,
            {{ seconds_after(
                'horizon.known_until_at', '-86400 * experiments.follow_days'
            ) }}
        ) as starts_at,
        least(
            coalesce(experiments.ends_at, horizon.known_until_at),
            horizon.known_until_at
        ) as ends_at
    from experiments
    cross join horizon
    left join first_recorded
        on experiments.experiment = first_recorded.experiment

),

by_hash as (

    select * from timed
    where assigned_by = 'hash'

),

present as (

    select
        by_hash.experiment,
        customers.customer_id,
        customers.first_event_at as entered_at,
        cast(null as {{ type_instant() }}) as left_at
    from by_hash
    cross join customers
    where
        by_hash.population_kind = 'everybody'
        and customers.first_event_at is not null
    union all
    select
        by_hash.experiment,
        customer_cohorts.customer_id,
        customer_cohorts.entered_at,
        customer_cohorts.left_at
    from by_hash
    inner join customer_cohorts
        on by_hash.population_name = customer_cohorts.cohort
    where by_hash.population_kind = 'cohort'
    union all
    select
        by_hash.experiment,
        weekly_segments.customer_id,
        {{ end_of_week('weekly_segments.as_of_week_start') }} as entered_at,
        {{ end_of_week(add_days('weekly_segments.as_of_week_start', 7)) }} as left_at
    from by_hash
    inner join champion_segments
        on by_hash.population_name = champion_segments.segment_key
    inner join weekly_segments
        on champion_segments.segment_id = weekly_segments.segment_id
    where by_hash.population_kind = 'segment'
    union all
    select
        by_hash.experiment,
        customer_users.customer_id,
        {{ end_of_week('weekly_states.week_start') }} as entered_at,
        {{ end_of_week(add_days('weekly_states.week_start', 7)) }} as left_at
    from by_hash
    inner join weekly_states
        on by_hash.population_name = weekly_states.state_key
    inner join customer_users
        on weekly_states.user_id = customer_users.user_id
    where
        by_hash.population_kind = 'state'
        and weekly_states.revision = 0
    union all
    select
        by_hash.experiment,
        customer_users.customer_id,
        {{ end_of_week('audiences.entered_week_start') }} as entered_at,
        {{ end_of_week('audiences.left_week_start') }} as left_at
    from by_hash
    inner join audiences
        on by_hash.population_name = audiences.audience
    inner join customer_users
        on audiences.user_id = customer_users.user_id
    where by_hash.population_kind = 'audience'
    union all
    -- Who dropped off before the experiment is not in it.
    select
        by_hash.experiment,
        drop_offs.customer_id,
        drop_offs.dropped_at as entered_at,
        drop_offs.dropped_at as left_at
    from by_hash
    inner join drop_offs
        on by_hash.population_name = drop_offs.funnel || ':' || drop_offs.step
    where by_hash.population_kind = 'drop_off'

),

hashed as (

    select
        by_hash.experiment,
        present.customer_id,
        min(greatest(present.entered_at, by_hash.starts_at)) as assigned_at,
        {{ hash_as_share(
            "by_hash.experiment || ':' || present.customer_id"
        ) }} as hash_share
    from by_hash
    inner join present
        on by_hash.experiment = present.experiment
    where
        present.entered_at < by_hash.ends_at
        and (present.left_at is null or present.left_at >= by_hash.starts_at)
    group by by_hash.experiment, present.customer_id

),

-- Of several users of a customer, or of several times: the first.
by_tool as (

    select
        timed.experiment,
        assignments.variant,
        assignments.assigned_at,
        coalesce(assignments.customer_id, customer_users.customer_id) as customer_id,
        row_number() over (
            partition by
                timed.experiment,
                coalesce(assignments.customer_id, customer_users.customer_id)
            order by assignments.assigned_at, assignments.assignment_id
        ) as place
    from timed
    inner join assignments
        on timed.experiment = assignments.experiment
    left join customer_users
        on assignments.user_id = customer_users.user_id
    where
        timed.assigned_by = 'tool'
        and assignments.assigned_at < timed.ends_at

),

assigned as (

    select
        hashed.experiment,
        hashed.customer_id,
        variants.variant,
        hashed.assigned_at
    from hashed
    inner join variants
        on
            hashed.experiment = variants.experiment
            and hashed.hash_share >= variants.share_from
            and hashed.hash_share < variants.share_to
    union all
    select
        experiment,
        customer_id,
        variant,
        assigned_at
    from by_tool
    where
        place = 1
        and customer_id is not null

),

added as (

    select
        assigned.experiment,
        assigned.customer_id,
        assigned.variant,
        assigned.assigned_at,
        {{ dbt.current_timestamp() }} as recorded_at
    from assigned
    left join recorded
        on
            assigned.experiment = recorded.experiment
            and assigned.customer_id = recorded.customer_id
    left join left_alone
        on assigned.customer_id = left_alone.customer_id
    where
        recorded.customer_id is null
        and left_alone.customer_id is null

)

select * from added
