{#
    The effect of acting on an audience: users who may be acted on, compared with users
    held out at random. Everyone counts on the side they were assigned to, reached or
    not (intention to treat).

    Shares: the interval of Agresti and Caffo 2000 (The American Statistician 54:280-288),
    which adds a success and a failure to each side and so holds for few users too.
    Rides and money: difference of two means, with the variance of both sides together,
    which are alike if there is no effect. With the variance of each side (Welch) a small
    held-out side that happens to have no busy rider would look certain. With few users or
    riders no interval holds, so nothing is called measured before both sides have some.

    Over 170 lines, because three measures are compared, each with its interval.
#}
{% set z = 1.959964 %}
{% set least_users = 20 %}
{% set least_riders = 5 %}
{% set differences = {
    'rode_share_difference': 'rode_share_difference',
    'rode_share_difference_low': 'share_centre - share_reach',
    'rode_share_difference_high': 'share_centre + share_reach',
    'mean_rides_difference': 'mean_rides_difference',
    'mean_rides_difference_low': 'mean_rides_difference - rides_reach',
    'mean_rides_difference_high': 'mean_rides_difference + rides_reach',
    'mean_spend_difference': 'mean_spend_difference',
    'mean_spend_difference_low': 'mean_spend_difference - spend_reach',
    'mean_spend_difference_high': 'mean_spend_difference + spend_reach',
} %}

with

definitions as (

    select * from {{ ref('int_audience_definitions') }}

),

outcomes as (

    select * from {{ ref('audience_outcomes') }}

),

summed as (

    select
        audience,
        is_holdout,
        holdout_share,
        min(entered_week_start) as first_entered_week_start,
        max(entered_week_start) as last_entered_week_start,
        count(*) as n_users,
        count(case when is_exposed then 1 end) as n_exposed,
        count(case when has_ridden then 1 end) as n_riders,
        avg(cast(n_rides as {{ type_double() }})) as mean_rides,
        var_samp(cast(n_rides as {{ type_double() }})) as ride_variance,
        avg(spend) as mean_spend,
        var_samp(spend) as spend_variance
    from outcomes
    group by audience, is_holdout, holdout_share

),

sides as (

    select
        audience,
        is_holdout,
        holdout_share,
        first_entered_week_start,
        last_entered_week_start,
        n_users,
        n_exposed,
        n_riders,
        mean_rides,
        mean_spend,
        {{ share('n_riders', 'n_users') }} as rode_share,
        {{ share('n_riders + 1', 'n_users + 2') }} as shrunk_share,
        coalesce(ride_variance, 0) * (n_users - 1) as ride_squares,
        coalesce(spend_variance, 0) * (n_users - 1) as spend_squares
    from summed

),

treated as (

    select * from sides
    where not is_holdout

),

held_out as (

    select * from sides
    where is_holdout

),

compared as (

    select
        treated.rode_share as rode_share_treated,
        held_out.rode_share as rode_share_held_out,
        treated.mean_rides as mean_rides_treated,
        held_out.mean_rides as mean_rides_held_out,
        treated.mean_spend as mean_spend_treated,
        held_out.mean_spend as mean_spend_held_out,
        coalesce(treated.audience, held_out.audience) as audience,
        coalesce(treated.holdout_share, held_out.holdout_share) as holdout_share,
        least(
            treated.first_entered_week_start, held_out.first_entered_week_start
        ) as first_entered_week_start,
        greatest(
            treated.last_entered_week_start, held_out.last_entered_week_start
        ) as last_entered_week_start,
        coalesce(treated.n_users, 0) as n_treated,
        coalesce(held_out.n_users, 0) as n_held_out,
        coalesce(treated.n_riders, 0) as n_riders_treated,
        coalesce(held_out.n_riders, 0) as n_riders_held_out,
        coalesce(treated.n_exposed, 0) as n_treated_exposed,
        coalesce(held_out.n_exposed, 0) as n_held_out_exposed,
        treated.rode_share - held_out.rode_share as rode_share_difference,
        treated.shrunk_share - held_out.shrunk_share as share_centre,
        {{ z }} * sqrt(
            treated.shrunk_share * (1 - treated.shrunk_share)
            / (treated.n_users + 2)
            + held_out.shrunk_share * (1 - held_out.shrunk_share)
            / (held_out.n_users + 2)
        ) as share_reach,
        treated.mean_rides - held_out.mean_rides as mean_rides_difference,
        {{ z }} * sqrt(
            (treated.ride_squares + held_out.ride_squares)
            / nullif(treated.n_users + held_out.n_users - 2, 0)
            * (1.0 / treated.n_users + 1.0 / held_out.n_users)
        ) as rides_reach,
        treated.mean_spend - held_out.mean_spend as mean_spend_difference,
        {{ z }} * sqrt(
            (treated.spend_squares + held_out.spend_squares)
            / nullif(treated.n_users + held_out.n_users - 2, 0)
            * (1.0 / treated.n_users + 1.0 / held_out.n_users)
        ) as spend_reach
    from treated
    full outer join held_out
        on treated.audience = held_out.audience

),

-- Where nobody was reached, as far as the log says, a difference has another cause.
explained as (

    select
        compared.*,
        case
            when compared.n_treated_exposed = 0
                then 'No message to this audience is in the log of messages.'
            when compared.n_held_out < {{ least_users }}
                then
                    'Of users followed for four weeks, '
                    || cast(compared.n_held_out as {{ dbt.type_string() }})
                    || ' got no message; {{ least_users }} are needed.'
            when compared.n_treated < {{ least_users }}
                then
                    'Of users followed for four weeks, '
                    || cast(compared.n_treated as {{ dbt.type_string() }})
                    || ' could be written to; {{ least_users }} are needed.'
            when compared.n_riders_held_out < {{ least_riders }}
                then
                    'Of ' || cast(compared.n_held_out as {{ dbt.type_string() }})
                    || ' users who got no message, '
                    || cast(compared.n_riders_held_out as {{ dbt.type_string() }})
                    || ' rode in four weeks; {{ least_riders }} are needed.'
            when compared.n_riders_treated < {{ least_riders }}
                then
                    'Of ' || cast(compared.n_treated as {{ dbt.type_string() }})
                    || ' users who could be written to, '
                    || cast(compared.n_riders_treated as {{ dbt.type_string() }})
                    || ' rode in four weeks; {{ least_riders }} are needed.'
        end as why_not_measured
    from compared

),

-- No difference is given before it counts as measured.
bounded as (

    select
        audience,
        holdout_share,
        first_entered_week_start,
        last_entered_week_start,
        n_treated,
        n_held_out,
        n_riders_treated,
        n_riders_held_out,
        n_treated_exposed,
        n_held_out_exposed,
        rode_share_treated,
        rode_share_held_out,
        mean_rides_treated,
        mean_rides_held_out,
        mean_spend_treated,
        mean_spend_held_out,
        {%- for column, figure in differences.items() %}
        case when why_not_measured is null then {{ figure }} end as {{ column }},
        {%- endfor %}
        why_not_measured
    from explained

),

stated as (

    select
        bounded.*,
        case
            when bounded.why_not_measured is not null then 'not measured yet'
            when
                bounded.mean_rides_difference_low > 0
                or bounded.mean_rides_difference_high < 0
                then 'measured'
            else 'no effect found'
        end as effect_status
    from bounded

),

-- No list is written to whose messages were seen to bring nothing more, unless the seed
-- says so.
judged as (

    select
        stated.*,
        definitions.title,
        case
            when
                stated.effect_status = 'not measured yet'
                or definitions.write_without_effect
                then false
            when stated.effect_status = 'no effect found' then true
            else
                coalesce(
                    stated.mean_spend_difference, stated.mean_rides_difference
                ) <= 0
        end as is_paused
    from stated
    left join definitions
        on stated.audience = definitions.audience

)

select * from judged
