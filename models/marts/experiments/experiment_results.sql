{#
    Each variant against the control, metric by metric.

    Rates: the interval of Newcombe 1998 (Statistics in Medicine 17:873-890, method 10) and
    the chi-square test of two by two, without Yates' correction and with it. Means and
    ratios: Welch's interval and test (Welch 1947, Biometrika 34:28-35), with the variance
    of metric_sums. Over the metrics and variants of an experiment: Holm 1979
    (Scandinavian Journal of Statistics 6:65-70).

    Over 170 lines, because two kinds of tests are computed side by side.
#}
{%- set least_customers = 20 %}
{%- set least_with_value = 5 %}

with

definitions as (

    select * from {{ ref('int_experiments') }}

),

variants as (

    select * from {{ ref('int_experiment_variants') }}

),

experiment_status as (

    select * from {{ ref('experiment_status') }}

),

outcomes as (

    select * from {{ ref('experiment_outcomes') }}

),

sums as (

    {{ metric_sums('outcomes', 'definitions', ['experiment', 'variant', 'is_control']) }}

),

paired as (

    select
        treated.experiment,
        treated.variant,
        treated.metric,
        treated.is_rate,
        control.variant as control_variant,
        treated.n_customers,
        control.n_customers as n_control,
        treated.n_with_value,
        control.n_with_value as n_control_with_value,
        treated.mean_value,
        control.mean_value as mean_control,
        treated.variance,
        control.variance as control_variance,
        treated.mean_value - control.mean_value as difference,
        treated.variance / treated.n_customers as squared_error,
        control.variance / control.n_customers as control_squared_error,
        cast(treated.n_customers as {{ type_double() }})
        + control.n_customers as n_both,
        {{ share(
            'treated.n_with_value + control.n_with_value',
            'treated.n_customers + control.n_customers'
        ) }} as pooled_share,
        definitions.alpha,
        definitions.alpha_deviations,
        definitions.power_deviations,
        definitions.minimal_effect,
        definitions.minimal_effect * abs(control.mean_value) as least_difference
    from sums as treated
    inner join sums as control
        on
            treated.experiment = control.experiment
            and treated.metric = control.metric
            and control.is_control
    inner join definitions
        on treated.experiment = definitions.experiment
    where not treated.is_control
    {{ kept_apart() }}

),

measured as (

    select
        *,
        sqrt(squared_error + control_squared_error) as standard_error,
        -- One or two equal values leave nothing to compare.
        greatest(
            power(squared_error + control_squared_error, 2) / nullif(
                power(squared_error, 2) / nullif(n_customers - 1, 0)
                + power(control_squared_error, 2) / nullif(n_control - 1, 0), 0
            ), 1
        ) as welch_df,
        cast(n_with_value as {{ type_double() }}) * n_control
        - cast(n_control_with_value as {{ type_double() }}) * n_customers
            as cross_difference,
        n_both / nullif(
            cast(n_customers as {{ type_double() }}) * n_control
            * power(n_both, 2) * pooled_share * (1 - pooled_share), 0
        ) as chi_factor,
        {{ wilson_low('n_with_value', 'n_customers', 'alpha_deviations') }} as low,
        {{ wilson_high('n_with_value', 'n_customers', 'alpha_deviations') }} as high,
        {{ wilson_low('n_control_with_value', 'n_control', 'alpha_deviations') }}
            as control_low,
        {{ wilson_high('n_control_with_value', 'n_control', 'alpha_deviations') }}
            as control_high,
        case when is_rate then least(least_difference, 1 - mean_control)
            else least_difference
        end as hoped_difference
    from paired
    {{ kept_apart() }}

),

-- The rates if the effect is the smallest one that matters.
hoped as (

    select
        *,
        mean_control + hoped_difference as hoped_share,
        mean_control + hoped_difference * n_customers / n_both as hoped_pooled_share
    from measured
    {{ kept_apart() }}

),

statistics as (

    select
        *,
        difference / nullif(standard_error, 0) as t_statistic,
        case
            when is_rate then chi_factor * power(cross_difference, 2)
        end as chi_square,
        case
            when is_rate
                then chi_factor
                    * power(greatest(abs(cross_difference) - n_both / 2, 0), 2)
        end as chi_square_yates,
        {{ student_quantile_start('alpha_deviations', 'welch_df') }} as first_quantile,
        case
            when is_rate
                then sqrt(
                    hoped_pooled_share * (1 - hoped_pooled_share)
                    * n_both / n_customers / n_control
                )
            else standard_error
        end as error_without_effect,
        case
            when is_rate
                then sqrt(
                    mean_control * (1 - mean_control) / n_control
                    + hoped_share * (1 - hoped_share) / n_customers
                )
            else standard_error
        end as error_with_effect
    from hoped
    {{ kept_apart() }}

),

-- Welch's quantile by two steps of Newton's method.
first_p_values as (

    select
        *,
        {{ student_two_sided_p('first_quantile', 'welch_df') }} as first_quantile_p
    from statistics
    {{ kept_apart() }}

),

second_quantiles as (

    select
        *,
        {{ student_quantile_step(
            'first_quantile', 'alpha', 'welch_df', 'first_quantile_p'
        ) }} as second_quantile
    from first_p_values
    {{ kept_apart() }}

),

second_p_values as (

    select
        *,
        {{ student_two_sided_p('second_quantile', 'welch_df') }} as second_quantile_p
    from second_quantiles
    {{ kept_apart() }}

),

quantiles as (

    select
        *,
        {{ student_quantile_step(
            'second_quantile', 'alpha', 'welch_df', 'second_quantile_p'
        ) }} as welch_quantile
    from second_p_values
    {{ kept_apart() }}

),

tested as (

    select
        *,
        {{ chi_square_p_value('chi_square', '1') }} as chi_square_p,
        {{ chi_square_p_value('chi_square_yates', '1') }} as chi_square_yates_p,
        case
            when not is_rate then {{ student_two_sided_p('t_statistic', 'welch_df') }}
        end as welch_p,
        case
            when is_rate
                then difference - sqrt(
                    power(mean_value - low, 2) + power(control_high - mean_control, 2)
                )
            else difference - welch_quantile * standard_error
        end as difference_low,
        case
            when is_rate
                then difference + sqrt(
                    power(high - mean_value, 2) + power(mean_control - control_low, 2)
                )
            else difference + welch_quantile * standard_error
        end as difference_high,
        (
            hoped_difference
            - case when is_rate then alpha_deviations else welch_quantile end
            * error_without_effect
        ) / nullif(error_with_effect, 0) as power_reached_deviations,
        power(
            (alpha_deviations + power_deviations) * standard_error
            / nullif(hoped_difference, 0), 2
        ) * n_both as customers_needed
    from quantiles
    {{ kept_apart() }}

),

chosen as (

    select
        *,
        case when is_rate then chi_square_p else welch_p end as p_value,
        case
            when hoped_difference > 0
                then {{ normal_below('power_reached_deviations') }}
        end as power_reached
    from tested
    {{ kept_apart() }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by experiment
            order by
                case when p_value is null then 1 else 0 end,
                p_value,
                variant,
                metric
        ) as place,
        count(p_value) over (partition by experiment) as n_tests
    from chosen

),

adjusted as (

    select
        *,
        case
            when p_value is not null
                then least(
                    1,
                    max((n_tests - place + 1) * p_value) over (
                        partition by experiment
                        order by place
                        rows between unbounded preceding and current row
                    )
                )
        end as p_holm
    from ranked

),

judged as (

    select
        adjusted.*,
        {{ share('adjusted.difference', 'abs(adjusted.mean_control)') }} as uplift,
        case
            when experiment_status.is_stopped then 'stopped'
            when
                adjusted.p_holm is null
                or least(adjusted.n_customers, adjusted.n_control) < {{ least_customers }}
                or least(adjusted.n_with_value, adjusted.n_control_with_value)
                < {{ least_with_value }}
                then 'not measured yet'
            when adjusted.p_holm >= adjusted.alpha then 'no difference found'
            when adjusted.difference > 0 then 'higher'
            else 'lower'
        end as verdict,
        case
            when adjusted.metric = 'spend'
                then
                    {{ as_double(var('contribution_margin')) }} * adjusted.difference
                    - variants.cost_per_customer + controls.cost_per_customer
        end as profit_per_customer,
        variants.cost_per_customer - controls.cost_per_customer as extra_cost
    from adjusted
    inner join experiment_status
        on adjusted.experiment = experiment_status.experiment
    inner join variants
        on
            adjusted.experiment = variants.experiment
            and adjusted.variant = variants.variant
    inner join variants as controls
        on
            adjusted.experiment = controls.experiment
            and adjusted.control_variant = controls.variant

),

described as (

    select
        experiment,
        variant,
        metric,
        control_variant,
        n_customers,
        n_control,
        mean_value,
        mean_control,
        difference,
        difference_low,
        difference_high,
        uplift,
        chi_square,
        chi_square_p,
        chi_square_yates_p,
        t_statistic,
        case when not is_rate then welch_df end as degrees_of_freedom,
        welch_p,
        p_value,
        p_holm,
        power_reached,
        cast(ceil(customers_needed) as {{ type_double() }}) as customers_needed,
        verdict,
        {{ verdict_in_words() }} as sentence,
        profit_per_customer,
        profit_per_customer
        - {{ as_double(var('contribution_margin')) }} * (difference - difference_low)
            as profit_per_customer_low,
        profit_per_customer
        + {{ as_double(var('contribution_margin')) }} * (difference_high - difference)
            as profit_per_customer_high,
        case
            when extra_cost > 0 then profit_per_customer / extra_cost
        end as return_on_investment
    from judged

)

select * from described
