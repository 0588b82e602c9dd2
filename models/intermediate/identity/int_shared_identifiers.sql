{#
    Identifiers of several people: those that meet more stronger identifiers of one type
    than the seed identifier_rules allows. Two accounts that one person uses on one device
    count once, where a telephone or an e-mail says that they are one person's.

    device d with u1, u2; both with telephone t    one person     not shared
    device d with u1, u2; nothing in common        two people     shared
#}
with

pairs as (

    select * from {{ ref('int_identity_pairs') }}
    where probability >= {{ var('identity_min_probability') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

meetings as (

    select
        pairs.to_key as identifier_key,
        pairs.from_type as other_type,
        pairs.from_key as other_key,
        identifier_rules.max_others,
        identifier_rules.priority,
        count(*) over (
            partition by pairs.to_key, pairs.from_type
        ) as n_others
    from pairs
    inner join identifier_rules
        on pairs.to_type = identifier_rules.identifier_type

),

suspects as (

    select * from meetings
    where n_others > max_others

),

-- Suspects that are not of the weakest type are shared, whatever else is known.
strong_suspects as (

    select identifier_key from suspects
    where priority < (select max(rules.priority) from identifier_rules as rules)

),

-- What both of two accounts have: a telephone, an e-mail or a CRM record of theirs.
strong_pairs as (

    select
        pairs.from_key,
        pairs.to_key
    from pairs
    left join strong_suspects
        on pairs.to_key = strong_suspects.identifier_key
    inner join identifier_rules
        on pairs.to_type = identifier_rules.identifier_type
    where
        strong_suspects.identifier_key is null
        and identifier_rules.priority
        < (select max(rules.priority) from identifier_rules as rules)

),

met as (

    select distinct
        suspects.other_key,
        strong_pairs.to_key as common_key
    from suspects
    inner join strong_pairs
        on suspects.other_key = strong_pairs.from_key

),

firsts as (

    select
        met.other_key,
        min(same.from_key) as first_key
    from met
    inner join strong_pairs as same
        on met.common_key = same.to_key
    group by met.other_key

),

counted as (

    select
        suspects.identifier_key,
        suspects.other_type,
        max(suspects.max_others) as max_others,
        count(distinct suspects.other_key) as n_others,
        count(
            distinct case
                when strong_suspects.identifier_key is null
                    then coalesce(firsts.first_key, suspects.other_key)
                else suspects.other_key
            end
        ) as n_people
    from suspects
    left join firsts
        on suspects.other_key = firsts.other_key
    left join strong_suspects
        on suspects.identifier_key = strong_suspects.identifier_key
    group by suspects.identifier_key, suspects.other_type

)

select
    identifier_key,
    other_type,
    n_others,
    n_people
from counted
where n_people > max_others
