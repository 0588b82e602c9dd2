{#
    How the customers of each segment differ from all customers with a segment, in the
    newest snapshot week: one row per segment and feature that the segments read.

    Over 170 lines, because the words are of the same sums as the figures.
#}
with

members as (

    select * from {{ ref('customer_segments') }}

),

scaled_snapshots as (

    select * from {{ ref('customer_scaled_snapshots') }}

),

snapshots as (

    select * from {{ ref('customer_snapshots') }}

),

segments as (

    select * from {{ ref('int_champion_segments') }}

),

dictionary as (

    select * from {{ ref('customer_features') }}

),

ranked as (

    select
        snapshots.*,
        members.segment_id,
        row_number() over (
            partition by snapshots.customer_id order by snapshots.revision desc
        ) as recency
    from snapshots
    inner join members
        on
            snapshots.customer_id = members.customer_id
            and snapshots.as_of_week_start = members.as_of_week_start

),

listed as (

    {% for feature in model_features() -%}
    select
        ranked.segment_id,
        '{{ feature }}' as feature,
        {{ model_feature_number('ranked.' ~ feature) }} as feature_value,
        scaled_snapshots.{{ feature }} as scaled_value
    from ranked
    inner join scaled_snapshots
        on
            ranked.customer_id = scaled_snapshots.customer_id
            and ranked.as_of_week_start = scaled_snapshots.as_of_week_start
    where ranked.recency = 1 and scaled_snapshots.{{ feature }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

profiled as (

    select
        segment_id,
        feature,
        count(*) as n_customers,
        count(feature_value) as n_customers_with_value,
        {{ exact_sum('feature_value', 9) }} / nullif(count(feature_value), 0)
            as mean_value,
        {{ exact_sum('scaled_value', 12) }} / count(*) as mean_scaled_value
    from listed
    group by segment_id, feature

),

everyone as (

    select
        feature,
        {{ exact_sum('feature_value', 9) }} / nullif(count(feature_value), 0)
            as mean_value,
        {{ exact_sum('scaled_value', 12) }} / count(*) as mean_scaled_value,
        {{ exact_sum('scaled_value * scaled_value', 12) }} / count(*) as mean_square
    from listed
    group by feature

),

compared as (

    select
        profiled.segment_id,
        segments.segment_key,
        segments.segment_name,
        profiled.feature,
        profiled.n_customers,
        profiled.n_customers_with_value,
        profiled.mean_value,
        everyone.mean_value as mean_of_everyone,
        profiled.mean_scaled_value,
        dictionary.words_high,
        dictionary.words_low,
        replace(
            dictionary.value_words_null,
            '{window}',
            '{{ var("customer_window_days") }}'
        ) as words_unknown,
        segments.run_id,
        -- Shares of all of them. Without a value it is neither.
        coalesce(profiled.mean_value, 0) * profiled.n_customers_with_value
        / profiled.n_customers as share_of_yes,
        (1 - coalesce(profiled.mean_value, 1)) * profiled.n_customers_with_value
        / profiled.n_customers as share_of_no,
        1.0 * profiled.n_customers_with_value / profiled.n_customers as share_known,
        dictionary.transform = 'binary' as is_yes_or_no,
        (profiled.mean_scaled_value - everyone.mean_scaled_value)
        / nullif(
            sqrt(
                greatest(
                    everyone.mean_square
                    - everyone.mean_scaled_value * everyone.mean_scaled_value,
                    0
                )
            ),
            0
        ) as standard_deviations_from_everyone
    from profiled
    inner join segments
        on profiled.segment_id = segments.segment_id
    inner join everyone
        on profiled.feature = everyone.feature
    inner join dictionary
        on profiled.feature = dictionary.feature

),

judged as (

    select
        *,
        words_unknown is not null and share_known <= 0.2 as is_mostly_unknown,
        case
            when words_unknown is not null and share_known <= 0.2 then false
            when not is_yes_or_no then true
            when standard_deviations_from_everyone > 0 then share_of_yes >= 0.8
            else share_of_no >= 0.8
        end as holds_for_most
    from compared

),

-- As scripts/user_states/naming/segment_names.py says it.
worded as (

    select
        segment_id,
        segment_key,
        segment_name,
        feature,
        n_customers,
        n_customers_with_value,
        mean_value,
        mean_of_everyone,
        mean_scaled_value,
        standard_deviations_from_everyone,
        holds_for_most,
        run_id,
        case
            when is_mostly_unknown then words_unknown
            when standard_deviations_from_everyone > 0 and holds_for_most
                then words_high
            when holds_for_most then words_low
            when standard_deviations_from_everyone > 0
                then 'more often ' || words_high
            else 'less often ' || words_high
        end as in_words
    from judged

)

select * from worded
