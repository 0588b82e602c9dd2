{{ config(pre_hook="{{ waits_for(ref('int_champion_states')) }}") }}
{#
    The home city and platform under which a user is in the sums by week. Where closed weeks
    are kept, it stays what it was when the user was first added up: the sums of closed weeks
    count the user there. int_moved_user_weeks corrects the sums for users who have moved
    since.
#}
-- depends_on: {{ ref('int_feature_sources') }}
with

attributes as (

    select * from {{ ref('int_user_attributes') }}

),

kept as (

    {%- if keeps_closed_weeks(of_features=true, of_states=true) %}
    select
        user_id,
        home_city,
        platform
    from {{ this }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as user_id,
        cast(null as {{ dbt.type_string() }}) as home_city,
        cast(null as {{ dbt.type_string() }}) as platform
    where false
    {%- endif %}

),

homes as (

    select
        attributes.user_id,
        coalesce(kept.home_city, attributes.home_city, 'not known') as home_city,
        coalesce(kept.platform, attributes.platform, 'not known') as platform
    from attributes
    left join kept
        on attributes.user_id = kept.user_id

)

select * from homes
