{#
    What acting on an audience does, by those whom chance left alone. Everyone counts on
    the side that they were put on, reached or not (intention to treat), once each, with
    their first spell, and only spells whose four weeks after have all been seen.

    Shares: the interval of Agresti and Caffo 2000 (The American Statistician 54:280-288),
    which adds a success and a failure to each side and so holds for few users too.
    Rides: difference of two means, with the variance of each side (Welch).
#}
{% set n_weeks, z = 4, 1.959964 %}

with

spells as (

    select * from {{ ref('audiences') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

exposures as (

    select * from {{ ref('stg_activation__exposures') }}

),

-- Where the share was changed, the held out of before and after are not alike in
-- when they came: only those under the newest share are compared.
newest_shares as (

    select
        audience,
        holdout_share,
        row_number() over (
            partition by audience
            order by entered_at desc, entered_week_start desc, user_id asc
        ) as recency
    from spells

),

ranked as (

    select
        spells.audience,
        spells.user_id,
        spells.entered_week_start,
        spells.entered_at,
        spells.holdout_share,
        spells.is_holdout,
        row_number() over (
            partition by spells.audience, spells.user_id
            order by spells.entered_week_start
        ) as spell_number
    from spells
    inner join newest_shares
        on
            spells.audience = newest_shares.audience
            and spells.holdout_share = newest_shares.holdout_share
    where newest_shares.recency = 1

),

followed as (

    select
        ranked.audience,
        ranked.user_id,
        ranked.entered_week_start,
        ranked.entered_at,
        ranked.holdout_share,
        ranked.is_holdout,
        cast(sum(user_week_panel.n_rides) as {{ type_double() }}) as n_rides,
        max(case when user_week_panel.is_active then 1 else 0 end) as has_ridden
    from ranked
    cross join as_of_week
    inner join user_week_panel
        on
            ranked.user_id = user_week_panel.user_id
            and ranked.entered_week_start < user_week_panel.week_start
            and {{ add_days('ranked.entered_week_start', 7 * n_weeks) }}
            >= user_week_panel.week_start
    where
        ranked.spell_number = 1
        and as_of_week.as_of_week_start
        >= {{ add_days('ranked.entered_week_start', 7 * n_weeks) }}
    group by
        ranked.audience, ranked.user_id, ranked.entered_week_start,
        ranked.entered_at, ranked.holdout_share, ranked.is_holdout

),

reached as (

    select distinct
        followed.audience,
        followed.user_id
    from followed
    inner join exposures
        on
            followed.audience = exposures.audience
            and followed.user_id = exposures.user_id
    where
        {{ days_between('followed.entered_at', 'exposures.exposed_at') }} >= 0
        and {{ days_between('followed.entered_at', 'exposures.exposed_at') }}
        < {{ 7 * n_weeks }}

),

summed as (

    select
        followed.audience,
        followed.is_holdout,
        followed.holdout_share,
        min(followed.entered_week_start) as first_entered_week_start,
        max(followed.entered_week_start) as last_entered_week_start,
        count(*) as n_users,
        count(reached.user_id) as n_exposed,
        sum(followed.has_ridden) as n_riders,
        avg(followed.n_rides) as mean_rides,
        var_samp(followed.n_rides) as ride_variance
    from followed
    left join reached
        on
            followed.audience = reached.audience
            and followed.user_id = reached.user_id
    group by followed.audience, followed.is_holdout, followed.holdout_share

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
        mean_rides,
        {{ share('n_riders', 'n_users') }} as rode_share,
        {{ share('n_riders + 1', 'n_users + 2') }} as shrunk_share,
        ride_variance / n_users as mean_variance
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
        {{ z }} * sqrt(treated.mean_variance + held_out.mean_variance)
            as rides_reach
    from treated
    full outer join held_out
        on treated.audience = held_out.audience

),

bounded as (

    select
        audience,
        holdout_share,
        first_entered_week_start,
        last_entered_week_start,
        n_treated,
        n_held_out,
        n_treated_exposed,
        n_held_out_exposed,
        rode_share_treated,
        rode_share_held_out,
        rode_share_difference,
        mean_rides_treated,
        mean_rides_held_out,
        mean_rides_difference,
        share_centre - share_reach as rode_share_difference_low,
        share_centre + share_reach as rode_share_difference_high,
        mean_rides_difference - rides_reach as mean_rides_difference_low,
        mean_rides_difference + rides_reach as mean_rides_difference_high
    from compared

)

select * from bounded
