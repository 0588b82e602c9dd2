{{ config(severity='warn') }}
{#
    No user held out of an audience was exposed to its action after entering, nor to that of
    another audience in the weeks in which the user's rides are measured: the four after
    the week of entering. Each row here weakens the comparison in `audience_effects`.
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
        min(entered_at) as entered_at,
        min(entered_week_start) as entered_week_start
    from audiences
    where is_holdout
    group by audience, user_id

),

reached as (

    select
        exposures.exposure_id,
        first_held_out.audience,
        exposures.audience as exposed_audience,
        exposures.user_id,
        exposures.exposed_at,
        first_held_out.entered_at
    from exposures
    inner join first_held_out
        on
            exposures.user_id = first_held_out.user_id
            and exposures.exposed_at >= first_held_out.entered_at
            and (
                exposures.audience = first_held_out.audience
                or cast(exposures.exposed_at as date)
                < {{ add_days('first_held_out.entered_week_start', 7 * 5) }}
            )

)

select * from reached
