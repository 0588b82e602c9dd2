{#
    All rows of each event that was loaded more than once; the first one is kept.

    event_key  value  loaded_at    copy_number  broken_rule
    e1         10     Monday       1            (kept)
    e1         10     Tuesday      2            exact_repeat
    e1         12     Wednesday    3            conflicting_repeat
#}
{%- set compared = event_ids() + event_attributes() -%}

with

event_snapshot as (

    select * from {{ ref('int_event_snapshot') }}

),

repeated as (

    select event_key
    from event_snapshot
    where event_key is not null
    group by event_key
    having count(*) > 1

),

fingerprinted as (

    select
        event_snapshot.*,
        {{ row_fingerprint(compared, ['duration_seconds', 'value']) }} as fingerprint
    from event_snapshot
    inner join repeated
        on event_snapshot.event_key = repeated.event_key

),

-- The first that was loaded counts, so that a repeated load changes nothing. The other
-- columns only make the order total.
ranked as (

    select
        fingerprinted.*,
        row_number() over event_copies as copy_number,
        first_value(fingerprinted.fingerprint) over event_copies
            as kept_fingerprint
    from fingerprinted
    window
        event_copies as (
            partition by fingerprinted.event_key
            order by
                fingerprinted.loaded_at asc nulls last,
                fingerprinted.{{ compared | join(' asc, fingerprinted.') }} asc
            rows between unbounded preceding and current row
        )

),

judged as (

    select
        event_key,
        {{ event_columns() | join(',\n        ') }},
        copy_number,
        case
            when copy_number > 1 and fingerprint = kept_fingerprint
                then 'exact_repeat'
            when copy_number > 1 then 'conflicting_repeat'
        end as broken_rule
    from ranked

)

select * from judged
