{#
    Whether the champion's features are still distributed as at its fit. Bins come from
    the values of the reference: a value belongs to the tenth that contains the middle
    of its ranks, so equal values share a bin. A boolean has two bins.

    value  reference  ranks   bin        0: 60 %, ranks 0–60, middle 30 → bin 4
    0      60 %       0–60    4          1: 40 %, ranks 60–100, middle 80 → bin 9
    1      40 %       60–100  9
#}
with

feature_values as (

    select * from {{ ref('int_drift_values') }}

),

thresholds as (

    select * from {{ ref('quality_thresholds') }}

),

averaged as (

    select
        run_id,
        feature,
        feature_position,
        cast(sum(n_reference_user_weeks) as {{ dbt.type_bigint() }})
            as n_reference_user_weeks,
        cast(sum(n_recent_user_weeks) as {{ dbt.type_bigint() }})
            as n_recent_user_weeks,
        sum(n_reference_user_weeks * feature_value)
        / nullif(sum(n_reference_user_weeks), 0) as reference_mean,
        sum(n_recent_user_weeks * feature_value)
        / nullif(sum(n_recent_user_weeks), 0) as recent_mean
    from feature_values
    group by run_id, feature, feature_position

),

ranked as (

    select
        feature_values.*,
        averaged.n_reference_user_weeks as n_reference_total,
        averaged.reference_mean,
        sum(feature_values.n_reference_user_weeks) over (
            partition by feature_values.feature
            order by feature_values.feature_value
            rows between unbounded preceding and current row
        ) as n_reference_so_far
    from feature_values
    inner join averaged
        on feature_values.feature = averaged.feature

),

placed as (

    select
        feature,
        feature_value,
        n_reference_user_weeks,
        n_recent_user_weeks,
        reference_mean,
        least(
            floor(
                10 * (n_reference_so_far - 0.5 * n_reference_user_weeks)
                / nullif(n_reference_total, 0)
            ),
            9
        ) + 1 as bin
    from ranked

),

binned as (

    select
        feature,
        bin,
        sum(n_reference_user_weeks) as n_reference_user_weeks,
        sum(n_recent_user_weeks) as n_recent_user_weeks,
        sum(n_reference_user_weeks * power(feature_value - reference_mean, 2))
            as squared_deviations
    from placed
    group by feature, bin

),

counted as (

    select
        feature,
        count(*) as n_bins,
        sum(squared_deviations) as squared_deviations
    from binned
    group by feature

),

indexed as (

    select
        averaged.feature,
        counted.squared_deviations,
        sum(
            {{ stability_term(
                'binned.n_recent_user_weeks', 'averaged.n_recent_user_weeks',
                'binned.n_reference_user_weeks', 'averaged.n_reference_user_weeks',
                'counted.n_bins'
            ) }}
        ) as stability_index
    from averaged
    inner join counted
        on averaged.feature = counted.feature
    inner join binned
        on averaged.feature = binned.feature
    group by averaged.feature, counted.squared_deviations

),

-- At least ten user-weeks per bin: with fewer, chance alone would move the index.
measured as (

    select
        averaged.*,
        sqrt(
            indexed.squared_deviations
            / nullif(averaged.n_reference_user_weeks, 0)
        ) as reference_standard_deviation,
        case
            when
                averaged.n_reference_user_weeks >= 100
                and averaged.n_recent_user_weeks >= 100
                then cast(indexed.stability_index as {{ type_double() }})
        end as population_stability_index
    from averaged
    inner join indexed
        on averaged.feature = indexed.feature

),

judged as (

    select
        measured.feature,
        measured.feature_position,
        measured.n_reference_user_weeks,
        measured.n_recent_user_weeks,
        measured.reference_mean,
        measured.recent_mean,
        measured.reference_standard_deviation,
        measured.population_stability_index,
        measured.run_id,
        (measured.recent_mean - measured.reference_mean)
        / nullif(measured.reference_standard_deviation, 0)
            as standardised_difference,
        coalesce(
            measured.population_stability_index > thresholds.threshold, false
        ) as is_drifting
    from measured
    left join thresholds
        on thresholds.check_name = 'feature_drift'

)

select * from judged
