{#
    The state in which the customer was in the week of the last message of each
    conversation, in hindsight: as the champion decoded it. Of a customer with several users
    it is the most active state, so the one with the lowest number.
#}
with

messages as (

    select * from {{ ref('int_messages') }}

),

identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

states as (

    select * from {{ ref('int_champion_states') }}

),

state_assignments as (

    select * from {{ ref('stg_hmm__state_assignments') }}

),

dated as (

    select
        conversation_key,
        customer_id,
        {{ week_start('max(sent_local)') }} as week_start
    from messages
    where customer_id is not null
    group by conversation_key, customer_id

),

ranked as (

    select
        dated.conversation_key,
        dated.customer_id,
        dated.week_start,
        states.state_key,
        row_number() over (
            partition by dated.conversation_key
            order by states.state_id asc
        ) as place
    from dated
    inner join identifiers
        on
            dated.customer_id = identifiers.customer_id
            and identifiers.identifier_type = 'user_id'
    inner join state_assignments
        on
            identifiers.identifier = state_assignments.user_id
            and dated.week_start = state_assignments.week_start
    inner join states
        on
            state_assignments.run_id = states.run_id
            and state_assignments.state_id = states.state_id

),

most_active as (

    select
        conversation_key,
        customer_id,
        week_start,
        state_key
    from ranked
    where place = 1

)

select * from most_active
