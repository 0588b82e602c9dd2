{#
    The difference of each metric within the states and segments that customers were in
    before they were assigned, and whether it differs between them: the test of interaction
    is Cochran's Q (Cochran 1954, Biometrics 10:101-129), whose p-value is that of a
    chi-square of as many degrees as there are groups, minus one. Later groups would not
    do: the variant may have moved customers from one to another.
#}
{%- set least_customers = 20 %}

with

definitions as (

    select * from {{ ref('int_experiments') }}

),

outcomes as (

    select * from {{ ref('experiment_outcomes') }}

),

customer_users as (

    select * from {{ ref('customer_users') }}

),

weekly_states as (

    select * from {{ ref('user_weekly_states_as_of') }}

),

weekly_segments as (

    select * from {{ ref('customer_weekly_segments') }}

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

-- The last week that had ended.
dated as (

    select
        outcomes.*,
        {{ add_days(week_start(local_time(
            'outcomes.assigned_at', "'" ~ var('default_time_zone') ~ "'"
        )), -7) }} as week_before
    from outcomes

),

in_states as (

    select
        dated.experiment,
        dated.customer_id,
        'state' as group_kind,
        min(weekly_states.state_key) as group_key
    from dated
    inner join customer_users
        on dated.customer_id = customer_users.customer_id
    inner join weekly_states
        on
            customer_users.user_id = weekly_states.user_id
            and dated.week_before = weekly_states.week_start
            and weekly_states.revision = 0
    group by dated.experiment, dated.customer_id
    having count(distinct weekly_states.state_key) = 1

),

in_segments as (

    select
        dated.experiment,
        dated.customer_id,
        'segment' as group_kind,
        segments.segment_key as group_key
    from dated
    inner join weekly_segments
        on
            dated.customer_id = weekly_segments.customer_id
            and dated.week_before = weekly_segments.as_of_week_start
    inner join segments
        on weekly_segments.segment_id = segments.segment_id

),

groups as (

    select * from in_states
    union all
    select * from in_segments

),

grouped_outcomes as (

    select
        dated.*,
        groups.group_kind,
        groups.group_key
    from dated
    inner join groups
        on
            dated.experiment = groups.experiment
            and dated.customer_id = groups.customer_id

),

sums as (

    {{ metric_sums(
        'grouped_outcomes', 'definitions',
        ['experiment', 'variant', 'is_control', 'group_kind', 'group_key']
    ) }}

),

compared as (

    select
        treated.experiment,
        treated.variant,
        treated.metric,
        treated.group_kind,
        treated.group_key,
        control.variant as control_variant,
        treated.n_customers,
        control.n_customers as n_control,
        treated.mean_value,
        control.mean_value as mean_control,
        definitions.alpha_deviations,
        treated.mean_value - control.mean_value as difference,
        case
            when
                least(treated.n_customers, control.n_customers) >= {{ least_customers }}
                then nullif(sqrt(
                    treated.variance / treated.n_customers
                    + control.variance / control.n_customers
                ), 0)
        end as standard_error
    from sums as treated
    inner join sums as control
        on
            treated.experiment = control.experiment
            and treated.metric = control.metric
            and treated.group_kind = control.group_kind
            and treated.group_key = control.group_key
            and control.is_control
    inner join definitions
        on treated.experiment = definitions.experiment
    where not treated.is_control

),

weighted as (

    select
        *,
        difference / standard_error as z,
        sum(difference / power(standard_error, 2)) over same_test
        / sum(1 / power(standard_error, 2)) over same_test as pooled_difference,
        count(standard_error) over same_test - 1 as n_others
    from compared
    window
        same_test as (partition by experiment, variant, metric, group_kind)

),

tested as (

    select
        *,
        {{ normal_two_sided_p('z') }} as p_value,
        sum(
            power((difference - pooled_difference) / standard_error, 2)
        ) over (
            partition by experiment, variant, metric, group_kind
        ) as interaction_chi_square
    from weighted

),

described as (

    select
        experiment,
        variant,
        metric,
        group_kind,
        group_key,
        control_variant,
        n_customers,
        n_control,
        mean_value,
        mean_control,
        difference,
        difference - alpha_deviations * standard_error as difference_low,
        difference + alpha_deviations * standard_error as difference_high,
        {{ share('difference', 'abs(mean_control)') }} as uplift,
        p_value,
        interaction_chi_square,
        cast(nullif(greatest(n_others, 0), 0) as {{ dbt.type_int() }})
            as interaction_degrees,
        {{ chi_square_p_value('interaction_chi_square', 'n_others') }} as interaction_p
    from tested

)

select * from described
