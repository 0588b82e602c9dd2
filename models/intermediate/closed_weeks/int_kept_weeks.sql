{#
    What the next build may keep. It is built after every table that keeps closed weeks: if
    a build stops before, the next one opens the same weeks again.
#}
-- depends_on: {{ ref('int_closed_user_values') }}
-- depends_on: {{ ref('int_rejected_rides') }}
-- depends_on: {{ ref('int_user_away_weeks') }}
-- depends_on: {{ ref('int_user_ride_months') }}
-- depends_on: {{ ref('user_week_panel') }}
-- depends_on: {{ ref('int_feature_sources') }}
with

as_of_week as (

    select * from {{ ref('int_as_of_week') }}

),

open_weeks as (

    select * from {{ ref('int_open_weeks') }}

),

recorded as (

    select
        as_of_week.as_of_week_start,
        open_weeks.fingerprint,
        cast(
            {%- if not execute %} null
            {%- else %} '{{ sources_of_features() }}'
            {%- endif %} as {{ dbt.type_string() }}
        ) as feature_sources,
        cast(null as {{ dbt.type_string() }}) as fingerprint_of_states
    from as_of_week
    cross join open_weeks

)

select * from recorded
