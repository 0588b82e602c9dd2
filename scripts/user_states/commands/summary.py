"""The results of the main job as lines for a person to read.

Reads the marts only: what is printed here is what a BI tool would show.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from user_states.console import format_table
from user_states.marts.distinct_features import farthest
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.known_means import profiles
from user_states.marts.mart_reader import read_marts
from user_states.marts.state_rows import ProfileRow
from user_states.marts.weeks_ahead import stay_in_words
from user_states.warehouse.connection import Connection, fetch_all
from user_states.warehouse.dbt_project import DbtProject

LARGEST_MOVES = 8
DISTINCT_FEATURES = 3


def describe_job(
    connection: Connection,
    project: DbtProject,
    seconds: Sequence[tuple[str, float]],
    page: Path,
    *,
    is_demo: bool,
) -> list[str]:
    """Return all results, and where to look at them.

    Parameters
    ----------
    connection : Connection
    project : DbtProject
    seconds : sequence of (str, float)
        The steps of the job, and how long each took.
    page : Path
        The explorer.
    is_demo : bool
        Whether the warehouse is the local server.
    """
    paragraphs = [
        describe_rides(connection, project),
        describe_events(connection, project),
        describe_warnings(connection, project),
        describe_states(connection, project),
        describe_defects(connection, project),
        describe_moves(connection, project),
        describe_outlook(connection, project),
        describe_segments(connection, project),
        describe_propensities(connection, project),
        describe_personas(connection, project),
        describe_seconds(seconds),
        _describe_next_steps(project, page, is_demo=is_demo),
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines).split("\n")


def describe_rides(connection: Connection, project: DbtProject) -> list[str]:
    """Return how many rides were kept, and how many each rule changed or set aside."""
    ((n_kept,),) = fetch_all(
        connection, f"select count(*) from {project.relation('int_rides')}"
    )
    rules = fetch_all(
        connection,
        f"""
        select broken_rule, outcome, count(*)
        from {project.relation("int_rejected_rides")}
        group by broken_rule, outcome
        order by count(*) desc, broken_rule
        """,
    )
    n_aside = sum(n for _, outcome, n in rules if outcome == "set aside")
    lines = [
        f"Rides: {n_kept + n_aside:,} in = {n_kept:,} kept + {n_aside:,} set aside"
    ]
    if not rules:
        return lines
    return lines + format_table(
        ("rule", "rides", "outcome"),
        [(rule, f"{n:,}", outcome) for rule, outcome, n in rules],
    )


def describe_events_only(
    connection: Connection,
    project: DbtProject,
    seconds: Sequence[tuple[str, float]],
    page: Path,
) -> list[str]:
    """Return the results of a job on events without rides: there are no states."""
    paragraphs = [
        ["No rides: tables about rides and states are empty; the page shows customers"],
        describe_events(connection, project),
        describe_segments(connection, project),
        describe_propensities(connection, project),
        describe_personas(connection, project),
        describe_seconds(seconds),
        [
            f"The page: {page.resolve().as_uri()}",
            "Next: make psql, then select * from marts.event_anomalies;",
        ],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines).split("\n")


def describe_events(connection: Connection, project: DbtProject) -> list[str]:
    """Return how many events were kept, set aside and in sessions; none without any."""
    ((n_kept, n_sessions),) = fetch_all(
        connection,
        f"""
        select count(*), count(distinct session_key)
        from {project.relation("int_events")}
        """,
    )
    rules = fetch_all(
        connection,
        f"""
        select broken_rule, outcome, count(*)
        from {project.relation("int_rejected_events")}
        group by broken_rule, outcome
        order by count(*) desc, broken_rule
        """,
    )
    n_aside = sum(n for _, outcome, n in rules if outcome == "set aside")
    if n_kept + n_aside == 0:
        return []
    counts = f"{n_kept + n_aside:,} in = {n_kept:,} kept + {n_aside:,} set aside"
    lines = [f"Events: {counts}; {n_sessions:,} sessions"]
    if not rules:
        return lines
    return lines + format_table(
        ("rule", "events", "outcome"),
        [(rule, f"{n:,}", outcome) for rule, outcome, n in rules],
    )


def describe_personas(connection: Connection, project: DbtProject) -> list[str]:
    """Return the personas of the champion; none without one."""
    sentences = fetch_all(
        connection, f"select sentence from {project.relation('persona_quality')}"
    )
    rows = fetch_all(
        connection,
        f"""
        select persona_id, persona_name, n_conversations, n_customers
        from {project.relation("personas")}
        order by persona_id
        """,
    )
    if not rows:
        return []
    return [
        *(sentence for (sentence,) in sentences),
        *format_table(
            ("persona", "name", "conversations", "customers"),
            [
                (str(number), name, f"{n_conversations:,}", f"{n_customers:,}")
                for number, name, n_conversations, n_customers in rows
            ],
        ),
    ]


def describe_segments(connection: Connection, project: DbtProject) -> list[str]:
    """Return the segments of customers, or that none are published; none if not tried.

    If an earlier run is still the champion, its segments are shown.
    """
    ((n_published, n_divisions),) = fetch_all(
        connection,
        f"""
        select count(distinct case when is_published then division end),
            count(distinct division)
        from {project.relation("segmentations")}
        """,
    )
    if not n_divisions:
        return []
    verdict = "one of them is published" if n_published else "none is worth publishing"
    title = (
        f"Segments of customers: {n_divisions} ways to divide them were tried, and "
        f"{verdict} (marts.segmentations says why, docs/segments.md how to read it)"
    )
    rows = fetch_all(
        connection,
        f"""
        select segment_id, segment_name, n_customers, customer_share
        from {project.relation("segments")}
        order by segment_id
        """,
    )
    if not rows:
        return [title]
    return [
        title,
        *format_table(
            ("segment", "name", "customers", "share"),
            [
                (str(number), name, f"{n:,}", f"{share or 0:.1%}")
                for number, name, n, share in rows
            ],
        ),
    ]


def describe_propensities(connection: Connection, project: DbtProject) -> list[str]:
    """Return for each target what was found, or why it was refused.

    Nothing if none was fitted.
    """
    rows = fetch_all(
        connection,
        f"""
        select
            target, words, is_tried, is_published,
            case when outcome <> 'crm_label' then base_rate end as base_rate, auc,
            gain_over_rfm,
            gain_over_rfm_low, gain_over_rfm_high, chosen, refusal
        from {project.relation("propensity_models")}
        order by target
        """,
    )
    if not any(row[2] for row in rows):
        return []
    table = format_table(
        ("target", "model", "do so", "AUC", "gain over RFM", "what customers may do"),
        [
            (
                target,
                (chosen if is_published else "not published") if is_tried else "–",
                "–" if rate is None else f"{rate:.1%}",
                "–" if auc is None else f"{auc:.3f}",
                "–" if gain is None else f"{gain:.4f} ({low:.4f} to {high:.4f})",
                words,
            )
            for (
                target, words, is_tried, is_published, rate, auc, gain, low, high,
                chosen, _,
            ) in rows
        ],
    )  # fmt: skip
    title = (
        "Propensities of customers: gain in nats a customer-week, with 95 % interval; "
        "docs/propensities.md says how to read it"
    )
    refused = [f"no forecast of {row[0]}: {row[-1]}" for row in rows if row[-1]]
    return [title, *table, *refused]


def describe_warnings(connection: Connection, project: DbtProject) -> list[str]:
    """Return the quality checks that warn, and what to do; nothing if none does."""
    rows = fetch_all(
        connection,
        f"""
        select check_name, subject, measured_value, unit, threshold, found, what_to_do
        from {project.relation("quality_checks")}
        where is_warning
        order by check_name, subject
        """,
    )
    if not rows:
        return []
    return [
        f"Warnings of quality_checks: {len(rows)}",
        *(
            f"  {check}, {subject}: {value:.4g} {unit}, limit {limit:g}. "
            + " ".join(filter(None, texts))
            for check, subject, value, unit, limit, *texts in rows
        ),
    ]


def describe_states(connection: Connection, project: DbtProject) -> list[str]:
    """Return the states with their share of users, mean rides and stay."""
    rows = fetch_all(
        connection,
        f"""
        select
            state_id, state_name, user_share, user_week_share,
            ride_share_all_weeks, mean_rides, expected_stay_weeks
        from {project.relation("states")}
        order by state_id = 0, state_id
        """,
    )
    ((as_of_week, n_users),) = fetch_all(
        connection,
        f"""
        select cast(week_start as text), count(*)
        from {project.relation("user_weekly_states")}
        group by week_start
        order by week_start desc
        limit 1
        """,
    )
    table = format_table(
        ("state", "name", "users", "weeks", "rides", "rides/week", "mean stay"),
        [
            (
                str(state_id),
                name,
                f"{user_share or 0:.1%}",
                f"{week_share or 0:.1%}",
                f"{ride_share or 0:.1%}",
                f"{mean_rides or 0:.2f}",
                stay_in_words(stay) if state_id else "",
            )
            for (
                state_id,
                name,
                user_share,
                week_share,
                ride_share,
                mean_rides,
                stay,
            ) in rows
        ],
    )
    title = (
        f"States: {n_users:,} users in the week of {as_of_week}; shares of these "
        "users, of all user-weeks and of all rides"
    )
    return [
        title,
        *table,
        *_words_of_names(connection, project),
        *_distinct_features(project),
    ]


def describe_defects(connection: Connection, project: DbtProject) -> list[str]:
    """Return why not to trust the champion; nothing if it passed its checks."""
    rows = fetch_all(
        connection,
        f"""
        select n_states, defects
        from {project.relation("runs")}
        where is_champion and not has_passed_guards
        """,
    )
    return [
        f"Do not trust these {n_states} states: the model fails a check: {defects}. It "
        f"is shown because a demo always publishes its model, as --force does. `make "
        f"run STATES=1-{max(n_states, 4)}` tries other numbers of states, and "
        "publishes a model that passes its checks if it finds one"
        for n_states, defects in rows
    ]


def _words_of_names(connection: Connection, project: DbtProject) -> list[str]:
    """Return of how many users each word in a name is true."""
    rows = fetch_all(
        connection,
        f"""
        select
            state_id, word, meaning, true_share, n_users_tested,
            n_users_in_shorter_stays
        from {project.relation("state_words")}
        where is_in_name
        order by
            state_id,
            array_position(
                array['tempo', 'silence', 'time', 'place', 'special', 'spread'],
                word_kind
            )
        """,
    )
    if not rows:
        return []
    header = ("state", "word", "meaning", "true of", "users tested", "in shorter stays")
    return [
        "Words in the names: share of the users in the state now of whom each is true",
        *format_table(
            header,
            [
                (str(i), word, meaning, f"{share:.1%}", f"{n:,}", f"{n_short:,}")
                for i, word, meaning, share, n, n_short in rows
            ],
        ),
    ]


def _distinct_features(project: DbtProject) -> list[str]:
    """Return for each state the features that differ most from the overall mean.

    A single state is everyone, and differs in nothing.
    """
    marts = read_marts(project, [ProfileRow])
    if marts.only_state:
        return []
    rows = profiles(marts)
    return [
        "Most distinctive features of each state: mean in the state (overall mean)",
        *format_table(
            ("state", "name", "features"),
            [
                (
                    str(state.state_id),
                    state.state_name,
                    "; ".join(
                        _in_words(row, marts.labels)
                        for row in farthest(
                            [row for row in rows if row.state_id == state.state_id],
                            marts.labels,
                            DISTINCT_FEATURES,
                        )
                    ),
                )
                for state in marts.model_states
            ],
        ),
    ]


def _in_words(row: ProfileRow, labels: FeatureLabels) -> str:
    label = labels.of(row.feature)
    return (
        f"{label.full_text}: {label.value(row.mean_value)} {label.unit} "
        f"({label.value(row.mean_of_everyone)})"
    )


def describe_moves(connection: Connection, project: DbtProject) -> list[str]:
    """Return the largest moves from one state to another."""
    rows = fetch_all(
        connection,
        f"""
        select
            from_state_name, to_state_name, observed_moves, observed_share, probability
        from {project.relation("state_transitions")}
        where from_state_id <> to_state_id
        order by observed_moves desc, from_state_id, to_state_id
        limit {LARGEST_MOVES}
        """,
    )
    if not rows:
        return ["No user moved between states"]
    return [
        "Largest moves between states from one week to the next, over all weeks",
        *format_table(
            ("from", "to", "moves", "share of weeks there", "model probability"),
            [
                (
                    before,
                    after,
                    f"{n:,}",
                    f"{share or 0:.1%}",
                    f"{probability:.1%}",
                )
                for before, after, n, share, probability in rows
            ],
        ),
    ]


def describe_outlook(connection: Connection, project: DbtProject) -> list[str]:
    """Return the expected rides of all users, and the sizes of the audiences."""
    outlook = project.relation("user_outlook")
    states = project.relation("user_weekly_states")
    ((week, n_users, n_next, n_four, n_rides),) = fetch_all(
        connection,
        f"""
        select
            cast(max(as_of_week_start) as text),
            count(*),
            coalesce(sum(ride_probability_next_week), 0),
            coalesce(sum(ride_probability_4_weeks), 0),
            coalesce(sum(expected_rides_next_week), 0)
        from {outlook}
        where as_of_week_start = (select max(week_start) from {states})
        """,
    )
    if not n_users:
        return ["Outlook: no model has been published yet"]
    audiences = fetch_all(
        connection,
        f"""
        select audience, count(*), count(case when is_holdout then 1 end)
        from {project.relation("audiences")}
        where left_at is null
        group by audience
        order by audience
        """,
    )
    title = (
        f"Outlook after the week of {week}: of {n_users:,} users, {n_next:,.0f} are "
        f"expected to ride next week ({n_rides:,.0f} rides), and {n_four:,.0f} within "
        "four weeks"
    )
    return [
        title,
        *format_table(
            ("audience", "users", "held out"),
            [(name, f"{n:,}", f"{n_held_out:,}") for name, n, n_held_out in audiences],
        ),
    ]


def describe_seconds(seconds: Sequence[tuple[str, float]]) -> list[str]:
    """Return how long each step took."""
    total = sum(duration for _, duration in seconds)
    return [
        f"Time: {total:.0f} seconds",
        *format_table(
            ("step", "seconds"),
            [(step, f"{duration:.1f}") for step, duration in seconds],
        ),
    ]


def _describe_next_steps(
    project: DbtProject, page: Path, *, is_demo: bool
) -> list[str]:
    schema = project.schema_of("user_weekly_states")
    return [
        "Next steps",
        *_ways_to_connect(is_demo=is_demo),
        f"  select * from {schema}.user_weekly_states limit 10;",
        "  whom to write to this week: target/audiences/, one file for each audience",
        f"  the page: open {page.as_uri()}",
        *_words_to_keep(project),
    ]


def _words_to_keep(project: DbtProject) -> list[str]:
    """Return how later pages speak of the same log, if it is not of rides."""
    words = project.vars["log_words"]
    if words == "rides":
        return []
    setting = f"VARS='{{log_words: {words}}}'"
    return [
        f"  it speaks of {words}; later pages do if dbt_project.yml says so, or with",
        f"  make explore {setting}",
    ]


def _ways_to_connect(*, is_demo: bool) -> list[str]:
    """Return how to reach the tables, without a password."""
    if not is_demo:
        return ["  psql, with the same variables PGHOST, PGUSER, …"]
    return ["  make psql opens the warehouse, make url prints its URL and password"]
