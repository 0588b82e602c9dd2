{{ config(
    pre_hook="{{ without_nested_loops() }}",
) }}
{#
    How likely each customer is to do what each target asks, by the newest week that the
    target's champion scored, with what came of earlier forecasts like it, and the strongest
    reasons, in a sentence.

    Over 170 lines, because chances, past rates and reasons are joined into one sentence.
#}
with

champions as (

    select * from {{ ref('stg_propensity__champions') }}

),

fits as (

    select * from {{ ref('stg_propensity__fits') }}

),

classes as (

    select * from {{ ref('stg_propensity__classes') }}

),

judged_tenths as (

    select * from {{ ref('stg_propensity__judged_tenths') }}

),

targets as (

    select * from {{ ref('propensity_targets') }}

),

reasons as (

    select * from {{ ref('prediction_reasons') }}

),

{{ scored_now_ctes('champions') }},

described_classes as (

    select
        classes.run_id,
        classes.class_number,
        classes.class_name,
        classes.base_rate,
        coalesce(targets.words, champions.target)
        || case
            when fits.outcome = 'crm_label' then ' ' || classes.class_name else ''
        end as words
    from classes
    inner join champions
        on classes.run_id = champions.run_id
    inner join fits
        on classes.run_id = fits.run_id
    left join targets
        on champions.target = targets.target

),

-- A tenth reaches up to where the next one begins; the first and the last are open.
tenths as (

    select
        run_id,
        class_number,
        tenth,
        observed_rate,
        n_rows,
        case when lag(tenth) over of_class is not null then lowest end as begins_at,
        lead(lowest) over of_class as ends_at
    from judged_tenths
    window of_class as (partition by run_id, class_number order by tenth asc)

),

placed as (

    select
        scored_now.target,
        scored_now.customer_id,
        scored_now.outcome_class,
        scored_now.as_of_week_start,
        scored_now.probability,
        scored_now.run_id,
        rank() over (
            partition by scored_now.target, scored_now.outcome_class
            order by scored_now.probability desc
        ) as place,
        rank() over (
            partition by scored_now.target, scored_now.outcome_class
            order by scored_now.probability asc
        ) as place_from_last,
        count(*) over (partition by scored_now.target, scored_now.outcome_class)
            as n_scored
    from scored_now

),

joined_reasons as (

    select
        target,
        customer_id,
        outcome_class,
        max(case when direction = 'for' and place = 1 then reason end)
        {%- for place in range(2, n_reasons('for') + 1) %}
        || coalesce(
            '; '
            || max(
                case when direction = 'for' and place = {{ place }} then reason end
            ),
            ''
        )
        {%- endfor %} as reasons_for,
        max(case when direction = 'against' and place = 1 then reason end)
        {%- for place in range(2, n_reasons('against') + 1) %}
        || coalesce(
            '; '
            || max(
                case when direction = 'against' and place = {{ place }} then reason end
            ),
            ''
        )
        {%- endfor %} as reasons_against,
        max(explained_as_of) as explained_as_of
    from reasons
    group by target, customer_id, outcome_class

),

described as (

    select
        placed.target,
        placed.customer_id,
        placed.outcome_class,
        placed.as_of_week_start,
        placed.probability,
        placed.place,
        {{ share('placed.place_from_last - 1', 'placed.n_scored') }}
            as share_less_likely,
        tenths.tenth,
        tenths.observed_rate as past_rate,
        tenths.n_rows as n_past,
        {{ chance_in_words(
            'described_classes.words', 'placed.probability', 'described_classes.base_rate',
            'tenths.observed_rate', 'tenths.n_rows'
        ) }}
        || {{ reasons_after(
            'joined_reasons.reasons_for', 'joined_reasons.reasons_against',
            'placed.probability >= least(0.5, coalesce(described_classes.base_rate, 0.5))'
        ) }}
        || case
            when joined_reasons.explained_as_of < placed.as_of_week_start
                then
                    ' The reasons are of the week of '
                    || cast(joined_reasons.explained_as_of as {{ dbt.type_string() }})
                    || '.'
            else ''
        end as sentence,
        joined_reasons.explained_as_of,
        placed.run_id
    from placed
    inner join described_classes
        on
            placed.run_id = described_classes.run_id
            and placed.outcome_class = described_classes.class_name
    left join tenths
        on
            described_classes.run_id = tenths.run_id
            and described_classes.class_number = tenths.class_number
            and (
                tenths.begins_at is null or placed.probability >= tenths.begins_at
            )
            and (tenths.ends_at is null or placed.probability < tenths.ends_at)
    left join joined_reasons
        on
            placed.target = joined_reasons.target
            and placed.customer_id = joined_reasons.customer_id
            and placed.outcome_class = joined_reasons.outcome_class

)

select * from described
