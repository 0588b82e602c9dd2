"""A finished fit of states as rows of the register and of the schema `hmm`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from user_states.hmm.arrays import IntArray
from user_states.hmm.decoding import DecodedTotals
from user_states.hmm.fit_options import FitOptions
from user_states.hmm.fit_result import FitResult, at_floor
from user_states.hmm.parameters import HMMParameters
from user_states.naming.automatic_name import AutomaticName
from user_states.naming.word_truths import WordTruths
from user_states.outlook.expected_stays import ExpectedStays
from user_states.outlook.outlook_by_state import StateOutlook
from user_states.outlook.user_outlook import UserOutlook
from user_states.panel.features import Feature, column_slices
from user_states.panel.panel_reader import PanelSummary
from user_states.panel.training_data import TrainingData
from user_states.runs.outlook_tables import outlook_tables
from user_states.runs.register_rows import run_row, segment_row
from user_states.runs.table_writer import Rows
from user_states.selection.certificate import Certificate
from user_states.selection.choice import Choice
from user_states.selection.guards import Defect
from user_states.selection.next_week_scores import UserScores


@dataclass(frozen=True, eq=False)
class FittedRun:
    """A finished fit with everything that is stored about it.

    Attributes
    ----------
    run_id : str
    options : FitOptions
    summary : PanelSummary
        Summary of the panel that was read.
    data : TrainingData
    certificates : mapping from number of states to Certificate
    base : UserScores or None
        Scores of the overall activity rate.
    choice : Choice
    totals : DecodedTotals
        Totals over everyone, states in the model's own order.
    order : array of int, shape (K,)
        `order[i]` is the index in the model of the state that is shown as i + 1.
    automatic_names : sequence of AutomaticName, length K
        In the order of display.
    word_truths : WordTruths
        States in the order of display.
    panel_settings : mapping
        As from `panel_settings`.
    defects : sequence of Defect
    outlook : StateOutlook
        States in the order of display.
    user_outlook : UserOutlook
        States in the order of display.
    """

    run_id: str
    options: FitOptions
    summary: PanelSummary
    data: TrainingData
    certificates: Mapping[int, Certificate]
    base: UserScores | None
    choice: Choice
    totals: DecodedTotals
    order: IntArray
    automatic_names: Sequence[AutomaticName]
    word_truths: WordTruths
    panel_settings: Mapping[str, Any]
    defects: Sequence[Defect]
    outlook: StateOutlook
    user_outlook: UserOutlook
    stays: ExpectedStays

    @property
    def fit(self) -> FitResult:
        """The chosen fit."""
        return self.certificates[self.choice.n_states].fit

    @property
    def parameters(self) -> HMMParameters:
        """Parameters of the chosen fit, states in the order of display."""
        return self.fit.parameters.permuted(self.order)


def run_tables(run: FittedRun) -> dict[str, Rows]:
    """Return the rows of every table but the streams, without run_id."""
    return {
        "runs": [_run_row(run)],
        "segments": _state_rows(run),
        "state_words": _word_rows(run.word_truths),
        "state_word_patterns": _pattern_rows(run.word_truths),
        "start_probabilities": _start_rows(run),
        "transition_matrix": _transition_rows(run),
        "levels": _level_rows(run.parameters),
        "emissions": _emission_rows(run),
        "feature_scaling": _scaling_rows(run),
        "selection": _selection_rows(run),
        "candidates": _candidate_rows(run),
        "state_outlooks": _outlook_rows(run),
        "state_pair_outlooks": _pair_outlook_rows(run),
        "expected_stays": _stay_rows(run.stays),
        **outlook_tables(run.user_outlook),
    }


def _run_row(run: FittedRun) -> dict[str, Any]:
    fit = run.fit
    chosen = run.certificates[run.choice.n_states]
    return {
        **run_row(
            n_segments=run.choice.n_states,
            n_members=run.totals.n_rows,
            first_week_start=run.summary.first_week_start,
            last_week_start=run.summary.last_week_start,
            log_score=_mean_score(chosen.compared_scores),
            defects=[asdict(defect) for defect in run.defects],
            choice=run.choice.explanation,
            settings=asdict(run.options),
            feature_settings=run.panel_settings,
        ),
        "n_levels": run.parameters.n_levels,
        "n_starts": run.options.n_starts,
        "seed": run.options.seed,
        "sample_salt": run.options.sample_salt,
        "n_sample_users": fit.n_users,
        "n_sample_user_weeks": fit.n_rows,
        "n_users": run.totals.n_users,
        "log_likelihood": fit.log_likelihood,
        "n_iterations": fit.n_iterations,
        "has_converged": fit.converged,
        "variance_floor": float(run.options.settings.variance_floor),
        "emissions": run.options.emissions,
        "panel_fingerprint": run.summary.fingerprint,
    }


def _state_rows(run: FittedRun) -> Rows:
    mean_rides = run.totals.mean_rides
    return [
        {
            **segment_row(
                state_id,
                int(run.totals.rows_by_state[state]),
                float(run.totals.state_shares[state]),
                run.automatic_names[state_id - 1],
            ),
            "mean_rides": float(mean_rides[state])
            if run.totals.rows_by_state[state]
            else None,
        }
        for state_id, state in enumerate(run.order.tolist(), start=1)
    ]


def _word_rows(truths: WordTruths) -> Rows:
    """Return a row for every state and word that could be tested on some user."""
    return [
        {
            "state_id": state + 1,
            "word": rule.word,
            "word_kind": rule.kind,
            "meaning": rule.meaning,
            "n_users_tested": int(truths.n_tested[state, column]),
            "n_users_true": int(truths.n_true[state, column]),
            "n_users_in_shorter_stays": int(
                truths.n_users[state] - truths.n_tested[state, column]
            ),
        }
        for state in range(len(truths.n_users))
        for column, rule in enumerate(truths.rules)
        if truths.n_tested[state, column]
    ]


def _pattern_rows(truths: WordTruths) -> Rows:
    """Return how many users share which words, each kind of words as JSON."""
    return [
        {
            "state_id": pattern.state + 1,
            "true_words": json.dumps(pattern.true_words),
            "false_words": json.dumps(pattern.false_words),
            "n_users": pattern.n_users,
        }
        for pattern in truths.patterns
    ]


def _start_rows(run: FittedRun) -> Rows:
    parameters = run.parameters
    return [
        {"state_id": state_id, "probability": float(probability)}
        for state_id, probability in enumerate(parameters.start_probabilities, start=1)
    ]


def _transition_rows(run: FittedRun) -> Rows:
    parameters = run.parameters
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


def _level_rows(parameters: HMMParameters) -> Rows:
    levels = zip(parameters.level_weights, parameters.level_effects, strict=True)
    return [
        {"level_id": level_id, "weight": float(weight), "effect": float(effect)}
        for level_id, (weight, effect) in enumerate(levels, start=1)
    ]


def _emission_rows(run: FittedRun) -> Rows:
    """Return a row for every state and mean; `part` numbers those of a feature."""
    parameters = run.parameters
    floored = at_floor(parameters, run.options.settings.variance_floor)
    return [
        {
            "state_id": state + 1,
            "feature": feature.name,
            "part": part,
            "mean": float(parameters.means[state, column]),
            "variance": float(parameters.variances[state, column]),
            "is_at_floor": bool(floored[state, column]),
            "density": parameters.densities[index].kind,
        }
        for state in range(parameters.n_states)
        for index, feature in enumerate(run.data.input.features)
        for part, column in enumerate(_columns(parameters, index), start=1)
    ]


def _columns(parameters: HMMParameters, feature: int) -> range:
    columns = parameters.columns(feature)
    return range(columns.start, columns.stop)


def _scaling_rows(run: FittedRun) -> Rows:
    scaling, features = run.data.input.scaling, run.data.input.features
    # Of several columns of a feature the first stands for all: none of them is scaled.
    firsts = [columns.start for columns in column_slices(features)]
    in_use = [
        {
            **_declared(feature),
            "position": position,
            "transform": scaling.transforms[first],
            "mean": float(scaling.means[first]),
            "scale": float(scaling.scales[first]),
            "dropped_because": None,
        }
        for position, (feature, first) in enumerate(
            zip(features, firsts, strict=True), start=1
        )
    ]
    dropped = [
        {
            **_declared(item.feature),
            "position": None,
            "mean": None,
            "scale": None,
            "dropped_because": item.reason,
        }
        for item in run.data.input.dropped
    ]
    return in_use + dropped


def _declared(feature: Feature) -> dict[str, Any]:
    return {
        "feature": feature.name,
        "columns": json.dumps(feature.columns),
        "family": feature.family,
        "transform": feature.transform,
        "evidence": feature.evidence,
    }


def _selection_rows(run: FittedRun) -> Rows:
    """Return a row for every start of every number of states."""
    return [
        {
            "n_states": n_states,
            "start": row.start.number,
            "method": row.start.method,
            "log_likelihood_per_row": row.start.log_likelihood_per_row,
            "n_iterations": row.start.n_iterations,
            "has_converged": row.start.converged,
            "n_floor_hits": row.n_floor_hits,
            "is_polished": row.start.is_polished,
            "log_likelihood": row.log_likelihood,
            "n_parameters": row.n_parameters,
            "aic": row.criteria.aic,
            "bic": row.criteria.bic,
            "icl": row.criteria.icl,
            "min_state_share": float(row.state_shares.min()),
            "next_week_log_score": _mean_score(row.scores),
            "has_passed_guards": not run.choice.verdicts[n_states].defects
            if row.start.number == certificate.fit.start
            else None,
            "is_chosen": row.start.number == certificate.fit.start
            and n_states == run.choice.n_states,
        }
        for n_states, certificate in run.certificates.items()
        for row in certificate.starts
    ]


def _candidate_rows(run: FittedRun) -> Rows:
    """Return the certificate of every number of states."""
    return [
        _candidate_row(run, n_states, certificate)
        for n_states, certificate in run.certificates.items()
    ]


def _candidate_row(
    run: FittedRun, n_states: int, certificate: Certificate
) -> dict[str, Any]:
    best, verdict = certificate.best, run.choice.verdicts[n_states]
    # The scores by which the numbers of states were compared.
    scores, behind = certificate.compared_scores, verdict.behind_best
    is_chosen = n_states == run.choice.n_states
    # The chosen model was checked once more, on everyone.
    defects = run.defects if is_chosen else verdict.defects
    separating = certificate.separation
    return {
        "n_states": n_states,
        "start": best.start.number,
        "log_likelihood": best.log_likelihood,
        "n_parameters": best.n_parameters,
        "aic": best.criteria.aic,
        "bic": best.criteria.bic,
        "icl": best.criteria.icl,
        "n_training_users": certificate.fit.n_users,
        "n_training_user_weeks": certificate.fit.n_rows,
        "n_holdout_users": scores.n_users if scores else 0,
        "n_holdout_user_weeks": int(scores.n_pairs.sum()) if scores else 0,
        "next_week_log_score": _mean_score(scores),
        "next_week_log_score_se": _finite(scores.standard_error) if scores else None,
        "base_log_score": _mean_score(run.base),
        "score_behind_best": behind.mean if behind else None,
        "score_behind_best_se": _finite(behind.standard_error) if behind else None,
        "is_within_one_se": verdict.is_within_one_se if behind else None,
        "stability": verdict.stability,
        "n_refits": run.options.bootstrap_refits
        if verdict.stability is not None
        else 0,
        "min_state_share": float(best.state_shares.min()),
        "n_floor_hits": best.n_floor_hits,
        "n_polished_starts": certificate.fit.n_polished,
        "n_starts_at_best": certificate.fit.n_at_best,
        "separation": separating.information if separating else None,
        "separation_p_value": separating.p_value if separating else None,
        "has_passed_guards": not defects,
        "defects": _as_json(defects),
        "is_chosen": is_chosen,
    }


def _outlook_rows(run: FittedRun) -> Rows:
    return [
        {
            "state_id": state + 1,
            "measure": measure,
            "value": _finite(measured.value[state]),
            "low": _finite(measured.low[state]),
            "high": _finite(measured.high[state]),
        }
        for measure, measured in run.outlook.by_state.items()
        for state in range(run.parameters.n_states)
    ]


def _stay_rows(stays: ExpectedStays) -> Rows:
    """Return a row for every state and number of weeks that a stay reached."""
    return [
        {
            "state_id": state + 1,
            "n_weeks": weeks + 1,
            "n_at_risk": int(stays.n_at_risk[state, weeks]),
            "n_left": int(stays.n_left[state, weeks]),
        }
        for state, weeks in zip(*np.nonzero(stays.n_at_risk), strict=True)
    ]


def _pair_outlook_rows(run: FittedRun) -> Rows:
    """Return a row for every measure and pair of two states."""
    return [
        {
            "from_state_id": origin + 1,
            "to_state_id": goal + 1,
            "measure": measure,
            "value": _finite(measured.value[origin, goal]),
            "low": _finite(measured.low[origin, goal]),
            "high": _finite(measured.high[origin, goal]),
        }
        for measure, measured in run.outlook.by_pair.items()
        for origin in range(run.parameters.n_states)
        for goal in range(run.parameters.n_states)
        if goal != origin
    ]


def _mean_score(scores: UserScores | None) -> float | None:
    return None if scores is None else _finite(scores.mean)


def _finite(value: float) -> float | None:
    """Return None, the warehouse's null, in place of NaN or infinity."""
    return float(value) if math.isfinite(value) else None


def _as_json(defects: Sequence[Defect]) -> str:
    return json.dumps([asdict(defect) for defect in defects])
