{#
    A query for the weeks that an incremental table of the champion's segments lacks, or
    has from before a late event: as_of_week_start, run_id, week_known_at. On a usual
    Monday these are the newest ones; after a new champion, all.

    weeks: a CTE with these columns, one row per week. recorded: the table so far.
#}
{% macro weeks_to_score(weeks, recorded) -%}

    select
        {{ weeks }}.as_of_week_start,
        {{ weeks }}.run_id,
        {{ weeks }}.week_known_at
    from {{ weeks }}
    left join (
        select
            scored.as_of_week_start,
            scored.run_id,
            max(scored.week_known_at) as week_known_at
        from {{ recorded }} as scored
        group by scored.as_of_week_start, scored.run_id
    ) as recorded
        on
            {{ weeks }}.as_of_week_start = recorded.as_of_week_start
            and {{ weeks }}.run_id = recorded.run_id
    where
        recorded.week_known_at is null
        or recorded.week_known_at < {{ weeks }}.week_known_at

{%- endmacro %}
