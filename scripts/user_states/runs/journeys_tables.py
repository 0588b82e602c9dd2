"""A finished fit of journeys as rows of the register and of the schema `journeys`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from user_states.hmm.arrays import IntArray
from user_states.journeys.compared_models import CHAIN, ComparedModels
from user_states.journeys.journey_types import JourneyTypes
from user_states.journeys.phases import Phases
from user_states.journeys.step_sequences import StepSequences
from user_states.runs.register_rows import monday_of, run_row
from user_states.runs.table_writer import Rows

# Steps of a medoid that its name shows.
_STEPS_IN_NAME = 4
# Steps that a phase is called by.
_STEPS_OF_PHASE = 2


@dataclass(frozen=True, eq=False)
class JourneysRun:
    """A finished fit with everything that is stored about it.

    Attributes
    ----------
    sessions : StepSequences
        All that were read.
    keys : sequence of str
        session_key of each.
    labels : array of int, shape (n_sessions,)
        The type, from 0, of each; empty without types.
    types : JourneyTypes
    compared : ComparedModels or None
    first_on, last_on : date
        Days of the first and of the last session.
    seed : int
    settings, feature_settings : mapping
        Of the fit, and as from `session_settings`.
    """

    sessions: StepSequences
    keys: Sequence[str]
    labels: IntArray
    types: JourneyTypes
    compared: ComparedModels | None
    first_on: dt.date
    last_on: dt.date
    seed: int
    settings: Mapping[str, Any]
    feature_settings: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        return f"{self._sentence_of_types()} {self._sentence_of_phases()}"

    def tables(self) -> dict[str, Rows]:
        """Return the rows of every table, without run_id."""
        phases = self.compared.phases if self.compared else None
        return {
            "runs": [self._run_row()],
            "segments": [],
            "feature_scaling": [],
            "fits": [self._fit_row(phases)],
            "type_candidates": self._candidate_rows(),
            "types": self._type_rows(),
            "members": [
                {"session_key": key, "type_id": label + 1}
                for key, label in zip(self.keys, self.labels.tolist(), strict=False)
            ],
            "next_step_models": self._model_rows(phases),
            **_phase_rows(phases, self.sessions),
        }

    def _run_row(self) -> dict[str, Any]:
        chain = self.compared.model(CHAIN).scores.mean if self.compared else None
        return {
            **run_row(
                n_segments=None,
                n_members=self.sessions.n_sessions,
                first_week_start=monday_of(self.first_on),
                last_week_start=monday_of(self.last_on),
                log_score=chain,
                defects=(),
                choice=self.sentence,
                settings=self.settings,
                feature_settings=self.feature_settings,
            ),
            "seed": self.seed,
        }

    def _fit_row(self, phases: Phases | None) -> dict[str, Any]:
        return {
            "n_sessions": self.sessions.n_sessions,
            "n_held_out": self.compared.n_held_out if self.compared else 0,
            "n_types": self.types.n_types,
            "n_phases": phases.n_phases if phases else 0,
            "sentence": self.sentence,
        }

    def _candidate_rows(self) -> Rows:
        return [
            {
                "n_types": one.n_types,
                "silhouette": one.silhouette,
                "stability": one.stability,
                "smallest_share": one.smallest_share,
                "is_chosen": one.n_types == self.types.n_types,
                "why_not": one.why_not,
            }
            for one in self.types.candidates
        ]

    def _type_rows(self) -> Rows:
        counts = np.bincount(self.labels, minlength=self.types.n_types).tolist()
        paths = [
            self.types.medoids.session(number) for number in range(self.types.n_types)
        ]
        return [
            {
                "type_id": number + 1,
                "type_name": _type_name(path),
                "medoid_path": " > ".join(path),
                "n_sessions": counts[number],
                "session_share": counts[number] / len(self.labels),
            }
            for number, path in enumerate(paths)
        ]

    def _model_rows(self, phases: Phases | None) -> Rows:
        models = self.compared.models if self.compared else ()
        return [
            {
                "model": one.model,
                "n_phases": one.n_phases,
                "n_parameters": one.n_parameters,
                "n_steps": int(one.scores.n_pairs.sum()),
                "log_loss": one.log_loss,
                "behind_chain": one.behind_chain.mean if one.behind_chain else None,
                "behind_chain_error": (
                    one.behind_chain.standard_error if one.behind_chain else None
                ),
                "is_shown": phases is not None and one.n_phases == phases.n_phases,
            }
            for one in models
        ]

    def _sentence_of_types(self) -> str:
        if not self.types.candidates:
            return "There are too few sessions to find types."
        if not self.types.n_types:
            reasons = "; ".join(
                f"{one.n_types} types: {one.why_not}" for one in self.types.candidates
            )
            return f"No number of types comes back when others are drawn: {reasons}."
        chosen = next(
            one for one in self.types.candidates if one.n_types == self.types.n_types
        )
        return (
            f"{chosen.n_types} types of sessions, with a stability of "
            f"{chosen.stability:.2f} and a silhouette of {chosen.silhouette:.2f}."
        )

    def _sentence_of_phases(self) -> str:
        if self.compared is None:
            return "There are too few customers to compare models of the next step."
        chain = self.compared.model(CHAIN)
        if self.compared.phases is None:
            return "No number of phases predicts the next step better than base rates."
        n_phases = self.compared.phases.n_phases
        shown = self.compared.model(f"phases_{n_phases}")
        assert shown.behind_chain is not None
        behind, error = shown.behind_chain.mean, shown.behind_chain.standard_error
        verdict = "predict as well as"
        if abs(behind) > 2 * error:
            verdict = "predict worse than" if behind > 0 else "predict better than"
        return (
            f"{n_phases} phases {verdict} the chain of order 1 on other customers: "
            f"{shown.log_loss:.3f} against {chain.log_loss:.3f} nats a step."
        )


def _phase_rows(phases: Phases | None, sessions: StepSequences) -> dict[str, Rows]:
    names = ("phases", "phase_steps", "phase_moves")
    rows: dict[str, Rows] = {name: [] for name in names}
    if phases is None:
        return rows
    visits = phases.visits(sessions)
    emissions = visits / visits.sum(axis=1, keepdims=True)
    base = visits.sum(axis=0) / visits.sum()
    transitions = phases.parameters.transition_matrix
    for phase in range(phases.n_phases):
        telling = np.argsort(-(emissions[phase] - base), kind="stable")
        rows["phases"].append(
            {
                "phase_id": phase + 1,
                "phase_name": ", ".join(
                    sessions.steps[step] for step in telling[:_STEPS_OF_PHASE].tolist()
                ),
                "step_share": float(visits[phase].sum() / visits.sum()),
                "start_share": float(phases.parameters.start_probabilities[phase]),
                "exit_share": float(phases.parameters.means[phase, -1]),
            }
        )
        rows["phase_steps"] += [
            {
                "phase_id": phase + 1,
                "step": step,
                "share": float(emissions[phase, code]),
                "lift": float(emissions[phase, code] / base[code]),
            }
            for code, step in enumerate(sessions.steps)
        ]
        rows["phase_moves"] += [
            {
                "from_phase_id": phase + 1,
                "to_phase_id": other + 1,
                "probability": float(transitions[phase, other]),
            }
            for other in range(phases.n_phases)
        ]
    return rows


def _type_name(path: Sequence[str]) -> str:
    shown = " > ".join(path[:_STEPS_IN_NAME])
    return f"{shown} …" if len(path) > _STEPS_IN_NAME else shown
