"""Prints runs: the list of all, and the details of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from user_states.console import format_table
from user_states.runs.run_history import ListedRun, ListedSegment, RunDetails


def describe_runs(runs: Sequence[ListedRun]) -> list[str]:
    """Return a table of runs as lines; a star marks the champion of each model."""
    if not runs:
        return ["no run yet: `make run` fits and publishes one"]
    header = (
        "", "run", "model", "written", "segments", "weeks", "log score", "defects", "",
    )  # fmt: skip
    return [
        *format_table(
            header,
            [
                (
                    "*" if run.is_champion else "",
                    run.run_id,
                    run.model,
                    f"{run.created_at:%Y-%m-%d %H:%M}",
                    "–" if run.n_segments is None else str(run.n_segments),
                    _window(run),
                    score(run.log_score),
                    str(run.n_defects),
                    _standing(run),
                )
                for run in runs
            ],
        ),
        "log score: of what held-out members did next, in nats (user_states: a week)",
    ]


def describe_run(details: RunDetails) -> list[str]:
    """Return the settings, certificate, segments and lineage of a run as lines."""
    run = details.run
    paragraphs = [
        [
            f"Run {run.run_id} of {run.model}, {_standing(run)}",
            f"  written {run.created_at:%Y-%m-%d %H:%M}; {_window(run)}",
            f"  features: {', '.join(details.features)}",
            f"  {details.choice}",
            *(f"  defect: {text}" for text in details.defects),
        ],
        list(details.described),
        _segments(details),
        _lineage(details),
        ["Settings of the fit", *_settings(details.settings)],
        ["Settings of the features", *_settings(details.feature_settings)],
        ["Versions", *_settings(details.versions)],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines).split("\n")


def _window(run: ListedRun) -> str:
    weeks = (run.first_week_start, run.last_week_start)
    return " to ".join(str(week) for week in weeks if week is not None)


def _standing(run: ListedRun) -> str:
    if run.promoted_at is None:
        return "never promoted"
    since = f"{run.promoted_at:%Y-%m-%d %H:%M}"
    return f"champion since {since}" if run.is_champion else f"promoted {since}"


def _segments(details: RunDetails) -> list[str]:
    if not details.segments:
        return []
    # Only states have rides.
    has_rides = any(segment.mean_rides is not None for segment in details.segments)
    rides = ("rides/week",) if has_rides else ()
    header = (details.noun, "key", "name", "share", *rides, "automatic name")
    rows = [
        (
            str(segment.segment_id),
            segment.segment_key or "",
            segment.name,
            f"{segment.member_share:.1%}",
            *((decimal(segment.mean_rides),) if has_rides else ()),
            _automatic_name(segment),
        )
        for segment in details.segments
    ]
    return [f"{details.noun.capitalize()}s", *format_table(header, rows)]


def _automatic_name(segment: ListedSegment) -> str:
    texts = (segment.automatic_name, segment.automatic_description)
    return ": ".join(text for text in texts if text)


def _lineage(details: RunDetails) -> list[str]:
    if not details.lineage:
        return []
    previous, noun = details.previous_run_id, details.noun
    title = (
        f"Lineage, compared with the previous champion {previous}"
        if previous
        else "Lineage: there was no champion before"
    )
    header = (
        "relation", noun, f"previous {noun}", f"share of {noun}",
        "share of previous", "distance",
    )  # fmt: skip
    rows = [
        (
            link.relation,
            link.name or "",
            link.previous_name or "",
            _percent(link.share_of_segment),
            _percent(link.share_of_previous),
            decimal(link.profile_distance),
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


def score(value: float | None) -> str:
    """Return a log score with five digits after the point, a dash if there is none."""
    return decimal(value, 5)


def decimal(value: float | None, digits: int = 2) -> str:
    """Return a number with so many digits after the point, a dash if there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
