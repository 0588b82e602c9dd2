"""Forecasts for customers whom a model was not fitted to, of every candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.propensity.candidate_models import CandidateModel, fit_candidate
from user_states.propensity.propensity_folds import PropensityFold
from user_states.propensity.propensity_rows import PropensityRows
from user_states.propensity.propensity_scores import PropensityScores, score_forecasts
from user_states.propensity.rival_forecasts import rival_forecasts
from user_states.segments.fit_threads import each_with_one_thread


@dataclass(frozen=True, eq=False)
class CrossFit:
    """What every rival and candidate forecast for customers whom it did not know.

    Attributes
    ----------
    scores : dict of str to PropensityScores
        Of every rival, then of every candidate, by name.
    chances : dict of str to array, shape (n_judged, K)
        The forecasts that were scored.
    judged : array of int, shape (n_judged,)
        Numbers of their rows.
    """

    scores: Mapping[str, PropensityScores]
    chances: Mapping[str, FloatArray]
    judged: IntArray


def cross_fit(
    rows: PropensityRows,
    folds: Sequence[PropensityFold],
    candidates: Sequence[CandidateModel],
    seed: int,
) -> CrossFit:
    """Return the forecasts of every rival and candidate, and their scores.

    Each is judged by the judged rows of all folds together.
    """
    tasks = [(candidate, fold) for candidate in candidates for fold in folds]

    def forecast(task: tuple[CandidateModel, PropensityFold]) -> FloatArray:
        candidate, fold = task
        model = fit_candidate(candidate, rows, fold, seed)
        return model.chances(candidate.features(rows).rows(fold.judged))

    fitted = each_with_one_thread(forecast, tasks)
    by_name: dict[str, list[FloatArray]] = {}
    for fold in folds:
        for name, chances in rival_forecasts(rows, fold).items():
            by_name.setdefault(name, []).append(chances)
    for (candidate, _), chances in zip(tasks, fitted, strict=True):
        by_name.setdefault(candidate.name, []).append(chances)
    judged = np.concatenate([fold.judged for fold in folds])
    chances_by_name = {name: np.concatenate(parts) for name, parts in by_name.items()}
    scores = {
        name: score_forecasts(
            chances, rows.outcomes[judged], rows.customers[judged], len(rows.places)
        )
        for name, chances in chances_by_name.items()
    }
    return CrossFit(scores, chances_by_name, judged)
