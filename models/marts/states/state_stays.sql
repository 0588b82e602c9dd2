{#
    How long users stay: for each number of weeks, how many users who stayed that long
    left the state then. A stay that lasts until the user's newest week is censored: it
    is at risk up to that week and never counts as left (Kaplan & Meier 1958).

    a: 1 1 2 2   →  state 1: a stay of 2 weeks that ended
                    state 2: a stay of 2 weeks, still going on

    Over 170 lines, because two models would need a table with a row per stay.
#}
with

user_weekly_states as (

    select * from {{ ref('user_weekly_states') }}

),

states as (

    select * from {{ ref('states') }}

),

expected_stays as (

    select * from {{ ref('stg_hmm__expected_stays') }}

),

-- Decoded weeks only: the most probable states of single weeks change too often.
lagged as (

    select
        user_id,
        week_start,
        state_id,
        lag(state_id) over (partition by user_id order by week_start)
            as previous_state_id,
        max(week_start) over (partition by user_id) as newest_week_start
    from user_weekly_states
    where state_source = 'decoded'

),

-- Only the first weeks of stays are kept: the next one ends a stay.
entries as (

    select
        user_id,
        state_id,
        week_start,
        newest_week_start,
        lead(week_start) over (partition by user_id order by week_start)
            as left_week_start
    from lagged
    where previous_state_id is distinct from state_id

),

stays as (

    select
        state_id,
        coalesce(
            {{ weeks_between('week_start', 'left_week_start') }},
            {{ weeks_between('week_start', 'newest_week_start') }} + 1
        ) as n_weeks,
        left_week_start is not null as has_ended
    from entries
    where state_id > 0

),

lengths as (

    select
        state_id,
        n_weeks,
        count(*) as n_stays,
        count(case when has_ended then 1 end) as n_left
    from stays
    group by state_id, n_weeks

),

longest as (

    select
        state_id,
        max(n_weeks) as n_weeks
    from lengths
    group by state_id

),

all_lengths as (

    select
        longest.state_id,
        series.weeks_before + 1 as n_weeks
    from longest
    {{ expanded('longest.n_weeks', 'series', 'weeks_before') }}

),

-- Users whose newest week is the last of the stay are not at risk in it (censored).
at_risk as (

    select
        all_lengths.state_id,
        all_lengths.n_weeks,
        coalesce(lengths.n_left, 0) as n_left,
        coalesce(lengths.n_stays - lengths.n_left, 0) as n_still_there,
        cast(
            sum(coalesce(lengths.n_stays, 0)) over (
                partition by all_lengths.state_id
                order by all_lengths.n_weeks desc
                rows between unbounded preceding and current row
            ) as {{ dbt.type_bigint() }}
        ) - coalesce(lengths.n_stays - lengths.n_left, 0) as n_at_risk
    from all_lengths
    left join lengths
        on
            all_lengths.state_id = lengths.state_id
            and all_lengths.n_weeks = lengths.n_weeks

),

shares as (

    select
        *,
        {{ share('n_left', 'n_at_risk') }} as leaving_share
    from at_risk

),

-- Few stays that are drawn say little: then the model's chance to leave counts.
expected as (

    select
        shares.*,
        states.state_key,
        states.state_name,
        states.state_sort_name,
        states.run_id,
        coalesce(
            case
                when expected_stays.n_at_risk >= 20 then {{ share(
                    'expected_stays.n_left', 'expected_stays.n_at_risk'
                ) }}
            end,
            1 - states.stay_probability
        ) as expected_leaving_share
    from shares
    inner join states
        on shares.state_id = states.state_id
    left join expected_stays
        on
            states.run_id = expected_stays.run_id
            and shares.state_id = expected_stays.state_id
            and shares.n_weeks = expected_stays.n_weeks

),

-- The product of the shares that stayed, by logarithms; 0 from the week in which all
-- leave. PostgreSQL raises an error for a power too small for a double.
compared as (

    select
        state_id,
        state_key,
        state_name,
        state_sort_name,
        n_weeks,
        n_at_risk,
        n_left,
        n_still_there,
        leaving_share,
        {%- for share_name, longer_name in [
            ('leaving_share', 'longer_share'),
            ('expected_leaving_share', 'expected_longer_share'),
        ] %}
        case
            when max({{ share_name }}) over weeks_so_far = 1 then 0
            else exp(greatest(
                sum(
                    ln(nullif(1 - coalesce({{ share_name }}, 0), 0))
                ) over weeks_so_far,
                -700
            ))
        end as {{ longer_name }},
        {%- endfor %}
        expected_leaving_share,
        run_id
    from expected
    window weeks_so_far as (
        partition by state_id
        order by n_weeks
        rows between unbounded preceding and current row
    )

)

select * from compared
