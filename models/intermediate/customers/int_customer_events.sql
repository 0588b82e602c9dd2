{#
    Whose each event is: the customer of its strongest identifier, by the priority in the
    seed identifier_rules. An anonymous event of a shared device belongs to the login that
    was last before it there, and to nobody if there was none.
#}

with

events as (

    select * from {{ ref('int_events') }}

),

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

shared as (

    select distinct
        identifier_key,
        coalesce(was_one_persons, false) as was_one_persons
    from {{ ref('int_shared_identifiers') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

{{ customer_of_event_ctes('events') }}

select * from decided
