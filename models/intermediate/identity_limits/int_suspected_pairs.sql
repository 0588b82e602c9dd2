{#
    What suspects met, and what of it is explained. Two accounts that one person uses on one
    device count once where a telephone, an e-mail, a CRM record or a link says that they are one person's:
    the later one is explained from the moment on in which that was known.

    device d with u1, u2; both with telephone t    u2 is explained by u1
    device d with u1, u2; nothing in common        u2 is somebody else
#}
with

pairs as (

    select * from {{ ref('int_identity_pairs') }}
    where probability >= {{ var('identity_min_probability') }}

),

crowded_pairs as (

    select * from {{ ref('int_crowded_pairs') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

suspects as (

    select * from {{ ref('int_suspects') }}

),

weakest as (

    select max(priority) as priority from identifier_rules

),

used as (

    select pairs.*
    from pairs
    left join crowded_pairs
        on
            pairs.from_key = crowded_pairs.from_key
            and pairs.to_key = crowded_pairs.to_key
    where crowded_pairs.to_key is null

),

-- What says that two accounts are one person's: whatever is not of the weakest type,
-- and no suspect itself. A link of two accounts stands for both as what they have in
-- common.
common as (

    select
        used.from_key as account_key,
        used.to_key as common_key,
        used.first_seen_at,
        used.first_week_start
    from used
    inner join identifier_rules
        on used.to_type = identifier_rules.identifier_type
    inner join weakest
        on identifier_rules.priority < weakest.priority
    where
        used.from_type <> used.to_type
        and not exists (
            select 1 from suspects
            where used.to_key = suspects.identifier_key
        )
    {%- for end in ('from_key', 'to_key') %}
    union all
    select
        used.{{ end }} as account_key,
        used.from_key as common_key,
        used.first_seen_at,
        used.first_week_start
    from used
    where used.from_type = used.to_type
    {%- endfor %}

),

common_of_suspects as {{ computed_once() }} (

    select common.*
    from common
    where exists (
        select 1 from suspects
        where common.account_key = suspects.other_key
    )

),

-- Accounts of one person, and since when that is known.
linked as {{ computed_once() }} (

    select
        one.account_key,
        other.account_key as other_account_key,
        min(greatest(one.first_seen_at, other.first_seen_at)) as linked_at,
        min(greatest(one.first_week_start, other.first_week_start))
            as linked_week_start
    from common_of_suspects as one
    inner join common_of_suspects as other
        on
            one.common_key = other.common_key
            and one.account_key <> other.account_key
    group by one.account_key, other.account_key

),

explained as (

    select
        suspects.identifier_key,
        suspects.other_key,
        min(linked.linked_at) as explained_at,
        min(linked.linked_week_start) as explained_week_start
    from suspects
    inner join linked
        on suspects.other_key = linked.account_key
    inner join suspects as earlier
        on
            suspects.identifier_key = earlier.identifier_key
            and linked.other_account_key = earlier.other_key
            and suspects.other_type = earlier.other_type
            and suspects.place > earlier.place
    where not suspects.is_strong
    group by suspects.identifier_key, suspects.other_key

)

select
    suspects.identifier_key,
    suspects.other_type,
    suspects.other_key,
    suspects.met_at,
    suspects.met_week_start,
    suspects.max_others,
    suspects.place,
    explained.explained_at,
    explained.explained_week_start
from suspects
left join explained
    on
        suspects.identifier_key = explained.identifier_key
        and suspects.other_key = explained.other_key
