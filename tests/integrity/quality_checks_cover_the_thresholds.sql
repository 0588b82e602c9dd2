{#
    Every check of the seed has a row, measured or not: it has a value, or says in words why
    there is none. Before the first fit there are no features whose drift could be checked.
#}
with

thresholds as (

    select * from {{ ref('quality_thresholds') }}

),

quality_checks as (

    select * from {{ ref('quality_checks') }}

),

champion as (

    select * from {{ ref('stg_hmm__champion') }}

),

missing as (

    select
        thresholds.check_name,
        'the check has no row' as problem
    from thresholds
    left join quality_checks
        on thresholds.check_name = quality_checks.check_name
    where
        quality_checks.check_name is null
        and (
            thresholds.check_name <> 'feature_drift'
            or exists (select 1 from champion)
        )

),

unexplained as (

    select
        check_name,
        'the check has neither a value nor a reason, or both' as problem
    from quality_checks
    where
        (measured_value is null)
        <> (trim(coalesce(not_measured_because, '')) <> '')

),

combined as (

    select * from missing
    union all
    select * from unexplained

)

select * from combined
