{#
    What stands in each message, in counts. Links are counted and taken off before anything
    else is, since the signs in them are nobody's style.
#}
{%- set patterns = text_patterns() -%}

with

messages as (

    select * from {{ ref('int_messages') }}

),

message_snapshot as (

    select * from {{ ref('int_message_snapshot') }}

),

without_links as (

    select
        messages.message_id,
        messages.conversation_key,
        {{ without_matches('message_snapshot.body', patterns['link']) }} as body,
        {{ count_of_matches('message_snapshot.body', patterns['link']) }} as n_links
    from messages
    inner join message_snapshot
        on
            messages.message_id = message_snapshot.message_id
            and message_snapshot.broken_rule is null

),

counted as (

    select
        message_id,
        conversation_key,
        n_links,
        {% for name, plural in {
            'mention': 'mentions',
            'exclamation': 'exclamations',
            'question': 'questions',
            'ellipsis': 'ellipses',
            'comma': 'commas',
            'upper_case': 'upper_case',
            'digit': 'digits',
            'emoji': 'emojis',
            'quotation': 'quotations',
        }.items() %}
        {{ count_of_matches('body', patterns[name]) }} as n_{{ plural }},
        {% endfor %}
        {{ count_of_matches('body', word_pattern()) }} as n_words,
        length({{ without_matches('body', "'[" ~ characters_between_words() ~ "]'") }})
            as n_word_characters,
        length({{ without_matches('body', "'\\s'") }}) as n_characters
    from without_links

)

select * from counted
