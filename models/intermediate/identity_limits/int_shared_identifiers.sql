{#
    Identifiers of several people: those that meet more people than the seed
    identifier_rules allows. Each is shared from the moment on in which, as known then, it
    met one person too many. What was explained only later counts as somebody else at that
    moment, and not in hindsight.
#}
with

suspected_pairs as (

    select * from {{ ref('int_suspected_pairs') }}

),

identifiers as (

    select * from {{ ref('int_identifiers') }}

),

pairs as (

    select * from {{ ref('int_identity_pairs') }}
    where probability >= {{ var('identity_min_probability') }}

),

counted as (

    select
        *,
        sum(case when explained_at <= met_at then 0 else 1 end) over (
            partition by identifier_key, other_type
            order by met_at, other_key
            rows between unbounded preceding and current row
        ) as n_people_then
    from suspected_pairs

),

judged as (

    select
        identifier_key,
        other_type,
        count(*) as n_others,
        count(case when explained_at is null then 1 end) as n_people,
        min(case when n_people_then > max_others then met_at end) as shared_at,
        min(case when n_people_then > max_others then met_week_start end)
            as shared_week_start
    from counted
    group by identifier_key, other_type, max_others
    having count(case when explained_at is null then 1 end) > max_others

),

-- By whichever type of others it was shared first.
firsts as (

    select
        judged.identifier_key,
        judged.other_type,
        judged.n_others,
        judged.n_people,
        min(judged.shared_at) over identifiers_types as shared_at,
        min(judged.shared_week_start) over identifiers_types
            as shared_week_start
    from judged
    window
        identifiers_types as (partition by judged.identifier_key)

),

shared as (

    select distinct identifier_key from firsts

),

meetings as (

    select
        pairs.to_key as identifier_key,
        min(pairs.first_week_start) as met_week_start
    from pairs
    inner join shared
        on pairs.to_key = shared.identifier_key
    group by pairs.to_key

),

dated as (

    select
        firsts.identifier_key,
        firsts.other_type,
        firsts.n_others,
        firsts.n_people,
        identifiers.first_week_start,
        meetings.met_week_start,
        firsts.shared_at,
        firsts.shared_week_start,
        identifiers.first_week_start < firsts.shared_week_start
            as was_one_persons,
        identifiers.first_week_start < meetings.met_week_start as was_alone
    from firsts
    inner join identifiers
        on firsts.identifier_key = identifiers.identifier_key
    inner join meetings
        on firsts.identifier_key = meetings.identifier_key

)

select * from dated
