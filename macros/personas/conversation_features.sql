{# The 36 columns of int_conversation_features: 12 of time, of interaction and of style. #}
{% macro conversation_features() -%}
    {{ return([
        'hour_sin', 'hour_cos', 'night_share', 'morning_share', 'afternoon_share', 'evening_share',
        'weekday_sin', 'weekday_cos', 'weekend_share', 'log_duration', 'log_median_gap', 'log_days',
        'log_messages', 'conversation_share', 'log_participants', 'reply_depth_max', 'reply_depth_mean', 'is_starter',
        'reply_share', 'replied_to_share', 'mention_density', 'link_density', 'question_share', 'log_first_response',
        'log_words_mean', 'log_words_sd', 'characters_per_word', 'exclamation_density', 'question_density',
        'ellipsis_density', 'comma_density', 'upper_case_share', 'digit_share', 'emoji_density', 'lexical_diversity',
        'quote_share',
    ]) }}
{%- endmacro %}
