{#
    The side that each customer, or user without one, is on because of spells in
    audiences: held out if one of their users is held out in a spell that is open or still
    followed, else written to if one has an open spell. Others are on the side of their
    hash, and are not in the result.

    A spell is followed for four weeks after the week of entering. Lists made in a week
    are for the week after it.

    spells    a relation or CTE with the columns of `audiences`
    contacts  int_user_contacts, as a CTE
    week      a CTE with the week in which lists are made, as as_of_week_start
#}
{% macro sides_of_contacts(spells, contacts, week) -%}

    select
        {{ contacts }}.contact_id,
        max(case when {{ spells }}.is_holdout then 1 else 0 end) = 1 as is_holdout
    from {{ spells }}
    cross join {{ week }}
    inner join {{ contacts }}
        on {{ spells }}.user_id = {{ contacts }}.user_id
    where
        {{ spells }}.left_week_start is null
        or (
            {{ spells }}.is_holdout
            and {{ add_days(spells ~ '.entered_week_start', 7 * 4) }}
            >= {{ add_days(week ~ '.as_of_week_start', 7) }}
        )
    group by {{ contacts }}.contact_id

{%- endmacro %}
