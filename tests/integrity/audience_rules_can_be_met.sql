{#
    Rules that no user can meet are mistakes: a least value above the largest, a state key
    that was never minted, or an audience name that is not a plain identifier and so cannot
    be a column in other tools.
#}
with

rules as (

    select * from {{ ref('audience_rules') }}

),

state_keys as (

    select * from {{ ref('stg_hmm__state_keys') }}

),

impossible as (

    select
        audience,
        'a least value lies above the largest' as problem
    from rules
    where
        min_ride_probability_next_week > max_ride_probability_next_week
        or min_ride_probability_4_weeks > max_ride_probability_4_weeks
        or min_expected_rides_4_weeks > max_expected_rides_4_weeks
        or min_expected_weeks_until_lapse > max_expected_weeks_until_lapse
        or min_weeks_since_last_ride > max_weeks_since_last_ride
        or min_weeks_on_platform > max_weeks_on_platform
        or min_lifetime_rides > max_lifetime_rides

),

-- Known keys are removed from the list; whatever remains is unknown.
counted as (

    select
        rules.audience,
        rules.state_keys,
        count(state_keys.state_key) as n_known
    from rules
    left join state_keys
        on
            {{ dbt.position(
                "' ' || state_keys.state_key || ' '",
                "' ' || rules.state_keys || ' '"
            ) }} > 0
    where rules.state_keys is not null
    group by rules.audience, rules.state_keys

),

unknown_states as (

    select
        audience,
        'a state key was never minted' as problem
    from counted
    where
        n_known
        <> length(state_keys) - length(replace(state_keys, ' ', '')) + 1

),

odd_names as (

    select
        audience,
        'a name is not of lower-case letters, digits and underscores' as problem
    from rules
    where
        audience <> lower(audience)
        or length(audience) <> length(trim(audience))
        or {{ dbt.position("' '", 'audience') }} > 0

),

combined as (

    select * from impossible
    union all
    select * from unknown_states
    union all
    select * from odd_names

)

select * from combined
