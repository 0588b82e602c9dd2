{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    indexes=[
        {'columns': ['run_id', 'week_start', 'user_id'], 'unique': True},
    ],
    pre_hook=[
        "{{ without_compilation() }}",
        "{{ added_columns(this, {
            'state_belief': type_array(type_double()), 'user_level': type_double(),
            'week_checksum': dbt.type_bigint(),
        }) }}",
        "{{ forget_beliefs(
            this, ref('int_belief_window'), ref('stg_hmm__runs'), ref('user_week_panel')
        ) }}",
    ],
) }}
{#
    The filter's forward step (log_recursions.py), in SQL. Week by week, with b the belief,
    A the transition matrix and f the density of what the user did in the new week:

    b'(j) = f(j) × sum over i of b(i) × A(i, j), divided by its sum over j

    A user also has one of C levels, which never changes but is not known either: a belief
    has an entry for each level and state, and moves happen within a level. Logarithms are
    carried on, so that no belief becomes too small to recover. Users start in different
    weeks: at their last belief, or a week before their first ride. Before, forget_beliefs
    has deleted the beliefs from a user's first week on that a late ride has changed.

    Over 170 lines, because the recursion starts from this table's own rows, which no
    model upstream of it can read.
#}
{%- set model_in_use = champion_model() %}
{%- set states = range(1, model_in_use['n_states'] + 1) %}
{%- set n_levels = model_in_use['levels'] | length %}
{%- set has_levels = n_levels > 1 %}
{%- set entries = range(1, model_in_use['n_states'] * n_levels + 1) %}
{%- set kept_beliefs = rows_so_far(this, {
    'run_id': dbt.type_string(),
    'user_id': dbt.type_string(),
    'week_start': 'date',
    'log_belief': type_array(type_double()),
}) %}

with recursive

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

ride_weeks as (

    select * from {{ ref('int_user_ride_weeks') }}

),

filtered_beliefs as (

    select * from {{ ref('stg_hmm__filtered_beliefs') }}

),

-- Empty if the champion changed after compilation.
belief_window as (

    select * from {{ ref('int_belief_window') }}
    where run_id = '{{ model_in_use['run_id'] }}'

),

-- The newest week before those that may have late rides.
last_kept as (

    select max(beliefs.week_start) as week_start
    from {{ kept_beliefs }} as beliefs
    where
        beliefs.run_id = '{{ model_in_use['run_id'] }}'
        and beliefs.week_start < (
            select belief_window.first_step_week_start from belief_window
        )

),

newest_kept as (

    select
        beliefs.user_id,
        max(beliefs.week_start) as week_start
    from {{ kept_beliefs }} as beliefs
    where
        beliefs.run_id = '{{ model_in_use['run_id'] }}'
        and beliefs.week_start >= (select last_kept.week_start from last_kept)
    group by beliefs.user_id

),

-- A run's first build starts at the beliefs that the fit wrote. A user with a
-- probability too small for the fit to keep starts at the first ride. Later builds
-- start at the beliefs that this table kept.
known_beliefs as (

    select
        filtered_beliefs.user_id,
        filtered_beliefs.week_start,
        true as is_new,
        {{ array_of(for_each_state(
            entries, 'ln(' ~ array_item('filtered_beliefs.belief', 'STATE') ~ ')'
        )) }} as log_belief
    from filtered_beliefs
    inner join belief_window
        on
            filtered_beliefs.run_id = belief_window.run_id
            and filtered_beliefs.week_start = belief_window.first_belief_week_start
            and filtered_beliefs.week_start <= belief_window.as_of_week_start
    where
        (select last_kept.week_start from last_kept) is null
        and least({{ for_each_state(
            entries, array_item('filtered_beliefs.belief', 'STATE')
        ) | join(', ') }}) > 1e-290
    union all
    select
        beliefs.user_id,
        beliefs.week_start,
        false as is_new,
        beliefs.log_belief
    from {{ kept_beliefs }} as beliefs
    inner join newest_kept
        on
            beliefs.user_id = newest_kept.user_id
            and beliefs.week_start = newest_kept.week_start
    where
        beliefs.run_id = '{{ model_in_use['run_id'] }}'
        and beliefs.week_start >= (select last_kept.week_start from last_kept)

),

first_rides as (

    select
        user_id,
        min(week_start) as week_start
    from ride_weeks
    group by user_id

),

beginnings as {{ computed_once() }} (

    select
        first_rides.user_id,
        first_rides.week_start as first_ride_week_start,
        coalesce(
            known_beliefs.week_start, {{ add_days('first_rides.week_start', -7) }}
        ) as week_start,
        coalesce(known_beliefs.is_new, false) as is_new,
        known_beliefs.log_belief
    from first_rides
    cross join belief_window
    left join known_beliefs
        on
            first_rides.user_id = known_beliefs.user_id
            and first_rides.week_start <= known_beliefs.week_start

),

scaled as {{ computed_once() }} (

    select
        user_week_panel.user_id,
        user_week_panel.week_start,
        user_week_panel.is_active,
        {%- for value in values_of_week(model_in_use) %}
        {{ value }},
        {%- endfor %}
        user_week_panel.filled_from_week_start = user_week_panel.week_start
            as has_request,
        {{ checksum_of_week() }} as week_checksum,
        user_week_panel.week_start > beginnings.first_ride_week_start
            as is_later_week
    from user_week_panel
    inner join beginnings
        on
            user_week_panel.user_id = beginnings.user_id
            and user_week_panel.week_start > beginnings.week_start
    where
        user_week_panel.has_completed_ride
        and user_week_panel.week_start > (
            select min(earliest.week_start) from beginnings as earliest
        )

),

evidence as {{ computed_once() }} (

    select
        user_id,
        {%- for state in states %}
        {{ log_density(model_in_use, state) }} as log_density_{{ state }},
        {%- endfor %}
        {%- if has_levels %}
        {{ counted_rides(model_in_use) }} as counted_rides,
        {%- endif %}
        week_start,
        week_checksum
    from scaled

),

stepped as (

    select
        user_id,
        week_start,
        is_new,
        log_belief
    from beginnings
    union all
    (
        {{ forward_step(model_in_use, 'stepped', 'evidence') }}
    )

),

-- Existing rows stay.
added as {{ computed_once() }} (

    select
        stepped.user_id,
        stepped.week_start,
        stepped.log_belief,
        evidence.week_checksum,
        {{ array_of(for_each_state(
            entries, probability_of(array_item('stepped.log_belief', 'STATE'))
        )) }} as belief
    from stepped
    left join evidence
        on
            stepped.user_id = evidence.user_id
            and stepped.week_start = evidence.week_start
    where
        stepped.is_new
        and not exists (
            select 1 from {{ kept_beliefs }} as kept
            where
                kept.run_id = '{{ model_in_use['run_id'] }}'
                and kept.week_start = stepped.week_start
                and kept.user_id = stepped.user_id
        )

),

summed as (

    select
        added.user_id,
        added.week_start,
        added.log_belief,
        added.belief,
        added.week_checksum,
        {{ array_of(sums_over_levels(model_in_use, 'added.belief')) }} as state_belief,
        {{ user_level(model_in_use, 'added.belief') }} as user_level
    from added
    {{ kept_apart() }}

),

ranked as (

    select
        summed.*,
        greatest({{ for_each_state(
            states, array_item('summed.state_belief', 'STATE')
        ) | join(', ') }}) as state_probability
    from summed

),

described as (

    select
        '{{ model_in_use['run_id'] }}' as run_id,
        user_id,
        week_start,
        log_belief,
        belief,
        state_belief,
        state_probability,
        {{ array_position_of('state_belief', 'state_probability') }} as state_id,
        greatest(0, -({{ for_each_state(
            states,
            array_item('state_belief', 'STATE')
            ~ ' * ' ~ log_of(array_item('state_belief', 'STATE'))
        ) | join(' + ') }})) as entropy,
        user_level,
        week_checksum
    from ranked

)

select * from described
