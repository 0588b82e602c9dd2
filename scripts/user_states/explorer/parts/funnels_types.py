"""Types of sessions and phases in them, and what the phases are worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.parts.funnels_steps import step_words
from user_states.explorer.words.numbers import number, percent
from user_states.marts.journey_rows import JourneyTypeRow, NextStepRow, PhaseStepRow

_CHAIN = "chain_of_order_1"
_STEPS_OF_PHASE = 4
# Steps of a middle session that are shown.
_LONGEST_PATH = 10


@dataclass(frozen=True)
class ShownType:
    """A type of sessions.

    Attributes
    ----------
    path : str
        The session in its middle.
    sessions, share, steps, goal : str
    """

    path: str
    sessions: str
    share: str
    steps: str
    goal: str


@dataclass(frozen=True)
class ShownPhase:
    """A phase: its share of the steps, and its most frequent steps.

    Attributes
    ----------
    name, share, steps, exit_share : str
    """

    name: str
    share: str
    steps: str
    exit_share: str


def shown_types(rows: Sequence[JourneyTypeRow]) -> list[ShownType]:
    """Return the types, the largest first."""
    return [
        ShownType(
            path=_path(row.medoid_path.split(" > ")),
            sessions=number(row.n_sessions),
            share=percent(row.session_share),
            steps="" if row.mean_steps is None else f"{row.mean_steps:.1f}",
            goal="" if row.goal_share is None else percent(row.goal_share),
        )
        for row in rows
    ]


def shown_phases(rows: Sequence[PhaseStepRow]) -> list[ShownPhase]:
    """Return the phases, that of most steps first."""
    grouped: defaultdict[int, list[PhaseStepRow]] = defaultdict(list)
    for row in rows:
        grouped[row.phase_id].append(row)
    return [
        ShownPhase(
            name=", ".join(step_words(step) for step in own[0].phase_name.split(", ")),
            share=percent(own[0].step_share),
            steps=", ".join(
                f"{step_words(row.step)} {percent(row.share)}"
                for row in own[:_STEPS_OF_PHASE]
            ),
            exit_share=percent(own[0].exit_share),
        )
        for own in grouped.values()
    ]


def phase_sentence(rows: Sequence[NextStepRow]) -> str:
    """Return how well phases predict the next step, beside the chain."""
    by_model = {row.model: row for row in rows}
    shown = next((row for row in rows if row.is_shown), None)
    chain, base = by_model.get(_CHAIN), by_model.get("base_rates")
    if shown is None or chain is None or base is None:
        return ""
    behind, error = shown.behind_chain or 0.0, shown.behind_chain_error or 0.0
    verdict = "as well as"
    if abs(behind) > 2 * error:
        verdict = "worse than" if behind > 0 else "better than"
    return (
        f"The {shown.n_phases} phases predict the next step of other customers "
        f"{verdict} the chain of single steps: a loss of {shown.log_loss:.3f} nats a "
        f"step, against {chain.log_loss:.3f}; base rates lose {base.log_loss:.3f}."
    )


def _path(steps: Sequence[str]) -> str:
    shown = " → ".join(step_words(step) for step in steps[:_LONGEST_PATH])
    return f"{shown} …" if len(steps) > _LONGEST_PATH else shown
