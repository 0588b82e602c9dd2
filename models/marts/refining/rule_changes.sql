{#
    Every change of a rule that a build found, with the size of its cohort or audience in
    the last build before and in the newest one since, and the effect of acting on an
    audience on those who entered before and since. The interval is that of
    audience_effects; whoever entered in the week of the change counts as since.
#}
{% set z = 1.959964 %}
{% set least_users = 20 %}

with

rule_history as (

    select * from {{ ref('rule_history') }}

),

outcomes as (

    select * from {{ ref('audience_outcomes') }}

),

followed as (

    select
        rule_kind,
        rule_name,
        rule_part,
        found_at as changed_at,
        found_week_start as changed_week_start,
        rule_text as rule_after,
        n_members as n_members_after,
        lag(rule_text) over versions as rule_before,
        lag(n_members) over versions as n_members_before,
        lag(found_at) over versions as found_before_at
    from rule_history
    window
        versions as (
            partition by rule_kind, rule_name, rule_part
            order by found_at
        )

),

changes as (

    select * from followed
    where found_before_at is not null

),

sides as (

    select
        changes.rule_name,
        changes.rule_part,
        changes.changed_at,
        outcomes.is_holdout,
        outcomes.entered_week_start >= changes.changed_week_start as is_since,
        cast(count(*) as {{ type_double() }}) as n_users,
        avg(cast(outcomes.n_rides as {{ type_double() }})) as mean_rides,
        coalesce(
            var_samp(cast(outcomes.n_rides as {{ type_double() }})), 0
        ) as ride_variance
    from changes
    inner join outcomes
        on
            changes.rule_kind = 'audience'
            and changes.rule_name = outcomes.audience
    group by
        changes.rule_name, changes.rule_part, changes.changed_at,
        outcomes.is_holdout,
        outcomes.entered_week_start >= changes.changed_week_start

),

effects as (

    select
        treated.rule_name,
        treated.rule_part,
        treated.changed_at,
        treated.is_since,
        treated.mean_rides - held_out.mean_rides as difference,
        {{ z }} * sqrt(
            (
                treated.ride_variance * (treated.n_users - 1)
                + held_out.ride_variance * (held_out.n_users - 1)
            ) / (treated.n_users + held_out.n_users - 2)
            * (1 / treated.n_users + 1 / held_out.n_users)
        ) as reach
    from sides as treated
    inner join sides as held_out
        on
            treated.rule_name = held_out.rule_name
            and treated.rule_part = held_out.rule_part
            and treated.changed_at = held_out.changed_at
            and treated.is_since = held_out.is_since
            and held_out.is_holdout
    where
        not treated.is_holdout
        and least(treated.n_users, held_out.n_users) >= {{ least_users }}

),

described as (

    select
        changes.rule_kind,
        changes.rule_name,
        changes.rule_part,
        changes.changed_at,
        changes.changed_week_start,
        changes.rule_before,
        changes.rule_after,
        changes.n_members_before,
        changes.n_members_after,
        {% for period in ['before', 'since'] %}
        effects_{{ period }}.difference as mean_rides_difference_{{ period }},
        effects_{{ period }}.difference - effects_{{ period }}.reach
            as mean_rides_difference_{{ period }}_low,
        effects_{{ period }}.difference + effects_{{ period }}.reach
            as mean_rides_difference_{{ period }}_high{{ ',' if not loop.last }}
        {% endfor %}
    from changes
    {% for period in ['before', 'since'] %}
    left join effects as effects_{{ period }}
        on
            changes.rule_kind = 'audience'
            and changes.rule_name = effects_{{ period }}.rule_name
            and changes.rule_part = effects_{{ period }}.rule_part
            and changes.changed_at = effects_{{ period }}.changed_at
            and {{ 'not ' if period == 'before' }}effects_{{ period }}.is_since
    {% endfor %}

)

select * from described
