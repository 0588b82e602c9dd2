{{ config(pre_hook="{{ without_hash_joins() }}") }}
{#
    The edges between different roots, in the order in which they were first seen. Those
    of one moment have an order that does not depend on the numbers of this build: that of
    the hash by which earlier versions noticed changes, so that a customer is still said to
    have been joined by the same edge. What roots say already is left out.
#}
with

edges as (

    select * from {{ ref('int_numbered_edges') }}

),

roots as {{ read_each_time() }} (

    select * from {{ ref('int_identifier_roots') }}

),

candidates as (

    select *
    from edges
    where
        not is_of_first_week
        or greatest(from_number, to_number) in (
            select roots.identifier_number
            from roots
            where roots.has_loose_links
        )

),

crossing as (

    select
        one.root_number as one_root_number,
        other.root_number as other_root_number,
        candidates.from_number,
        candidates.to_number,
        candidates.first_seen_at,
        candidates.first_week_start,
        row_number() over (
            order by
                candidates.first_week_start,
                candidates.first_seen_at,
                {{ row_checksum([
                    'one.identifier_key',
                    'other.identifier_key',
                    'candidates.first_seen_at',
                    'candidates.first_week_start',
                ]) }},
                candidates.from_number,
                candidates.to_number
        ) as moment
    from candidates
    inner join roots as one
        on candidates.from_number = one.identifier_number
    inner join roots as other
        on candidates.to_number = other.identifier_number
    where one.root_number <> other.root_number

)

select * from crossing
