{#
    Whether the hash of a text falls into the first part of all hashes. It is true for
    about that share of texts, and always the same for one text. A larger share contains
    a smaller one.
#}
{% macro hashes_below(text, share) -%}
    {{ adapter.dispatch('hashes_below', 'user_states')(text, share) }}
{%- endmacro %}

{% macro default__hashes_below(text, share) -%}
    {{ not_implemented('hashes_below') }}
{%- endmacro %}

{% macro postgres__hashes_below(text, share) -%}
    md5({{ text }}) < '{{ '%08x' | format((share * 4294967296) | int) }}'
{%- endmacro %}


{#
    A hash of a text that cannot be computed backwards, in hexadecimal digits. `make
    forget` computes the same in user_states.privacy.
#}
{% macro one_way_hash(text) -%}
    {{ adapter.dispatch('one_way_hash', 'user_states')(text) }}
{%- endmacro %}

{% macro default__one_way_hash(text) -%}
    {{ not_implemented('one_way_hash') }}
{%- endmacro %}

{% macro postgres__one_way_hash(text) -%}
    encode(sha256(convert_to({{ text }}, 'UTF8')), 'hex')
{%- endmacro %}


{#
    A hash of several columns of a row. Two rows have the same hash if all of these columns
    are equal; nulls count as equal.

    numbers: which of the columns are exact numbers; 10.0 and 10.00 are equal.
#}
{% macro row_fingerprint(columns, numbers=[]) -%}
    {{ adapter.dispatch('row_fingerprint', 'user_states')(columns, numbers) }}
{%- endmacro %}

{% macro default__row_fingerprint(columns, numbers=[]) -%}
    {{ not_implemented('row_fingerprint') }}
{%- endmacro %}

{% macro postgres__row_fingerprint(columns, numbers=[]) -%}
    {%- set expressions = [] -%}
    {%- for column in columns -%}
        {%- do expressions.append('trim_scale(' ~ column ~ ')' if column in numbers else column) -%}
    {%- endfor -%}
    md5(cast(row({{ expressions | join(', ') }}) as text))
{%- endmacro %}


{#
    A hash of several columns of a row as a number of 8 bytes: quicker than row_fingerprint,
    to compare and to combine. Two different rows have the same one by chance only, once in
    2^64. It may differ between versions of an engine.
#}
{% macro row_checksum(columns) -%}
    {{ adapter.dispatch('row_checksum', 'user_states')(columns) }}
{%- endmacro %}

{% macro default__row_checksum(columns) -%}
    {{ not_implemented('row_checksum') }}
{%- endmacro %}

{% macro postgres__row_checksum(columns) -%}
    hash_record_extended(row({{ columns | join(', ') }}), 0)
{%- endmacro %}


{#
    The same of texts, an instant and a whole number, none of them null: in two thirds of
    the time, because no row is put together.
#}
{% macro sighting_checksum(texts, instant, number) -%}
    {{ adapter.dispatch('sighting_checksum', 'user_states')(texts, instant, number) }}
{%- endmacro %}

{% macro default__sighting_checksum(texts, instant, number) -%}
    {{ not_implemented('sighting_checksum') }}
{%- endmacro %}

{#- Each hash begins with the one before. #}
{% macro postgres__sighting_checksum(texts, instant, number) -%}
    {%- set so_far = ["interval_hash_extended(" ~ instant ~ " - timestamptz '2000-01-03 00:00+00', " ~ number ~ ")"] -%}
    {%- for text in texts -%}
        {%- do so_far.append("hashtextextended(" ~ text ~ ", " ~ so_far[-1] ~ ")") -%}
    {%- endfor -%}
    {{ so_far[-1] }}
{%- endmacro %}


{#
    An aggregate: one checksum of many rows out of theirs, whatever their order. Rows that
    are there twice cancel out, so a count belongs beside it.
#}
{% macro checksum_of_rows(checksum) -%}
    {{ adapter.dispatch('checksum_of_rows', 'user_states')(checksum) }}
{%- endmacro %}

{% macro default__checksum_of_rows(checksum) -%}
    {{ not_implemented('checksum_of_rows') }}
{%- endmacro %}

{% macro postgres__checksum_of_rows(checksum) -%}
    bit_xor({{ checksum }})
{%- endmacro %}


{#
    The hash of a text as a number from 0 to below 1. A text has a number below a share
    where hashes_below says so.
#}
{% macro hash_as_share(text) -%}
    {{ adapter.dispatch('hash_as_share', 'user_states')(text) }}
{%- endmacro %}

{% macro default__hash_as_share(text) -%}
    {{ not_implemented('hash_as_share') }}
{%- endmacro %}

{% macro postgres__hash_as_share(text) -%}
    cast(cast(cast('x' || substr(md5({{ text }}), 1, 8) as bit(32)) as bigint) as {{ type_double() }}) / 4294967296
{%- endmacro %}
