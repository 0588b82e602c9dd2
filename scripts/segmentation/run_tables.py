"""A finished fit as rows of the tables of the schema `hmm`."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import json
import platform
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from segmentation.arrays import IntArray
from segmentation.decoding import DecodedTotals
from segmentation.fit_options import FitOptions
from segmentation.fitting import FitResult, at_floor
from segmentation.guards import Defect
from segmentation.panel import PanelSummary
from segmentation.selection import Choice, SelectionRow
from segmentation.training_data import TrainingData

Rows = list[dict[str, Any]]

_PACKAGES = ("hmmlearn", "numpy", "scikit-learn", "scipy", "pandas", "dbt-core")


@dataclass(frozen=True, eq=False)
class Run:
    """All that a fit found out.

    Attributes
    ----------
    run_id : str
    options : FitOptions
    summary : PanelSummary
        Of the panel that was read.
    data : TrainingData
    fits : mapping from number of states to FitResult
    rows : mapping from number of states to SelectionRow
    choice : Choice
    totals : DecodedTotals
        Of everyone, under the chosen model's own numbers of states.
    order : array of int, shape (K,)
        `order[i]` is the model's state that is shown as i + 1.
    defects : sequence of Defect
    """

    run_id: str
    options: FitOptions
    summary: PanelSummary
    data: TrainingData
    fits: Mapping[int, FitResult]
    rows: Mapping[int, SelectionRow]
    choice: Choice
    totals: DecodedTotals
    order: IntArray
    defects: Sequence[Defect]


def new_run_id(n_states: int) -> str:
    """Return an id that sorts by time and is not used twice."""
    now = dt.datetime.now(dt.UTC)
    return f"{now:%Y%m%dT%H%M%SZ}_{n_states}_{secrets.token_hex(3)}"


def state_key(run_id: str, state_id: int) -> str:
    """Return the lasting key of a state that a run is the first to find."""
    digest = hashlib.sha256(f"{run_id}/{state_id}".encode()).hexdigest()
    return f"s_{digest[:10]}"


def run_tables(run: Run) -> dict[str, Rows]:
    """Return the rows of every table but the assignments, without run_id."""
    return {
        "runs": [_run_row(run)],
        "states": _state_rows(run),
        "start_probabilities": _start_rows(run),
        "transition_matrix": _transition_rows(run),
        "emissions": _emission_rows(run),
        "feature_scaling": _scaling_rows(run),
        "selection": _selection_rows(run),
    }


def _run_row(run: Run) -> dict[str, Any]:
    fit = run.fits[run.choice.n_states]
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {
        "created_at": dt.datetime.now(dt.UTC),
        "n_states": run.choice.n_states,
        "n_starts": run.options.n_starts,
        "seed": run.options.seed,
        "sample_salt": run.options.sample_salt,
        "n_sample_users": fit.n_users,
        "n_sample_user_weeks": fit.n_rows,
        "n_users": run.totals.n_users,
        "n_user_weeks": run.totals.n_rows,
        "first_week_start": run.summary.first_week_start,
        "last_week_start": run.summary.last_week_start,
        "log_likelihood": fit.log_likelihood,
        "n_iterations": fit.n_iterations,
        "has_converged": fit.converged,
        "variance_floor": float(run.options.settings.variance_floor),
        "panel_fingerprint": run.summary.fingerprint,
        "has_passed_guards": not run.defects,
        "defects": json.dumps([asdict(defect) for defect in run.defects]),
        "choice": run.choice.explanation,
        "settings": json.dumps(asdict(run.options)),
        "versions": json.dumps({"python": platform.python_version(), **versions}),
    }


def _state_rows(run: Run) -> Rows:
    mean_rides = run.totals.mean_rides
    return [
        {
            "state_id": state_id,
            "state_key": state_key(run.run_id, state_id),
            "n_user_weeks": int(run.totals.rows_by_state[state]),
            "user_week_share": float(run.totals.state_shares[state]),
            "mean_rides": float(mean_rides[state])
            if run.totals.rows_by_state[state]
            else None,
        }
        for state_id, state in enumerate(run.order.tolist(), start=1)
    ]


def _start_rows(run: Run) -> Rows:
    parameters = run.fits[run.choice.n_states].parameters.permuted(run.order)
    return [
        {"state_id": state_id, "probability": float(probability)}
        for state_id, probability in enumerate(parameters.start_probabilities, start=1)
    ]


def _transition_rows(run: Run) -> Rows:
    parameters = run.fits[run.choice.n_states].parameters.permuted(run.order)
    expected_moves = run.totals.expected_moves[np.ix_(run.order, run.order)]
    return [
        {
            "from_state_id": from_state_id,
            "to_state_id": to_state_id,
            "probability": float(probability),
            "expected_moves": float(expected_moves[from_state_id - 1, to_state_id - 1]),
        }
        for from_state_id, row in enumerate(parameters.transition_matrix, start=1)
        for to_state_id, probability in enumerate(row, start=1)
    ]


def _emission_rows(run: Run) -> Rows:
    parameters = run.fits[run.choice.n_states].parameters.permuted(run.order)
    floored = at_floor(parameters, run.options.settings.variance_floor)
    return [
        {
            "state_id": state + 1,
            "feature": feature.name,
            "mean": float(parameters.means[state, column]),
            "variance": float(parameters.variances[state, column]),
            "is_at_floor": bool(floored[state, column]),
        }
        for state in range(parameters.n_states)
        for column, feature in enumerate(run.data.features)
    ]


def _scaling_rows(run: Run) -> Rows:
    scaling = run.data.scaling
    in_use = [
        {
            "feature": feature.name,
            "position": position,
            "family": feature.family,
            "transform": feature.transform,
            "mean": float(scaling.means[position - 1]),
            "scale": float(scaling.scales[position - 1]),
            "dropped_because": None,
        }
        for position, feature in enumerate(run.data.features, start=1)
    ]
    dropped = [
        {
            "feature": item.feature.name,
            "position": None,
            "family": item.feature.family,
            "transform": item.feature.transform,
            "mean": None,
            "scale": None,
            "dropped_because": item.reason,
        }
        for item in run.data.dropped
    ]
    return in_use + dropped


def _selection_rows(run: Run) -> Rows:
    rows = []
    for n_states, fit in run.fits.items():
        candidate = run.rows[n_states]
        for record in fit.starts:
            is_polished = record.start == fit.start
            rows.append(
                {
                    "n_states": n_states,
                    "start": record.start,
                    "log_likelihood_per_row": record.log_likelihood_per_row,
                    "n_iterations": record.n_iterations,
                    "has_converged": record.converged,
                    "n_floor_hits": record.n_floor_hits,
                    "is_polished": is_polished,
                    "log_likelihood": fit.log_likelihood if is_polished else None,
                    "n_parameters": candidate.n_parameters if is_polished else None,
                    "aic": candidate.aic if is_polished else None,
                    "bic": candidate.bic if is_polished else None,
                    "min_state_share": candidate.min_state_share
                    if is_polished
                    else None,
                    "has_passed_guards": candidate.n_defects == 0
                    if is_polished
                    else None,
                    "is_chosen": is_polished and n_states == run.choice.n_states,
                }
            )
    return rows
