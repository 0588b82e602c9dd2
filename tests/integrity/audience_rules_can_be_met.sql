{#
    Mistakes in audiences: a rule that nobody can meet or that has no value, a state key
    that was never minted, an audience without any condition, which would contain every
    user, and a name that another tool cannot use as a column name.
#}
with

definitions as (

    select * from {{ ref('audience_definitions') }}

),

rules as (

    select * from {{ ref('audience_rules') }}

),

state_keys as (

    select * from {{ ref('stg_hmm__state_keys') }}

),

impossible as (

    select
        audience,
        'the least value of ' || fact || ' lies above the largest' as problem
    from rules
    where least > most

),

empty_rules as (

    select
        audience,
        'the rule about ' || fact || ' has no value' as problem
    from rules
    where
        least is null
        and most is null

),

known_keys as (

    select
        definitions.audience,
        definitions.state_keys,
        count(state_keys.state_key) as n_known
    from definitions
    left join state_keys
        on
            {{ dbt.position(
                "' ' || state_keys.state_key || ' '",
                "' ' || definitions.state_keys || ' '"
            ) }} > 0
    where definitions.state_keys is not null
    group by definitions.audience, definitions.state_keys

),

unknown_states as (

    select
        audience,
        'a state key was never minted' as problem
    from known_keys
    where
        n_known
        <> length(state_keys) - length(replace(state_keys, ' ', '')) + 1

),

without_conditions as (

    select
        definitions.audience,
        'it has no rule, no state keys and no home city' as problem
    from definitions
    left join rules
        on definitions.audience = rules.audience
    where
        rules.audience is null
        and definitions.state_keys is null
        and definitions.home_city is null

),

unusable_names as (

    select
        audience,
        'the name is not of lower-case letters, digits and underscores' as problem
    from definitions
    where
        audience <> lower(audience)
        or length(audience) <> length(trim(audience))
        or {{ dbt.position("' '", 'audience') }} > 0

),

combined as (

    select * from impossible
    union all
    select * from empty_rules
    union all
    select * from unknown_states
    union all
    select * from without_conditions
    union all
    select * from unusable_names

)

select * from combined
