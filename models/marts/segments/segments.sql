{#
    The segments of the champion, with who is in them in the newest snapshot week, by what
    they differ from all customers, and what to do with them.
#}
with

champion_segments as (

    select * from {{ ref('int_champion_segments') }}

),

sizes as (

    select * from {{ ref('segment_sizes') }}

),

profiles as (

    select * from {{ ref('segment_profiles') }}

),

uses as (

    select * from {{ ref('segment_uses') }}

),

newest_sizes as (

    select *
    from sizes
    where
        as_of_week_start = (
            select max(latest.as_of_week_start) from sizes as latest
        )

),

ranked as (

    select
        profiles.segment_id,
        profiles.feature,
        profiles.in_words,
        profiles.standard_deviations_from_everyone,
        profiles.holds_for_most,
        profiles.n_customers_with_value,
        row_number() over (
            partition by profiles.segment_id
            order by
                abs(profiles.standard_deviations_from_everyone) desc,
                profiles.feature asc
        ) as place,
        -- What is not known of anybody sets nobody apart, and is no likeness either.
        row_number() over (
            partition by profiles.segment_id
            order by
                case when profiles.n_customers_with_value > 0 then 0 else 1 end asc,
                abs(profiles.standard_deviations_from_everyone) asc,
                profiles.feature asc
        ) as place_from_last,
        row_number() over (
            partition by profiles.segment_id, profiles.holds_for_most
            order by
                abs(profiles.standard_deviations_from_everyone) desc,
                profiles.feature asc
        ) as place_among_alike
    from profiles
    where profiles.standard_deviations_from_everyone is not null

),

weakest as (

    select
        segment_id,
        feature
    from ranked
    where place_from_last = 1 and n_customers_with_value > 0

),

-- A third of a standard deviation is a difference that people notice.
telling as (

    select
        segment_id,
        {{ dbt.listagg('in_words', "', '", 'order by place') }} as in_words
    from ranked
    where
        place <= 3
        and abs(standard_deviations_from_everyone) >= 0.3
    group by segment_id

),

-- A suggestion is for all customers of the segment, so its reason must hold for most.
suggested as (

    select
        ranked.segment_id,
        uses.suggested_use
    from ranked
    inner join uses
        on
            ranked.feature = uses.feature
            and (ranked.standard_deviations_from_everyone > 0) = uses.is_high
    where
        ranked.holds_for_most
        and ranked.place_among_alike = 1
        and abs(ranked.standard_deviations_from_everyone) >= 0.3

),

described as (

    select
        champion_segments.segment_id,
        champion_segments.segment_key,
        champion_segments.segment_name,
        champion_segments.description,
        newest_sizes.customer_share,
        newest_sizes.as_of_week_start,
        champion_segments.n_customers_at_fit,
        champion_segments.share_at_fit,
        weakest.feature as weakest_feature,
        champion_segments.fit_week_start,
        champion_segments.run_id,
        coalesce(newest_sizes.n_customers, 0) as n_customers,
        coalesce(telling.in_words, 'much like all customers') as telling_features,
        coalesce(
            suggested.suggested_use,
            'Treat them like all customers: nothing sets most of them apart.'
        ) as suggested_use
    from champion_segments
    left join newest_sizes
        on champion_segments.segment_id = newest_sizes.segment_id
    left join weakest
        on champion_segments.segment_id = weakest.segment_id
    left join telling
        on champion_segments.segment_id = telling.segment_id
    left join suggested
        on champion_segments.segment_id = suggested.segment_id

)

select * from described
