{#
    What the members of each audience did in the four weeks after they entered it. Each
    user counts once, with their first spell, as soon as those four weeks are over. Users
    who entered when no action could reach them in that time do not count.

    Over 170 lines, because it joins spells, rides, money and exposures: six inputs.
#}
{% set n_weeks = 4 %}

with

spells as (

    select * from {{ ref('audiences') }}

),

user_week_panel as (

    select * from {{ ref('user_week_panel') }}

),

request_weeks as (

    select * from {{ ref('int_user_request_weeks') }}

),

feature_sources as (

    select * from {{ ref('int_feature_sources') }}

),

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

exposures as (

    select * from {{ ref('stg_activation__exposures') }}

),

-- Users who entered before the share changed are not comparable with those who entered
-- after it, so only those under the newest share are kept.
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

-- If the log has no message to an audience, all its users count: who was reached is
-- unknown.
logged_audiences as (

    select distinct audience from exposures

),

-- Nobody wrote to those who entered before the first message, after the last one, or
-- while the list was paused: both sides would be alike, whatever a message does.
entries as (

    select distinct
        audience,
        entered_at
    from spells

),

reached_entries as (

    select distinct
        entries.audience,
        entries.entered_at
    from entries
    inner join exposures
        on entries.audience = exposures.audience
    where
        {{ days_between('entries.entered_at', 'exposures.exposed_at') }} >= 0
        and {{ days_between('entries.entered_at', 'exposures.exposed_at') }}
        < {{ 7 * n_weeks }}

),

ranked as (

    select
        spells.*,
        logged_audiences.audience is null
        or reached_entries.audience is not null as is_reachable,
        row_number() over (
            partition by spells.audience, spells.user_id
            order by spells.entered_week_start
        ) as spell_number
    from spells
    inner join newest_shares
        on
            spells.audience = newest_shares.audience
            and spells.holdout_share = newest_shares.holdout_share
    left join logged_audiences
        on spells.audience = logged_audiences.audience
    left join reached_entries
        on
            spells.audience = reached_entries.audience
            and spells.entered_at = reached_entries.entered_at
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
        ranked.expected_rides_4_weeks,
        ranked.expected_spend_4_weeks,
        cast(sum(user_week_panel.n_rides) as {{ dbt.type_bigint() }}) as n_rides,
        case
            when feature_sources.has_price
                then coalesce({{ exact_sum('request_weeks.spend') }}, 0)
        end as spend,
        case
            when feature_sources.has_coupon_count
                then
                    cast(
                        coalesce(sum(user_week_panel.n_coupon_rides), 0)
                        as {{ dbt.type_bigint() }}
                    )
        end as n_coupon_rides,
        count(case when user_week_panel.is_active then 1 end) > 0 as has_ridden
    from ranked
    cross join as_of_week
    cross join feature_sources
    inner join user_week_panel
        on
            ranked.user_id = user_week_panel.user_id
            and ranked.entered_week_start < user_week_panel.week_start
            and {{ add_days('ranked.entered_week_start', 7 * n_weeks) }}
            >= user_week_panel.week_start
    left join request_weeks
        on
            user_week_panel.user_id = request_weeks.user_id
            and user_week_panel.week_start = request_weeks.week_start
    where
        ranked.spell_number = 1
        and ranked.is_reachable
        and as_of_week.as_of_week_start
        >= {{ add_days('ranked.entered_week_start', 7 * n_weeks) }}
    group by
        ranked.audience, ranked.user_id, ranked.entered_week_start,
        ranked.entered_at, ranked.holdout_share, ranked.is_holdout,
        ranked.expected_rides_4_weeks, ranked.expected_spend_4_weeks,
        feature_sources.has_price, feature_sources.has_coupon_count

),

exposed_users as (

    select
        followed.audience,
        followed.user_id,
        count(*) as n_contacts
    from followed
    inner join exposures
        on
            followed.audience = exposures.audience
            and followed.user_id = exposures.user_id
    where
        {{ days_between('followed.entered_at', 'exposures.exposed_at') }} >= 0
        and {{ days_between('followed.entered_at', 'exposures.exposed_at') }}
        < {{ 7 * n_weeks }}
    group by followed.audience, followed.user_id

),

joined as (

    select
        followed.audience,
        followed.user_id,
        followed.entered_week_start,
        followed.holdout_share,
        followed.is_holdout,
        followed.expected_rides_4_weeks,
        followed.expected_spend_4_weeks,
        followed.n_rides,
        followed.spend,
        followed.has_ridden,
        followed.n_coupon_rides,
        coalesce(exposed_users.n_contacts, 0) as n_contacts,
        exposed_users.user_id is not null as is_exposed
    from followed
    left join exposed_users
        on
            followed.audience = exposed_users.audience
            and followed.user_id = exposed_users.user_id

)

select * from joined
