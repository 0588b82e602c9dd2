"""One target from rows to what is published: checks, candidates, choice and model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from user_states.propensity.candidate_models import (
    CANDIDATE_MODELS,
    CandidateModel,
    PropensityModel,
    fit_candidate,
)
from user_states.propensity.cross_fits import CrossFit, cross_fit
from user_states.propensity.leak_checks import FeatureLeak, find_leaks
from user_states.propensity.propensity_choice import PropensityChoice, choose_propensity
from user_states.propensity.propensity_folds import propensity_folds, publication_fold
from user_states.propensity.propensity_rows import PropensityRows
from user_states.propensity.propensity_scores import PropensityScores
from user_states.propensity.required_rows import (
    MIN_POSITIVES,
    require_enough_outcomes,
    require_no_target,
)
from user_states.propensity.score_reasons import ScoreReasons, explain_scores
from user_states.segments.fit_threads import each_with_one_thread


@dataclass(frozen=True)
class PropensitySettings:
    """What is asked for.

    Attributes
    ----------
    min_positives : int
        As of `require_enough_outcomes`.
    seed : int
    is_forced : bool
        Whether the chosen model is published even if it is not worth it.
    outcome_column : str or None
        Name of the feature that the outcome is made of, which may not be a feature.
    """

    min_positives: int = MIN_POSITIVES
    seed: int = 0
    is_forced: bool = False
    outcome_column: str | None = None


@dataclass(frozen=True, eq=False)
class PropensityCertificate:
    """What was tried, what is published, and why.

    Attributes
    ----------
    tried : tuple of CandidateModel
        The simplest first.
    cross : CrossFit
        Forecasts and scores of every rival and candidate.
    choice : PropensityChoice
    leaks : list of FeatureLeak
    candidate : CandidateModel
        The chosen one.
    model : PropensityModel or None
        The chosen one, fitted to all rows; None if it is not published.
    """

    tried: tuple[CandidateModel, ...]
    cross: CrossFit
    choice: PropensityChoice
    leaks: list[FeatureLeak]
    candidate: CandidateModel
    model: PropensityModel | None

    @property
    def scores(self) -> Mapping[str, PropensityScores]:
        """Scores of every rival and candidate."""
        return self.cross.scores

    def reasons(self, rows: PropensityRows) -> ScoreReasons | None:
        """Return the reasons of the published scores; None if nothing is published."""
        if self.model is None:
            return None
        return explain_scores(self.model.scorer, self.candidate.features(rows))


def certify_propensity(
    rows: PropensityRows,
    settings: PropensitySettings,
    candidates: Sequence[CandidateModel] = CANDIDATE_MODELS,
) -> PropensityCertificate:
    """Try all candidates, choose one, and fit it to all rows if it is published.

    Candidates with the states' belief are left out if there is none.

    Raises
    ------
    ValueError
        If a class came too seldom, the target is among the features, the weeks are too
        few, or SQL could not score a candidate.
    """
    require_enough_outcomes(rows, settings.min_positives)
    require_no_target(rows.all_features, rows.outcomes, settings.outcome_column)
    tried = [one for one in candidates if rows.belief.names or not one.has_belief]
    folds = propensity_folds(rows)
    cross = cross_fit(rows, folds, tried, settings.seed)
    choice = choose_propensity(
        cross.scores, tried, settings.seed, is_forced=settings.is_forced
    )
    chosen = next(one for one in tried if one.name == choice.chosen)
    model = None
    if choice.is_published:
        model = each_with_one_thread(
            lambda fold: fit_candidate(chosen, rows, fold, settings.seed),
            [publication_fold(rows)],
        )[0]
    leaks = find_leaks(rows, folds, settings.seed)
    return PropensityCertificate(tuple(tried), cross, choice, leaks, chosen, model)
