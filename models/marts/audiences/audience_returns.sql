{#
    What acting on an audience brings: the margin of what users spent more, minus what the
    messages and coupons cost. Each user counts on the side they were assigned to, with
    their own costs, so coupons that held-out users have anyway are no cost.

    profit of a user = margin × spend - cost of messages - cost of coupons

    The interval is that of audience_effects. The return on investment is the profit over
    what was spent on messages and coupons, which is known and has no interval of its own.

    Over 170 lines, because why a profit is not known has to be said beside the profit.
#}
{% set z = 1.959964 %}
{% set margin = as_double(var('contribution_margin')) %}

with

definitions as (

    select * from {{ ref('int_audience_definitions') }}

),

effects as (

    select * from {{ ref('audience_effects') }}

),

outcomes as (

    select * from {{ ref('audience_outcomes') }}

),

-- In a log without coupons each message counts as one.
costed as (

    select
        outcomes.audience,
        outcomes.is_holdout,
        outcomes.spend,
        outcomes.n_contacts,
        coalesce(outcomes.n_coupon_rides, outcomes.n_contacts) as n_coupons,
        outcomes.n_coupon_rides is not null
        and not definitions.has_coupon_cost as is_coupon_cost_missing,
        definitions.cost_per_contact * outcomes.n_contacts
        + definitions.cost_per_coupon
        * coalesce(outcomes.n_coupon_rides, outcomes.n_contacts) as cost_of_user
    from outcomes
    inner join definitions
        on outcomes.audience = definitions.audience

),

sides as (

    select
        audience,
        is_holdout,
        cast(count(*) as {{ type_double() }}) as n_users,
        sum(n_contacts) as n_contacts,
        max(case when is_coupon_cost_missing then 1 else 0 end)
            as n_costs_missing,
        avg(cast(n_coupons as {{ type_double() }})) as mean_coupons,
        avg(cost_of_user) as mean_cost,
        avg(spend) as mean_spend,
        avg({{ margin }} * spend - cost_of_user) as mean_profit,
        coalesce(var_samp({{ margin }} * spend - cost_of_user), 0) as profit_variance
    from costed
    group by audience, is_holdout

),

compared as (

    select
        treated.audience,
        treated.n_users,
        treated.n_contacts,
        treated.n_users * (treated.mean_coupons - held_out.mean_coupons)
            as n_more_coupons,
        treated.n_costs_missing > 0
        and treated.mean_coupons > held_out.mean_coupons as is_cost_missing,
        treated.n_users * (treated.mean_cost - held_out.mean_cost)
            as cost_of_acting,
        treated.n_users * {{ margin }} * (treated.mean_spend - held_out.mean_spend)
            as margin_gained,
        treated.n_users * (treated.mean_profit - held_out.mean_profit) as profit,
        treated.n_users * {{ z }} * sqrt(
            (
                treated.profit_variance * (treated.n_users - 1)
                + held_out.profit_variance * (held_out.n_users - 1)
            ) / nullif(treated.n_users + held_out.n_users - 2, 0)
            * (1 / treated.n_users + 1 / held_out.n_users)
        ) as profit_reach
    from sides as treated
    inner join sides as held_out
        on
            treated.audience = held_out.audience
            and held_out.is_holdout
    where not treated.is_holdout

),

-- No gain is given before the effect counts as measured, and none that leaves out what
-- coupons cost.
measured as (

    select
        compared.audience,
        compared.n_contacts,
        compared.n_more_coupons,
        effects.n_treated,
        effects.n_held_out,
        case when not compared.is_cost_missing then compared.cost_of_acting end
            as cost_of_acting,
        case
            when effects.why_not_measured is not null then effects.why_not_measured
            when compared.is_cost_missing
                then
                    'They used '
                    || cast(
                        cast(round(compared.n_more_coupons) as {{ dbt.type_bigint() }})
                        as {{ dbt.type_string() }}
                    )
                    || ' more coupons than if they had been held out, and '
                    || 'audience_definitions does not say what a coupon costs.'
        end as why_not_measured,
        case when effects.why_not_measured is null then compared.margin_gained end
            as margin_gained,
        {%- for column in ['profit', 'profit_reach'] %}
        case
            when effects.why_not_measured is null and not compared.is_cost_missing
                then compared.{{ column }}
        end as {{ column }},
        {%- endfor %}
        compared.profit is not null as has_prices
    from compared
    inner join effects
        on compared.audience = effects.audience

),

described as (

    select
        measured.audience,
        definitions.title,
        definitions.cost_per_contact,
        definitions.cost_per_coupon,
        {{ margin }} as contribution_margin,
        measured.n_treated,
        measured.n_held_out,
        cast(measured.n_contacts as {{ dbt.type_bigint() }}) as n_contacts,
        measured.n_more_coupons,
        measured.cost_of_acting,
        measured.margin_gained,
        measured.profit,
        measured.profit - measured.profit_reach as profit_low,
        measured.profit + measured.profit_reach as profit_high,
        case
            when measured.cost_of_acting > 0
                then measured.profit / measured.cost_of_acting
        end as return_on_investment,
        case
            when measured.cost_of_acting > 0
                then
                    (measured.profit - measured.profit_reach)
                    / measured.cost_of_acting
        end as return_low,
        case
            when measured.cost_of_acting > 0
                then
                    (measured.profit + measured.profit_reach)
                    / measured.cost_of_acting
        end as return_high,
        case
            when not measured.has_prices then 'This log has no prices.'
            else measured.why_not_measured
        end as why_not_measured,
        case
            when measured.profit is null
                then 'not measured yet'
            when measured.profit - measured.profit_reach > 0 then 'pays'
            when measured.profit + measured.profit_reach < 0 then 'costs more'
            else 'not certain'
        end as verdict
    from measured
    inner join definitions
        on measured.audience = definitions.audience

)

select * from described
