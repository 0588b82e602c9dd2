{#
    By what the champion gives customers a segment: one row per segment, with two columns
    per feature, both null for a feature that the fit left out. A customer is in the
    segment with the greatest score; of equal ones in the first.

    score = offset - sum over features of factor × (scaled value - mean)²

    rule             offset                               factor
    nearest_centre   0                                    1
    mixture          ln(weight) - sum of ln(2πv) / 2      1 / (2v), v the variance
#}
with

champion as (

    select * from {{ ref('stg_segments__champion') }}

),

fits as (

    select * from {{ ref('stg_segments__fits') }}

),

weights as (

    select * from {{ ref('stg_segments__weights') }}

),

centres as (

    select * from {{ ref('stg_segments__centres') }}

),

weighted as (

    select
        champion.run_id,
        fits.rule,
        fits.as_of_week_start as fit_week_start,
        weights.segment_id,
        weights.weight
    from champion
    inner join fits
        on champion.run_id = fits.run_id
    inner join weights
        on champion.run_id = weights.run_id

),

factored as (

    select
        weighted.run_id,
        weighted.rule,
        weighted.fit_week_start,
        weighted.segment_id,
        weighted.weight,
        centres.feature,
        centres.mean,
        case
            when weighted.rule = 'mixture' then 1 / (2 * centres.variance)
            else cast(1 as {{ type_double() }})
        end as factor,
        case
            when weighted.rule = 'mixture'
                then ln(2 * pi() * centres.variance) / 2
            else cast(0 as {{ type_double() }})
        end as log_scale
    from weighted
    inner join centres
        on
            weighted.run_id = centres.run_id
            and weighted.segment_id = centres.segment_id

),

listed as (

    select
        run_id,
        segment_id,
        rule,
        fit_week_start,
        weight,
        {%- for feature in model_features() %}
        max(case when feature = '{{ feature }}' then mean end) as mean_{{ feature }},
        max(case when feature = '{{ feature }}' then factor end)
            as factor_{{ feature }},
        {%- endfor %}
        case when rule = 'mixture' then {{ log_of('weight') }} else 0 end
        - {{ exact_sum('log_scale', 15) }} as score_offset
    from factored
    group by run_id, segment_id, rule, fit_week_start, weight

)

select * from listed
