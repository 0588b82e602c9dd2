{{ config(severity='warn') }}
{#
    No user held out of an audience was exposed to its action after entering. Each row here
    weakens the comparison in `audience_effects`.
#}
with

audiences as (

    select * from {{ ref('audiences') }}

),

exposures as (

    select * from {{ ref('stg_activation__exposures') }}

),

first_held_out as (

    select
        audience,
        user_id,
        min(entered_at) as entered_at
    from audiences
    where is_holdout
    group by audience, user_id

),

reached as (

    select
        exposures.exposure_id,
        exposures.audience,
        exposures.user_id,
        exposures.exposed_at,
        first_held_out.entered_at
    from exposures
    inner join first_held_out
        on
            exposures.audience = first_held_out.audience
            and exposures.user_id = first_held_out.user_id
            and exposures.exposed_at >= first_held_out.entered_at

)

select * from reached
