{#
    How far each experiment is, and whether its variants have the shares that they should
    have: the sample-ratio check. Where they differ by more than one in a thousand
    experiments would by chance, something assigned or recorded wrongly, and the results
    are not to be read.
#}
{%- set stop_line = as_double('0.001') %}

with

experiments as (

    select * from {{ ref('int_experiments') }}

),

variants as (

    select * from {{ ref('int_experiment_variants') }}

),

assignments as (

    select * from {{ ref('experiment_assignments') }}

),

outcomes as (

    select * from {{ ref('experiment_outcomes') }}

),

horizon as (

    select * from {{ ref('int_cohort_horizon') }}

),

counted as (

    select
        experiment,
        variant,
        count(*) as n_assigned,
        min(assigned_at) as first_assigned_at,
        max(assigned_at) as last_assigned_at
    from assignments
    group by experiment, variant

),

followed as (

    select
        experiment,
        count(*) as n_followed
    from outcomes
    group by experiment

),

-- A variant that nobody is in counts, too.
compared as (

    select
        variants.experiment,
        variants.variant,
        variants.expected_share,
        counted.first_assigned_at,
        counted.last_assigned_at,
        coalesce(counted.n_assigned, 0) as n_assigned,
        sum(coalesce(counted.n_assigned, 0)) over (
            partition by variants.experiment
        ) as n_of_all
    from variants
    left join counted
        on
            variants.experiment = counted.experiment
            and variants.variant = counted.variant

),

summed as (

    select
        experiment,
        cast(max(n_of_all) as {{ dbt.type_bigint() }}) as n_assigned,
        min(first_assigned_at) as first_assigned_at,
        max(last_assigned_at) as last_assigned_at,
        cast(count(*) as {{ dbt.type_int() }}) - 1 as degrees_of_freedom,
        sum(
            power(n_assigned - n_of_all * expected_share, 2)
            / nullif(n_of_all * expected_share, 0)
        ) as chi_square
    from compared
    group by experiment
    {{ kept_apart() }}

),

tested as (

    select
        *,
        {{ chi_square_p_value('chi_square', 'degrees_of_freedom') }} as sample_ratio_p
    from summed

),

described as (

    select
        experiments.experiment,
        experiments.title,
        experiments.description,
        experiments.population,
        experiments.assigned_by,
        tested.first_assigned_at,
        tested.last_assigned_at,
        experiments.ends_on,
        experiments.follow_days,
        experiments.metrics,
        experiments.alpha,
        experiments.minimal_effect,
        tested.n_assigned,
        tested.chi_square as sample_ratio_chi_square,
        tested.sample_ratio_p,
        coalesce(followed.n_followed, 0) as n_followed,
        coalesce(tested.sample_ratio_p < {{ stop_line }}, false) as is_stopped,
        case
            when tested.n_assigned = 0 then 'waiting'
            when
                experiments.ends_at <= horizon.known_until_at
                and {{ seconds_after(
                    'experiments.ends_at', '86400 * experiments.follow_days'
                ) }} <= horizon.known_until_at
                then 'over'
            when coalesce(followed.n_followed, 0) = 0 then 'followed'
            else 'running'
        end as status
    from experiments
    cross join horizon
    inner join tested
        on experiments.experiment = tested.experiment
    left join followed
        on experiments.experiment = followed.experiment

)

select * from described
