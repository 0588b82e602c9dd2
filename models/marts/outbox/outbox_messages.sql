{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    full_refresh=false,
    tags=['pulse'],
    indexes=[{'columns': ['message_number'], 'unique': True}],
    pre_hook="{{ begun_triggers(ref('triggers')) }}",
) }}
{#
    What is to be sent to whom, and why: a message for each change that an enabled trigger
    watches, once. Rows are added and never changed; scripts/send_outbox.py sends them.

    A change makes a message if it still holds, is not before the trigger's beginning, nor
    older than outbox_max_age_days, if the trigger was quiet about the person for
    quiet_days, and if the person may be written to. A trigger of an experiment writes to
    those only who are in another variant than the control.

    Over 170 lines, because six kinds of changes meet in it.
#}
with

triggers as (

    select * from {{ ref('triggers') }}

),

beginnings as (

    select * from {{ ref('stg_outbox__trigger_beginnings') }}

),

rules as (

    select * from {{ ref('cohort_rules') }}

),

horizon as (

    select * from {{ ref('int_cohort_horizon') }}

),

recent_changes as (

    select * from {{ ref('int_recent_cohort_changes') }}

),

recent_moments as (

    select * from {{ ref('int_recent_moments') }}

),

cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

audiences as (

    select * from {{ ref('audiences') }}

),

segment_changes as (

    select * from {{ ref('segment_changes') }}

),

drop_offs as (

    select * from {{ ref('journey_drop_offs') }}

),

state_moves as (

    select * from {{ ref('state_moves') }}

),

scores as (

    select * from {{ ref('propensity_history') }}

),

customers_left_alone as (

    select * from {{ ref('customers_left_alone') }}

),

users_left_alone as (

    select * from {{ ref('users_left_alone') }}

),

customer_users as (

    select * from {{ ref('customer_users') }}

),

variants as (

    select * from {{ ref('int_experiment_variants') }}

),

assignments as (

    select * from {{ ref('experiment_assignments') }}

),

recorded as (

    select
        message_id,
        message_number,
        trigger,
        customer_id,
        user_id,
        happened_at
    from {{ rows_so_far(this, {
        'message_id': dbt.type_string(),
        'message_number': dbt.type_bigint(),
        'trigger': dbt.type_string(),
        'customer_id': dbt.type_string(),
        'user_id': dbt.type_string(),
        'happened_at': type_instant(),
    }) }} as messages

),

-- Up to when the log is known: by the last build, or by this pulse.
known_until as (

    select
        greatest(
            max(horizon.known_until_at), max(recent_moments.known_until_at)
        ) as known_until_at
    from horizon
    left join recent_moments on true

),

fast_cohorts as (

    select rules.cohort
    from rules
    where {{ is_fast_rule('rules') }}

),

numbered_cohorts as (

    select
        cohorts.*,
        row_number() over (
            partition by cohorts.customer_id, cohorts.cohort
            order by cohorts.entered_at desc
        ) as recency
    from cohorts
    left join fast_cohorts
        on cohorts.cohort = fast_cohorts.cohort
    where fast_cohorts.cohort is null

),

numbered_audiences as (

    select
        audiences.*,
        row_number() over (
            partition by audiences.user_id, audiences.audience
            order by audiences.entered_week_start desc
        ) as recency
    from audiences

),

numbered_segments as (

    select
        segment_changes.*,
        row_number() over (
            partition by segment_changes.customer_id
            order by segment_changes.as_of_week_start desc
        ) as recency
    from segment_changes

),

numbered_moves as (

    select
        state_moves.*,
        row_number() over (
            partition by state_moves.user_id order by state_moves.move_number desc
        ) as recency
    from state_moves

),

-- A run that has scored no week before says nothing of a crossing.
followed_scores as (

    select
        scores.*,
        lag(scores.probability) over (
            partition by
                scores.run_id,
                scores.target,
                scores.outcome_class,
                scores.customer_id
            order by scores.as_of_week_start
        ) as previous_probability,
        max(scores.as_of_week_start) over (
            partition by scores.target
        ) as newest_week_start,
        min(scores.as_of_week_start) over (
            partition by scores.run_id
        ) as first_week_start
    from scores

),

-- Whether somebody is in it now, since when, and until when they were.
changes as (

    select
        'cohort' as watches,
        cohort as watched_name,
        case when is_in then 'enters' else 'leaves' end as watched_change,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        changed_at as happened_at,
        cast(null as {{ type_double() }}) as probability,
        cast(null as {{ type_double() }}) as previous_probability
    from recent_changes
    where is_newest
    union all
    select
        'cohort' as watches,
        cohort as watched_name,
        case when left_at is null then 'enters' else 'leaves' end as watched_change,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        coalesce(left_at, entered_at) as happened_at,
        cast(null as {{ type_double() }}) as probability,
        cast(null as {{ type_double() }}) as previous_probability
    from numbered_cohorts
    where recency = 1
    union all
    select
        'audience' as watches,
        audience as watched_name,
        case when left_at is null then 'enters' else 'leaves' end as watched_change,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        user_id,
        coalesce(left_at, entered_at) as happened_at,
        cast(null as {{ type_double() }}) as probability,
        cast(null as {{ type_double() }}) as previous_probability
    from numbered_audiences
    where recency = 1
    {%- for change, key in {
        'enters': 'to_segment_key', 'leaves': 'from_segment_key',
    }.items() %}
    union all
    select
        'segment' as watches,
        {{ key }} as watched_name,
        '{{ change }}' as watched_change,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        {{ end_of_week('as_of_week_start') }} as happened_at,
        cast(null as {{ type_double() }}) as probability,
        cast(null as {{ type_double() }}) as previous_probability
    from numbered_segments
    where recency = 1
    {%- endfor %}
    {%- for change, key in {
        'enters': 'to_state_key', 'leaves': 'from_state_key',
    }.items() %}
    union all
    select
        'state' as watches,
        {{ key }} as watched_name,
        '{{ change }}' as watched_change,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        user_id,
        {{ end_of_week('week_start') }} as happened_at,
        cast(null as {{ type_double() }}) as probability,
        cast(null as {{ type_double() }}) as previous_probability
    from numbered_moves
    where
        recency = 1
        and not is_new_model
    {%- endfor %}
    union all
    select
        'drop_off' as watches,
        funnel || ':' || step as watched_name,
        'enters' as watched_change,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        dropped_at as happened_at,
        cast(null as {{ type_double() }}) as probability,
        cast(null as {{ type_double() }}) as previous_probability
    from drop_offs
    where is_open
    {%- for change in ['rises_above', 'falls_below'] %}
    union all
    select
        'propensity' as watches,
        target as watched_name,
        '{{ change }}' as watched_change,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        {{ end_of_week('as_of_week_start') }} as happened_at,
        probability,
        previous_probability
    from followed_scores
    where
        as_of_week_start = newest_week_start
        and as_of_week_start > first_week_start
    {%- endfor %}

),

found as (

    select
        triggers.*,
        {{ trigger_rule('triggers') }} as trigger_rule,
        changes.customer_id,
        changes.user_id,
        changes.happened_at,
        changes.probability
    from triggers
    inner join changes
        on
            triggers.watches = changes.watches
            and triggers.watched_name = changes.watched_name
            and triggers.change = changes.watched_change
    where
        triggers.is_enabled
        and (
            triggers.change not in ('rises_above', 'falls_below')
            or (
                triggers.change = 'rises_above'
                and changes.probability >= triggers.threshold
                and coalesce(changes.previous_probability, 0) < triggers.threshold
            )
            or (
                triggers.change = 'falls_below'
                and changes.probability < triggers.threshold
                and changes.previous_probability >= triggers.threshold
            )
        )

),

timely as (

    select
        found.*,
        {{ row_fingerprint([
            'found.trigger_rule', 'found.customer_id', 'found.user_id',
            epoch_seconds('found.happened_at'),
        ]) }} as message_id
    from found
    inner join beginnings
        on found.trigger_rule = beginnings.trigger_rule
    cross join known_until
    where
        found.happened_at >= beginnings.begins_at
        and found.happened_at > {{ seconds_after(
            'known_until.known_until_at', -86400 * var('outbox_max_age_days')
        ) }}

),

-- Whom experiments let have a message.
treated as (

    select
        assignments.experiment,
        assignments.customer_id
    from assignments
    inner join variants
        on
            assignments.experiment = variants.experiment
            and assignments.variant = variants.variant
    where not variants.is_control

),

-- Two classes of a target, or a merged customer, make one message.
allowed as (

    select
        timely.*,
        row_number() over (
            partition by timely.message_id order by timely.probability desc
        ) as copy_number
    from timely
    left join customers_left_alone
        on timely.customer_id = customers_left_alone.customer_id
    left join users_left_alone
        on timely.user_id = users_left_alone.user_id
    left join customer_users
        on timely.user_id = customer_users.user_id
    left join treated
        on
            timely.experiment = treated.experiment
            and treated.customer_id
            = coalesce(timely.customer_id, customer_users.customer_id)
    where
        customers_left_alone.customer_id is null
        and users_left_alone.user_id is null
        and (timely.experiment is null or treated.customer_id is not null)
        and not exists (
            select 1
            from recorded
            where
                recorded.message_id = timely.message_id
                or (
                    recorded.trigger = timely.trigger
                    and coalesce(recorded.customer_id, recorded.user_id)
                    = coalesce(timely.customer_id, timely.user_id)
                    and recorded.happened_at > {{ seconds_after(
                        'timely.happened_at', '-86400 * timely.quiet_days'
                    ) }}
                )
        )

),

written as (

    select
        message_id,
        coalesce((select max(recorded.message_number) from recorded), 0)
        + row_number() over (order by happened_at, message_id) as message_number,
        trigger,
        topic,
        customer_id,
        user_id,
        case when watches = 'audience' then watched_name else trigger end as audience,
        happened_at,
        {{ dbt.current_timestamp() }} as written_at,
        {{ json_as_text({
            'title': 'title', 'message': 'message', 'offer': 'offer',
            'watches': 'watches', 'watched_name': 'watched_name', 'change': 'change',
            'probability': 'probability',
        }) }} as properties
    from allowed
    where copy_number = 1

)

select * from written
