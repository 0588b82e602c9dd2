{#
    Whether a row has an identifier of somebody who was forgotten. The query has a CTE
    forgotten_users. All hashes have the same salt; where nobody was forgotten none is
    computed.

    identifiers: for each type of person_identifiers() the expression of its text.
#}
{% macro is_of_forgotten_person(identifiers) -%}
    coalesce(
        exists (select 1 from forgotten_users)
        and (
            {%- for type, text in identifiers.items() %}
            {{ one_way_hash(
                "(select max(salts.salt) from forgotten_users as salts) || "
                ~ ("'" ~ type ~ ":' || " if type != 'user_id' else '') ~ text
            ) }} in (select forgotten_users.user_hash from forgotten_users)
            {{- ' or' if not loop.last }}
            {%- endfor %}
        ),
        false
    )
{%- endmacro %}


{# The same for an identifier with its type in a column, as in app.identities. #}
{% macro is_forgotten_identifier(type_column, text) -%}
    coalesce(
        exists (select 1 from forgotten_users)
        and {{ one_way_hash(
            "(select max(salts.salt) from forgotten_users as salts) || case when "
            ~ type_column ~ " = 'user_id' then '' else " ~ type_column
            ~ " || ':' end || " ~ text
        ) }} in (select forgotten_users.user_hash from forgotten_users),
        false
    )
{%- endmacro %}
