"""What comes next after a step, and which paths lead to a goal or to the exit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.bars import meter
from user_states.explorer.words.numbers import number, percent
from user_states.marts.journey_rows import PathRow, StepTransitionRow

# Steps that are shown, next steps of each, and paths of each kind.
_MOST_STEPS, _MOST_NEXT, _MOST_PATHS = 12, 3, 8


@dataclass(frozen=True)
class StepLine:
    """A step, and what comes next.

    Attributes
    ----------
    name, visits : str
    next_steps : str
        The most frequent next steps with their shares.
    exit_share : str
        Share of visits after which the session ends.
    exit_bar : Markup
    """

    name: str
    visits: str
    next_steps: str
    exit_share: str
    exit_bar: Markup


@dataclass(frozen=True)
class ShownPath:
    """A path that leads somewhere more often than usual.

    Attributes
    ----------
    path, leads_to, sessions, share, lift, interval : str
    """

    path: str
    leads_to: str
    sessions: str
    share: str
    lift: str
    interval: str


def step_lines(rows: Sequence[StepTransitionRow], least: int) -> list[StepLine]:
    """Return the most frequent steps with what comes next, the beginning first."""
    grouped: defaultdict[str, list[StepTransitionRow]] = defaultdict(list)
    for row in rows:
        if row.n_from >= least:
            grouped[row.from_step].append(row)
    steps = sorted(
        grouped.values(), key=lambda own: (own[0].from_step != "start", -own[0].n_from)
    )
    return [_line(own) for own in steps[: _MOST_STEPS + 1]]


def _line(rows: Sequence[StepTransitionRow]) -> StepLine:
    exits = sum(row.share for row in rows if row.to_step == "exit")
    following = [row for row in rows if row.to_step != "exit"][:_MOST_NEXT]
    return StepLine(
        name=step_words(rows[0].from_step),
        visits=number(rows[0].n_from),
        next_steps=", ".join(
            f"{step_words(row.to_step)} {percent(row.share)}" for row in following
        ),
        exit_share=percent(exits),
        exit_bar=meter(exits, "soft"),
    )


def shown_paths(rows: Sequence[PathRow]) -> list[ShownPath]:
    """Return the paths that are surely more frequent before it, the surest first.

    A path that only adds a step to one already shown is left out.
    """
    kept: list[PathRow] = []
    sure = [row for row in rows if row.lift_low is not None and row.lift_low > 1]
    for row in sorted(sure, key=lambda row: (-(row.lift_low or 0), row.path)):
        if len(kept) == _MOST_PATHS:
            break
        if not any(
            row.leads_to == one.leads_to
            and (one.path in row.path or row.path in one.path)
            for one in kept
        ):
            kept.append(row)
    return [
        ShownPath(
            path=" → ".join(step_words(step) for step in row.path.split(" > ")),
            leads_to=step_words(row.leads_to),
            sessions=number(row.n_sessions),
            share=percent(row.share),
            lift=f"{row.lift:.1f}×",
            interval=f"{row.lift_low:.1f} to {row.lift_high:.1f}",
        )
        for row in kept
    ]


def step_words(step: str) -> str:
    """Return a step as people read it."""
    return {"start": "beginning", "exit": "end"}.get(step, step.replace("_", " "))
