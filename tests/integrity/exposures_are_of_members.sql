{{ config(severity='warn') }}
{#
    Every exposed user had entered the audience before the exposure. Any other exposure is a
    mistake of the tool that writes the log. Messages of triggers that watch no audience
    have none.
#}
with

audiences as (

    select * from {{ ref('audiences') }}

),

exposures as (

    select * from {{ ref('stg_activation__exposures') }}

),

triggers as (

    select * from {{ ref('triggers') }}

),

unexpected as (

    select
        exposures.exposure_id,
        exposures.audience,
        exposures.user_id,
        exposures.exposed_at
    from exposures
    where
        exposures.audience not in (select triggers.trigger from triggers)
        and not exists (
            select 1
            from audiences
            where
                audiences.audience = exposures.audience
                and audiences.user_id = exposures.user_id
                and audiences.entered_at <= exposures.exposed_at
        )

)

select * from unexpected
