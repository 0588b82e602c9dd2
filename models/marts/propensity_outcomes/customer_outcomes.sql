{#
    What came after each snapshot of a customer: the first day of each kind from the end of
    the week on. In hindsight: of the customer of today, whoever the snapshot's customer
    turned out to be. One pass over snapshots and weeks with events, the newest first.

    a is active in weeks 1 and 3:   snapshot of week 1   next_active_on in week 3
                                    snapshot of week 2   next_active_on in week 3
                                    snapshot of week 3   next_active_on null
#}
{%- set kinds = ['active_on', 'purchase_on', 'ride_on', 'converted_on'] -%}

with

snapshots as (

    select * from {{ ref('customer_snapshots') }}
    where revision = 0

),

outcome_weeks as (

    select * from {{ ref('int_outcome_weeks') }}

),

customer_identifiers as (

    select * from {{ ref('int_customer_identifiers') }}

),

minted as (

    select * from {{ ref('stg_identity__customers') }}

),

labels as (

    select * from {{ ref('int_customer_labels') }}

),

-- Merges are followed to their end by the identifier that each customer began with.
merged as (

    select
        minted.customer_id,
        customer_identifiers.customer_id as current_customer_id
    from minted
    inner join customer_identifiers
        on minted.identifier_key = customer_identifiers.identifier_key
    where minted.customer_id <> customer_identifiers.customer_id

),

combined as (

    select
        cast(null as {{ dbt.type_string() }}) as customer_id,
        customer_id as current_customer_id,
        week_start as ends_on,
        {% for kind in kinds %}
        {{ kind }},
        {% endfor %}
        cast(null as {{ dbt.type_int() }}) as days_since_last_activity,
        cast(null as boolean) as converted_to_sale
    from outcome_weeks
    union all
    select
        snapshots.customer_id,
        coalesce(merged.current_customer_id, snapshots.customer_id)
            as current_customer_id,
        {{ add_days('snapshots.as_of_week_start', 7) }} as ends_on,
        {% for kind in kinds %}
        cast(null as date) as {{ kind }},
        {% endfor %}
        snapshots.days_since_last_activity,
        snapshots.converted_to_sale
    from snapshots
    left join merged
        on snapshots.customer_id = merged.customer_id

),

-- Rows of one day are peers: a snapshot sees the events of the week that begins when
-- its own has ended.
followed as (

    select
        customer_id,
        current_customer_id,
        ends_on,
        {% for kind in kinds %}
        min({{ kind }}) over later as next_{{ kind }},
        {% endfor %}
        days_since_last_activity,
        converted_to_sale
    from combined
    window
        later as (
            partition by current_customer_id
            order by ends_on desc
            range between unbounded preceding and current row
        )

),

described as (

    select
        followed.customer_id,
        {{ add_days('followed.ends_on', -7) }} as as_of_week_start,
        followed.ends_on,
        {% for kind in kinds %}
        followed.next_{{ kind }},
        {% endfor %}
        labels.segment_label,
        followed.days_since_last_activity,
        followed.converted_to_sale
    from followed
    left join labels
        on followed.current_customer_id = labels.customer_id
    where followed.customer_id is not null

)

select * from described
