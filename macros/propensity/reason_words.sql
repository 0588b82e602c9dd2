{#
    A number as people write it: whole numbers and those from 10 on without decimals, others
    with one, below 0.1 with two.
#}
{% macro number_in_words(number) -%}

    {%- set text = dbt.type_string() -%}
    case
        when {{ number }} > 0 and {{ number }} < 0.005 then 'under 0.01'
        when abs({{ number }}) > 0 and abs({{ number }}) < 0.095
            then cast(cast({{ number }} as {{ type_exact(28, 2) }}) as {{ text }})
        when
            abs({{ number }}) >= 9.95
            or abs({{ number }} - round({{ number }})) < 0.05
            then cast(cast(round({{ number }}) as {{ dbt.type_bigint() }}) as {{ text }})
        else cast(cast({{ number }} as {{ type_exact(28, 1) }}) as {{ text }})
    end

{%- endmacro %}


{#
    A value of a feature as people write it, with its unit.

    value_format: that of the seed customer_features.
#}
{% macro value_in_words(value, value_format) -%}

    {%- set text = dbt.type_string() -%}
    case {{ value_format }}
        when 'number' then {{ number_in_words(value) }}
        when 'days' then
            {{ number_in_words(value) }}
            || case when round({{ value }}) = 1 then ' day' else ' days' end
        when 'minutes' then
            case
                when {{ value }} < 1.5 then '1 second'
                when {{ value }} < 59.5 then {{ number_in_words('round(' ~ value ~ ')') }} || ' seconds'
                when {{ value }} < 62.9 then '1 minute'
                else {{ number_in_words('(' ~ value ~ ' / 60)') }} || ' minutes'
            end
        when 'years' then {{ number_in_words('floor(' ~ value ~ ')') }}
        when 'money'
            then
                cast(cast({{ value }} as {{ type_exact(28, 2) }}) as {{ text }})
                || ' {{ var("reporting_currency") }}'
        when 'percent' then {{ percent_in_words(value) }}
    end

{%- endmacro %}


{#
    A share as percent: below 10 % with one decimal. Neither 0 % nor 100 % is said of what
    is not certain.
#}
{% macro percent_in_words(share) -%}

    case
        when {{ share }} > 0 and {{ share }} < 0.0005 then 'under 0.1 %'
        when {{ share }} > 0.995 and {{ share }} < 1 then 'over 99 %'
        else {{ number_in_words('(100 * ' ~ share ~ ')') }} || ' %'
    end

{%- endmacro %}


{#
    What the value of a feature says of a customer, with what is typical, as in
    "9 sessions in the last 7 days (typically 2)".

    reasons: a relation with feature, value and typical_value, their words by
    `value_in_words` (value_text, typical_text), the columns of the seed customer_features,
    and state_name, null unless the feature is the belief in a state.
#}
{% macro reason_in_words(reasons) -%}

    {%- set value, typical = reasons ~ '.value', reasons ~ '.typical_value' -%}
    {%- set value_text, typical_text = reasons ~ '.value_text', reasons ~ '.typical_text' -%}
    case
        when {{ reasons }}.feature like 'state\_%' then
            case
                when {{ value }} = 0 then 'is not in the state '
                when {{ value }} >= 0.995 then 'is in the state '
                else 'is most likely in the state '
            end
            || coalesce({{ reasons }}.state_name, 'that is no longer there')
            || case
                when {{ value }} > 0 and {{ value }} < 0.995
                    then ' (' || {{ percent_in_words(value) }} || ')'
                else ''
            end
        else
            replace(
                case
                    when {{ value }} is null
                        then coalesce({{ reasons }}.value_words_null, 'not known: ' || {{ reasons }}.feature)
                    when {{ value }} = 0 then {{ reasons }}.value_words_zero
                    when {{ reasons }}.value_format = 'yes_no' then {{ reasons }}.value_words_one
                    when {{ value_text }} = '1' and {{ reasons }}.value_words_one is not null
                        then {{ reasons }}.value_words_one
                    else replace({{ reasons }}.value_words, '{}', {{ value_text }})
                end,
                '{window}',
                '{{ var("customer_window_days") }}'
            )
            || case
                when {{ typical }} is null then ''
                when {{ reasons }}.value_format = 'yes_no' and {{ typical }} < 0.5 then ' (most: no)'
                when {{ reasons }}.value_format = 'yes_no' and {{ typical }} > 0.5 then ' (most: yes)'
                when {{ reasons }}.value_format = 'yes_no' then ''
                when {{ value_text }} = {{ typical_text }} then ' (typical)'
                when {{ typical }} = 0 and {{ reasons }}.value_format = 'money' then ' (typically nothing)'
                when {{ typical }} = 0 and {{ reasons }}.value_format = 'number' then ' (typically none)'
                else ' (typically ' || {{ typical_text }} || ')'
            end
    end

{%- endmacro %}
