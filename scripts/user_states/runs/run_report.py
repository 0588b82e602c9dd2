"""Prints runs: the list of all, and the details of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from user_states.console import format_table
from user_states.runs.run_history import ListedRun, ListedState, RunDetails
from user_states.selection.starts_in_words import starts_in_words


def describe_runs(runs: Sequence[ListedRun]) -> list[str]:
    """Return a table of runs as lines; a star marks the champion."""
    if not runs:
        return ["no run yet: `make run` fits and publishes one"]
    header = ("", "run", "written", "states", "weeks", "next week", "defects", "")
    return [
        *format_table(
            header,
            [
                (
                    "*" if run.is_champion else "",
                    run.run_id,
                    f"{run.created_at:%Y-%m-%d %H:%M}",
                    str(run.n_states),
                    f"{run.first_week_start} to {run.last_week_start}",
                    _score(run.log_score),
                    str(run.n_defects),
                    _standing(run),
                )
                for run in runs
            ],
        ),
        "next week: log score of held-out users' activity, in nats per user-week",
    ]


def describe_run(details: RunDetails) -> list[str]:
    """Return the settings, certificate, states and lineage of a run as lines."""
    run = details.run
    paragraphs = [
        [
            f"Run {run.run_id}, {_standing(run)}",
            f"  written {run.created_at:%Y-%m-%d %H:%M}; {_window(details)}",
            f"  {details.emissions} emissions of {', '.join(details.features)}; "
            + _levels(details.n_levels),
            f"  {details.choice}",
            *(f"  defect: {text}" for text in details.defects),
        ],
        _certificate(details),
        _states(details),
        _lineage(details),
        ["Settings of the fit", *_settings(details.settings)],
        ["Settings of the panel's features", *_settings(details.panel_settings)],
        ["Versions", *_settings(details.versions)],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines).split("\n")


def _window(details: RunDetails) -> str:
    run = details.run
    return (
        f"{details.n_user_weeks:,} user-weeks of {details.n_users:,} users, "
        f"{run.first_week_start} to {run.last_week_start}"
    )


def _levels(n_levels: int) -> str:
    return "no levels of users" if n_levels == 1 else f"{n_levels} levels of users"


def _standing(run: ListedRun) -> str:
    if run.promoted_at is None:
        return "never promoted"
    since = f"{run.promoted_at:%Y-%m-%d %H:%M}"
    return f"champion since {since}" if run.is_champion else f"promoted {since}"


def _certificate(details: RunDetails) -> list[str]:
    if not details.candidates:
        return []
    header = (
        "states", "log-likelihood", "BIC", "next week", "smallest state",
        "at the best", "stability", "chosen", "defects",
    )  # fmt: skip
    rows = [
        (
            str(row.n_states),
            f"{row.log_likelihood:,.0f}",
            f"{row.bic:,.0f}",
            _score(row.log_score),
            f"{row.min_state_share:.2%}",
            starts_in_words(row.n_at_best, row.n_polished),
            _decimal(row.stability),
            "yes" if row.is_chosen else "",
            str(len(row.defects)),
        )
        for row in details.candidates
    ]
    return ["Certificate", *format_table(header, rows)]


def _states(details: RunDetails) -> list[str]:
    header = ("state", "key", "name", "weeks", "rides/week", "automatic name")
    rows = [
        (
            str(state.state_id),
            state.state_key or "",
            state.state_name,
            f"{state.user_week_share:.1%}",
            _decimal(state.mean_rides),
            _automatic_name(state),
        )
        for state in details.states
    ]
    return ["States", *format_table(header, rows)]


def _automatic_name(state: ListedState) -> str:
    texts = (state.automatic_name, state.automatic_description)
    return ": ".join(text for text in texts if text)


def _lineage(details: RunDetails) -> list[str]:
    if not details.lineage:
        return []
    previous = details.previous_run_id
    title = (
        f"Lineage, compared with the previous champion {previous}"
        if previous
        else "Lineage: there was no champion before"
    )
    header = (
        "relation", "state", "previous state", "share of state",
        "share of previous", "distance",
    )  # fmt: skip
    rows = [
        (
            link.relation,
            link.state_name or "",
            link.previous_state_name or "",
            _percent(link.share_of_state),
            _percent(link.share_of_previous),
            _decimal(link.emission_distance),
        )
        for link in details.lineage
    ]
    return [title, *format_table(header, rows)]


def _settings(settings: Mapping[str, Any]) -> list[str]:
    """Return one line per setting; a group of settings follows its name."""
    lines = []
    for name, value in settings.items():
        if not isinstance(value, Mapping):
            lines.append(f"  {name}: {value}")
        elif any(isinstance(inner, Mapping) for inner in value.values()):
            lines += [f"  {name}", *(f"  {line}" for line in _settings(value))]
        else:
            inline = ", ".join(f"{inner} {text}" for inner, text in value.items())
            lines.append(f"  {name}: {inline}")
    return lines


def _score(value: float | None) -> str:
    return _decimal(value, 5)


def _decimal(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
