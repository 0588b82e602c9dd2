{#
    The members of each audience as of the newest week: the users who meet all of its
    rules and have not opted out. A hash decides at random who is held out, once for all
    audiences.
#}
with

facts as (

    select * from {{ ref('int_audience_facts') }}

),

definitions as (

    select * from {{ ref('int_audience_definitions') }}

),

rules as (

    select * from {{ ref('audience_rules') }}

),

contacts as (

    select * from {{ ref('int_user_contacts') }}

),

-- Users in the states and the home city that an audience names, if it names any.
candidates as (

    select
        facts.*,
        definitions.audience,
        contacts.contact_id,
        contacts.is_holdout
    from facts
    inner join contacts
        on facts.user_id = contacts.user_id
    cross join definitions
    where
        not contacts.is_opted_out
        and (
            definitions.home_city is null
            or facts.home_city = definitions.home_city
        )
        and (
            definitions.state_keys is null
            or {{ dbt.position(
                "' ' || facts.state_key || ' '",
                "' ' || definitions.state_keys || ' '"
            ) }} > 0
        )

),

fact_values as (

    select
        candidates.audience,
        candidates.user_id,
        rules.least,
        rules.most,
        case rules.fact
            {%- for fact in audience_facts() %}
            when '{{ fact }}' then candidates.{{ fact }}
            {%- endfor %}
        end as fact_value
    from candidates
    inner join rules
        on candidates.audience = rules.audience

),

-- A fact that is not known breaks every rule about it.
broken_rules as (

    select distinct
        audience,
        user_id
    from fact_values
    where
        fact_value is null
        or fact_value < least
        or fact_value > most

),

members as (

    select
        candidates.audience,
        candidates.user_id,
        candidates.as_of_week_start,
        candidates.expected_rides_4_weeks,
        candidates.expected_spend_4_weeks,
        {{ as_double(var('audience_holdout_share')) }} as holdout_share,
        candidates.contact_id,
        candidates.is_holdout,
        candidates.run_id
    from candidates
    left join broken_rules
        on
            candidates.audience = broken_rules.audience
            and candidates.user_id = broken_rules.user_id
    where broken_rules.user_id is null

)

select * from members
