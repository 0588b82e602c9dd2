{{ config(
    pre_hook=["{{ without_compilation() }}", "{{ without_nested_loops() }}"],
) }}
{#
    Why a probability is what it is: the three features that add most to a customer's score,
    and the two that take most from it. Of linear models they are computed here for every
    score, of trees read from what scripts/explain.py stored (macros/propensity).

    Over 170 lines, because reasons of linear models, reasons of trees and their words are
    one table.
#}
{%- set champions = propensity_champions(with_trees=false) -%}
{%- set linear = champions | selectattr('model_kind', 'equalto', 'linear') | list -%}
{%- set trees = champions | selectattr('model_kind', 'equalto', 'trees') | list -%}
{%- set features_of_trees = trees | map(attribute='features') | sum(start=[]) %}

with

champions as (

    select * from {{ ref('stg_propensity__champions') }}

),

fits as (

    select * from {{ ref('stg_propensity__fits') }}

),

classes as (

    select * from {{ ref('stg_propensity__classes') }}

),

features as (

    select * from {{ ref('stg_propensity__features') }}

),

tree_reasons as (

    select * from {{ ref('stg_propensity__reasons') }}

),

snapshots as (

    select * from {{ ref('customer_snapshots') }}

),

words as (

    select * from {{ ref('customer_features') }}

),

champion_states as (

    select * from {{ ref('int_champion_states') }}

),

state_keys as (

    select * from {{ ref('stg_hmm__state_keys') }}

),

{{ scored_now_ctes('champions') }},

scored as {{ computed_once() }} (

    select
        scored_now.target,
        scored_now.customer_id,
        scored_now.as_of_week_start,
        scored_now.outcome_class,
        scored_now.run_id,
        scored_now.revision,
        scored_now.probability,
        classes.class_number
    from scored_now
    inner join classes
        on
            scored_now.run_id = classes.run_id
            and scored_now.outcome_class = classes.class_name

),

explained_weeks as (

    select newest_scored.as_of_week_start
    from newest_scored
    union distinct
    select tree_reasons.as_of_week_start
    from tree_reasons
    inner join champions
        on tree_reasons.run_id = champions.run_id

),

numbers as {{ computed_once() }} (

    select
        snapshots.customer_id,
        snapshots.as_of_week_start,
        {{ snapshot_numbers(champions, 'snapshots') }}
        snapshots.revision,
        row_number() over (
            partition by snapshots.customer_id, snapshots.as_of_week_start
            order by snapshots.revision desc
        ) as recency
    from snapshots
    inner join explained_weeks
        on snapshots.as_of_week_start = explained_weeks.as_of_week_start

),

{% for champion in linear -%}
{%- set number = loop.index -%}
{%- for class in champion['classes'] if class['is_forecast'] -%}
{{ linear_reason_ctes(champion, class, 'model_' ~ number ~ '_' ~ class['number'], 'scored', 'numbers') }},

{% endfor -%}
{%- endfor -%}
ranked as (

    select
        tree_reasons.run_id,
        tree_reasons.class_number,
        tree_reasons.customer_id,
        tree_reasons.as_of_week_start,
        features.feature_number,
        features.feature,
        tree_reasons.contribution,
        case when tree_reasons.contribution > 0 then 'for' else 'against' end
            as direction,
        row_number() over (
            partition by
                tree_reasons.run_id,
                tree_reasons.class_number,
                tree_reasons.customer_id,
                tree_reasons.contribution > 0
            order by abs(tree_reasons.contribution) desc, features.feature_number asc
        ) as place
    from tree_reasons
    inner join champions
        on tree_reasons.run_id = champions.run_id
    inner join features
        on
            tree_reasons.run_id = features.run_id
            and tree_reasons.feature = features.feature
    where tree_reasons.contribution <> 0

),

explained as (

    {%- for champion in linear %}
    {%- set number = loop.index %}
    {%- for class in champion['classes'] if class['is_forecast'] %}
    {%- set reasons = 'model_' ~ number ~ '_' ~ class['number'] ~ '_reasons' %}
    select
        '{{ champion['run_id'] }}' as run_id,
        {{ class['number'] }} as class_number,
        customer_id,
        cast(null as date) as as_of_week_start,
        direction,
        place,
        feature_number,
        value,
        contribution
    from {{ reasons }}
    union all
    {%- endfor %}
    {%- endfor %}
    select
        ranked.run_id,
        ranked.class_number,
        ranked.customer_id,
        ranked.as_of_week_start,
        ranked.direction,
        ranked.place,
        ranked.feature_number,
        case ranked.feature
            {%- for feature in features_of_trees | groupby('name') %}
            when '{{ dbt.escape_single_quotes(feature.grouper) }}'
                then numbers.{{ feature.list[0]['column'] }}
            {%- endfor %}
            {%- if not trees %}
            when '' then numbers.days_since_last_activity
            {%- endif %}
        end as value,
        ranked.contribution
    from ranked
    left join numbers
        on
            ranked.customer_id = numbers.customer_id
            and ranked.as_of_week_start = numbers.as_of_week_start
            and numbers.recency = 1
    where
        ranked.place
        <= case
            when ranked.direction = 'for' then {{ n_reasons('for') }}
            else {{ n_reasons('against') }}
        end

),

dictionary as (

    select
        features.run_id,
        features.feature_number,
        features.feature,
        features.typical_value,
        fits.model_kind,
        fits.link,
        coalesce(champion_states.state_name, state_keys.current_name) as state_name,
        words.value_format,
        words.value_words,
        words.value_words_one,
        words.value_words_zero,
        words.value_words_null,
        {{ value_in_words('features.typical_value', 'words.value_format') }}
            as typical_text
    from features
    inner join fits
        on features.run_id = fits.run_id
    inner join champions
        on features.run_id = champions.run_id
    left join words
        on features.feature = words.feature
    left join state_keys
        on features.feature = 'state_' || state_keys.state_key
    left join champion_states
        on features.feature = 'state_' || champion_states.state_key

),

valued as (

    select
        scored.target,
        scored.customer_id,
        scored.outcome_class,
        explained.direction,
        explained.place,
        dictionary.feature,
        explained.value,
        dictionary.typical_value,
        explained.contribution,
        case
            when dictionary.link = 'none' then 100 * explained.contribution
            else
                100 * explained.contribution
                * scored.probability * (1 - scored.probability)
        end as percentage_points,
        coalesce(explained.as_of_week_start, scored.as_of_week_start)
            as explained_as_of,
        dictionary.model_kind as method,
        scored.run_id,
        dictionary.state_name,
        dictionary.value_format,
        dictionary.value_words,
        dictionary.value_words_one,
        dictionary.value_words_zero,
        dictionary.value_words_null,
        dictionary.typical_text,
        {{ value_in_words('explained.value', 'dictionary.value_format') }}
            as value_text
    from explained
    inner join scored
        on
            explained.run_id = scored.run_id
            and explained.class_number = scored.class_number
            and explained.customer_id = scored.customer_id
    inner join dictionary
        on
            explained.run_id = dictionary.run_id
            and explained.feature_number = dictionary.feature_number
    {{ kept_apart() }}

),

described as (

    select
        valued.target,
        valued.customer_id,
        valued.outcome_class,
        valued.direction,
        cast(valued.place as {{ dbt.type_int() }}) as place,
        valued.feature,
        valued.value,
        valued.typical_value,
        valued.contribution,
        valued.percentage_points,
        {{ reason_in_words('valued') }} as reason,
        valued.explained_as_of,
        valued.method,
        valued.run_id
    from valued

)

select * from described
