{#
    How each author writes in each conversation, in 36 numbers: 12 of time, 12 of what is
    said to whom, 12 of style. None is null. Densities are counts per word; logarithms are
    of 1 and the value, so that nothing is 0.

    Over 170 lines, because 36 columns are made of four tables.
#}
{%- set day_parts = {'night': 0, 'morning': 6, 'afternoon': 12, 'evening': 18} -%}
{%- set full_turn = '2 * pi()' -%}
{%- set casts = [] -%}
{%- for feature in conversation_features() -%}
{%- do casts.append('cast(' ~ feature ~ ' as ' ~ type_double() ~ ') as ' ~ feature) -%}
{%- endfor -%}

with

messages as (

    select * from {{ ref('int_messages') }}

),

message_signs as (

    select * from {{ ref('int_message_signs') }}

),

message_replies as (

    select * from {{ ref('int_message_replies') }}

),

conversation_words as (

    select * from {{ ref('int_conversation_words') }}

),

conversation_sizes as (

    select
        conversation_id,
        count(*) as n_messages,
        count(distinct author_role || ' ' || author_key) as n_participants
    from messages
    group by conversation_id

),

timed as (

    select
        *,
        cast({{ hour_of_day('sent_local') }} as {{ type_double() }}) as hour_sent,
        cast({{ iso_weekday('sent_local') }} as {{ type_double() }}) as weekday_sent,
        cast(sent_local as date) as sent_on,
        lag(sent_at) over (
            partition by conversation_key
            order by message_number asc
        ) as previous_at
    from messages

),

times as (

    select
        conversation_key,
        conversation_id,
        author_role,
        author_key,
        customer_id,
        count(*) as n_messages,
        min(message_number) as first_number,
        avg(sin({{ full_turn }} * hour_sent / 24)) as hour_sin,
        avg(cos({{ full_turn }} * hour_sent / 24)) as hour_cos,
        {% for day_part, begin in day_parts.items() %}
        avg(
            case
                when hour_sent >= {{ begin }} and hour_sent < {{ begin + 6 }} then 1.0
                else 0
            end
        ) as {{ day_part }}_share,
        {% endfor %}
        avg(sin({{ full_turn }} * (weekday_sent - 1) / 7)) as weekday_sin,
        avg(cos({{ full_turn }} * (weekday_sent - 1) / 7)) as weekday_cos,
        avg(case when weekday_sent >= 6 then 1.0 else 0 end) as weekend_share,
        {{ days_between('min(sent_at)', 'max(sent_at)') }} * 1440 as duration_minutes,
        percentile_cont(0.5) within group (
            order by {{ days_between('previous_at', 'sent_at') }} * 1440
        ) as median_gap_minutes,
        count(distinct sent_on) as n_days
    from timed
    group by
        conversation_key, conversation_id, author_role, author_key, customer_id

),

first_replies as (

    select
        messages.conversation_key,
        message_replies.response_minutes,
        row_number() over (
            partition by messages.conversation_key
            order by messages.message_number asc
        ) as reply_number
    from messages
    inner join message_replies
        on messages.message_id = message_replies.message_id
    where message_replies.is_reply

),

interactions as (

    select
        messages.conversation_key,
        max(message_replies.reply_depth) as reply_depth_max,
        avg(message_replies.reply_depth) as reply_depth_mean,
        avg(case when message_replies.is_reply then 1.0 else 0 end) as reply_share,
        avg(case when message_replies.is_replied_to then 1.0 else 0 end)
            as replied_to_share
    from messages
    inner join message_replies
        on messages.message_id = message_replies.message_id
    group by messages.conversation_key

),

styles as (

    select
        conversation_key,
        avg(ln(1 + cast(n_words as {{ type_double() }}))) as log_words_mean,
        coalesce(stddev_pop(ln(1 + cast(n_words as {{ type_double() }}))), 0)
            as log_words_sd,
        avg(case when n_questions > 0 then 1.0 else 0 end) as question_share,
        avg(case when n_quotations > 0 then 1.0 else 0 end) as quote_share,
        -- Never 0, since they divide.
        cast(greatest(sum(n_words), 1) as {{ type_double() }}) as n_words,
        cast(greatest(sum(n_characters), 1) as {{ type_double() }}) as n_characters,
        cast(greatest(sum(n_word_characters - n_digits), 1) as {{ type_double() }})
            as n_letters,
        {% for name in [
            'mentions', 'links', 'exclamations', 'questions', 'ellipses', 'commas',
            'upper_case', 'digits', 'emojis',
        ] %}
        sum(n_{{ name }}) as n_{{ name }},
        {% endfor %}
        sum(n_word_characters) as n_word_characters
    from message_signs
    group by conversation_key

),

described as (

    select
        times.conversation_key,
        times.conversation_id,
        times.author_role,
        times.customer_id,
        times.hour_sin,
        times.hour_cos,
        {% for day_part in day_parts %}
        times.{{ day_part }}_share,
        {% endfor %}
        times.weekday_sin,
        times.weekday_cos,
        times.weekend_share,
        ln(1 + times.duration_minutes) as log_duration,
        ln(1 + coalesce(times.median_gap_minutes, 0)) as log_median_gap,
        ln(1 + times.n_days) as log_days,
        ln(1 + times.n_messages) as log_messages,
        times.n_messages / cast(conversation_sizes.n_messages as {{ type_double() }})
            as conversation_share,
        ln(1 + conversation_sizes.n_participants) as log_participants,
        interactions.reply_depth_max,
        interactions.reply_depth_mean,
        case when times.first_number = 1 then 1 else 0 end as is_starter,
        interactions.reply_share,
        interactions.replied_to_share,
        styles.n_mentions / styles.n_words as mention_density,
        styles.n_links / styles.n_words as link_density,
        styles.question_share,
        ln(1 + coalesce(first_replies.response_minutes, 0)) as log_first_response,
        styles.log_words_mean,
        styles.log_words_sd,
        styles.n_word_characters / styles.n_words as characters_per_word,
        styles.n_exclamations / styles.n_words as exclamation_density,
        styles.n_questions / styles.n_words as question_density,
        styles.n_ellipses / styles.n_words as ellipsis_density,
        styles.n_commas / styles.n_words as comma_density,
        styles.n_upper_case / styles.n_letters as upper_case_share,
        styles.n_digits / styles.n_characters as digit_share,
        styles.n_emojis / styles.n_words as emoji_density,
        coalesce(conversation_words.lexical_diversity, 0) as lexical_diversity,
        styles.quote_share
    from times
    inner join conversation_sizes
        on times.conversation_id = conversation_sizes.conversation_id
    inner join interactions
        on times.conversation_key = interactions.conversation_key
    inner join styles
        on times.conversation_key = styles.conversation_key
    left join conversation_words
        on times.conversation_key = conversation_words.conversation_key
    left join first_replies
        on
            times.conversation_key = first_replies.conversation_key
            and first_replies.reply_number = 1

),

-- All of one type, as Python reads them.
typed as (

    select
        conversation_key,
        conversation_id,
        customer_id,
        {{ casts | join(',\n        ') }}
    from described

)

select * from typed
