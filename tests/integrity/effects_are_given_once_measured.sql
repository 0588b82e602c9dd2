{#
    A difference, and a profit, is given if and only if the effect counts as measured.
    Money is not known in a log without prices.
#}
with

effects as (

    select * from {{ ref('audience_effects') }}

),

returns as (

    select * from {{ ref('audience_returns') }}

),

wrong_effects as (

    select audience
    from effects
    where
        (effect_status = 'not measured yet') <> (mean_rides_difference is null)
        or (effect_status = 'not measured yet') <> (rode_share_difference is null)
        or (
            effect_status = 'not measured yet'
            and coalesce(
                mean_rides_difference_low, mean_rides_difference_high,
                rode_share_difference_low, rode_share_difference_high,
                mean_spend_difference, mean_spend_difference_low,
                mean_spend_difference_high
            ) is not null
        )

),

wrong_returns as (

    select audience
    from returns
    where
        (verdict = 'not measured yet') <> (profit is null)
        or (
            verdict = 'not measured yet'
            and coalesce(
                margin_gained, profit_low, profit_high, return_on_investment,
                return_low, return_high
            ) is not null
        )

),

wrong as (

    select audience from wrong_effects
    union all
    select audience from wrong_returns

)

select * from wrong
