{#
    How varied the words of each conversation are: the moving-average ratio of types to
    tokens (Covington and McFall 2010), with windows of 20 words, or of all words where
    there are fewer. Unlike the plain ratio it does not fall with the length of the text.

    In a window a word is new unless it was in it before. So a word counts in as many
    windows as begin after it was used last, contain it, and end before the text does.
#}
{%- set longest_window = 20 -%}

with

messages as (

    select * from {{ ref('int_messages') }}

),

message_snapshot as (

    select * from {{ ref('int_message_snapshot') }}

),

bodies as (

    select
        messages.conversation_key,
        messages.message_number,
        {{ without_matches(
            'lower(message_snapshot.body)', text_patterns()['link']
        ) }} as body
    from messages
    inner join message_snapshot
        on
            messages.message_id = message_snapshot.message_id
            and message_snapshot.broken_rule is null

),

words as (

    select
        bodies.conversation_key,
        words.found as word,
        row_number() over (
            partition by bodies.conversation_key
            order by bodies.message_number asc, words.place asc
        ) as place,
        count(*) over (partition by bodies.conversation_key) as n_words
    from bodies
    {{ each_match('bodies.body', word_pattern(), 'words') }}

),

compared as (

    select
        conversation_key,
        place,
        n_words,
        least(n_words, {{ longest_window }}) as window_words,
        coalesce(
            lag(place) over (
                partition by conversation_key, word
                order by place asc
            ),
            0
        ) as last_place
    from words

),

counted as (

    select
        conversation_key,
        n_words,
        window_words,
        greatest(
            0,
            least(place, n_words - window_words + 1)
            - greatest(last_place, place - window_words)
        ) as n_windows_where_new
    from compared

),

averaged as (

    select
        conversation_key,
        max(n_words) as n_words,
        cast(sum(n_windows_where_new) as {{ type_double() }})
        / max(window_words * (n_words - window_words + 1)) as lexical_diversity
    from counted
    group by conversation_key

)

select * from averaged
