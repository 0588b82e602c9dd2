{{ config(materialized='view') }}
{#
    The identifiers that customers are made of: neither blocked nor shared. A shared one
    that had met nobody for a week or longer stays: it is a customer without any others.

    One query without CTEs: PostgreSQL plans a view that has some on its own, and would look
    up each identifier here before a reader's join leaves few.
#}
select
    identifiers.identifier_key,
    identifiers.identifier_type,
    identifiers.identifier,
    identifiers.priority,
    identifiers.first_seen_at,
    identifiers.first_week_start,
    identifiers.last_seen_at,
    identifiers.n_seen,
    identifiers.is_blocked
from {{ ref('int_identifiers') }} as identifiers
where
    not identifiers.is_blocked
    and not exists (
        select 1
        from {{ ref('int_shared_identifiers') }} as shared
        where
            shared.identifier_key = identifiers.identifier_key
            and not shared.was_alone
    )
