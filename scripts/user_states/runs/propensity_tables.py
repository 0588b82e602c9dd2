"""A finished fit of a propensity as rows of the register and of `propensity`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from user_states.propensity.candidate_models import PropensityModel
from user_states.propensity.judged_forecasts import (
    JudgedGroup,
    judged_tenths,
    judged_weeks,
)
from user_states.propensity.linear_scorer import LinearScorer
from user_states.propensity.propensity_certificate import (
    PropensityCertificate,
    PropensitySettings,
)
from user_states.propensity.propensity_rows import FeatureBlock, PropensityRows
from user_states.propensity.rival_forecasts import RIVAL_LABELS
from user_states.propensity.score_reasons import ScoreReasons, explain_scores
from user_states.runs.propensity_scorers import (
    calibration_rows,
    forecast_classes,
    score_bases,
    scorer_rows,
)
from user_states.runs.register_rows import run_row
from user_states.runs.table_writer import Rows

# Customers whose reasons are drawn, and from whom the importance is taken.
MOST_EXPLAINED = 300

_FIRST_MONDAY = dt.date(1970, 1, 5)


@dataclass(frozen=True)
class PropensityTarget:
    """A row of the seed propensity_targets.

    Attributes
    ----------
    target, outcome, population : str
    horizon_weeks, min_positives : int
    """

    target: str
    outcome: str
    population: str
    horizon_weeks: int
    min_positives: int


@dataclass(frozen=True, eq=False)
class PropensityRun:
    """A finished fit with everything that is stored about it.

    Attributes
    ----------
    target : PropensityTarget
    rows : PropensityRows
        Weeks are counted from the Monday 1970-01-05.
    certificate : PropensityCertificate
    settings : PropensitySettings
    feature_settings : mapping
        As from `propensity_settings`.
    """

    target: PropensityTarget
    rows: PropensityRows
    certificate: PropensityCertificate
    settings: PropensitySettings
    feature_settings: Mapping[str, Any]

    @property
    def defects(self) -> list[dict[str, str]]:
        """What speaks against publishing: no gain, and features that may leak."""
        choice = self.certificate.choice
        found = [{"kind": "leak", "text": str(leak)} for leak in self.certificate.leaks]
        if choice.is_forced or not choice.is_published:
            found.insert(0, {"kind": "no_gain", "text": choice.explanation})
        return found

    @property
    def is_published(self) -> bool:
        """Whether a model is stored that may become the champion."""
        return self.certificate.model is not None

    @property
    def is_promotable(self) -> bool:
        """Whether it may become the champion now: without defects, or by force."""
        return self.is_published and (not self.defects or self.settings.is_forced)

    @property
    def sentence(self) -> str:
        """Why this model, and what speaks against it."""
        leaks = [str(leak) for leak in self.certificate.leaks]
        if leaks and self.is_published and not self.settings.is_forced:
            leaks.append("So the run is stored and not promoted.")
        return " ".join([self.certificate.choice.explanation, *leaks])

    def tables(self) -> dict[str, Rows]:
        """Return the rows of every table, without run_id.

        Raises
        ------
        ValueError
            If the reasons of the model do not add up to its scores.
        UserError
            If the reasons of trees are needed, and the package shap is not there.
        """
        model, n_classes = self.certificate.model, self.rows.n_classes
        tables: dict[str, Rows] = {
            "runs": [self._run_row()],
            "segments": [],
            "feature_scaling": [],
            "fits": [self._fit_row()],
            "classes": self._class_rows(),
            "candidates": self._candidate_rows(),
            "leaks": [
                {
                    "feature": leak.name,
                    "alone": leak.alone,
                    "lost": leak.lost,
                    "sentence": str(leak),
                }
                for leak in self.certificate.leaks
            ],
            **self._judged_rows(),
        }
        if model is None:
            empty = ("features", "coefficients", "tree_nodes", "leaf_values")
            return tables | {name: [] for name in (*empty, "calibration", "points")}
        return {
            **tables,
            **scorer_rows(model.scorer, n_classes),
            "calibration": calibration_rows(model.calibration, n_classes),
            **self._explained_rows(model),
        }

    def _run_row(self) -> dict[str, Any]:
        score = self.certificate.scores[self.certificate.choice.chosen]
        return {
            **run_row(
                n_segments=None,
                n_members=len(self.rows.places),
                first_week_start=week_start(int(self.rows.weeks.min())),
                last_week_start=week_start(int(self.rows.weeks.max())),
                log_score=-score.log_loss,
                defects=self.defects,
                choice=self.sentence,
                settings=asdict(self.settings),
                feature_settings=self.feature_settings,
            ),
            "seed": self.settings.seed,
        }

    def _fit_row(self) -> dict[str, Any]:
        found, rows = self.certificate, self.rows
        model = found.model
        came = len(np.unique(rows.customers[rows.outcomes == 1]))
        kind = link = None
        if model is not None:
            is_linear = isinstance(model.scorer, LinearScorer)
            kind = "linear" if is_linear else "trees"
            link = "logit" if is_linear else getattr(model.scorer, "link", None)
        return {
            "target": self.target.target,
            "outcome": self.target.outcome,
            "horizon_weeks": self.target.horizon_weeks,
            "population": self.target.population,
            "chosen": found.choice.chosen,
            "model_kind": kind,
            "link": link,
            "calibration_kind": None if model is None else model.calibration.kind,
            "has_belief": found.candidate.has_belief,
            "is_published": self.is_published,
            "is_forced": self.is_published and found.choice.is_forced,
            "n_customers": len(rows.places),
            "n_rows": len(rows.outcomes),
            "n_positives": came if rows.n_classes == 2 else None,
            "first_week_start": week_start(int(rows.weeks.min())),
            "as_of_week_start": week_start(int(rows.weeks.max())),
            "sentence": self.sentence,
        }

    def _class_rows(self) -> Rows:
        rates = np.bincount(self.rows.outcomes, minlength=self.rows.n_classes)
        model, forecast = self.certificate.model, self._forecast
        bases: list[float | None] = [None] * len(forecast)
        if model is not None:
            bases = [*score_bases(model.scorer)]
        base_of = dict(zip(forecast, bases, strict=True))
        return [
            {
                "class_number": number,
                "class_name": name,
                "base_rate": float(rates[number - 1]) / len(self.rows.outcomes),
                "score_base": base_of.get(number),
                "is_forecast": number in forecast,
            }
            for number, name in enumerate(self.rows.classes, start=1)
        ]

    @property
    def _forecast(self) -> range:
        return forecast_classes(self.rows.n_classes)

    def _candidate_rows(self) -> Rows:
        found, judged = self.certificate, self.certificate.cross.judged
        n_customers = len(np.unique(self.rows.customers[judged]))
        labels = {one.name: one.label for one in found.tried} | RIVAL_LABELS
        has_belief = {one.name: one.has_belief for one in found.tried}
        rows = []
        for name, scores in found.scores.items():
            gain = found.choice.gains.get(name)
            rows.append(
                {
                    "candidate": name,
                    "label": labels[name],
                    "is_rival": name in RIVAL_LABELS,
                    "has_belief": has_belief.get(name, False),
                    "is_chosen": name == found.choice.chosen,
                    "n_customers": n_customers,
                    "n_rows": len(judged),
                    "log_loss": scores.log_loss,
                    "auc": _finite(scores.auc),
                    "brier": scores.brier,
                    "calibration_error": scores.calibration_error,
                    "chosen_gain": None if gain is None else gain.difference.mean,
                    "chosen_gain_low": None if gain is None else gain.low,
                    "chosen_gain_high": None if gain is None else gain.high,
                }
            )
        return rows

    def _judged_rows(self) -> dict[str, Rows]:
        """Return how well the chosen model's held-out forecasts came true."""
        cross = self.certificate.cross
        chances = cross.chances[self.certificate.choice.chosen]
        outcomes = self.rows.outcomes[cross.judged]
        weeks = self.rows.weeks[cross.judged]
        by_week: Rows = []
        by_tenth: Rows = []
        for number in self._forecast:
            own, came = chances[:, number - 1], outcomes == number - 1
            by_week += [
                {
                    "class_number": number,
                    "as_of_week_start": week_start(group.number),
                    "n_customers": group.n_rows,
                    **_forecast_and_rate(group),
                    "calibration_error": group.calibration_error,
                }
                for group in judged_weeks(own, came, weeks)
            ]
            by_tenth += [
                {
                    "class_number": number,
                    "tenth": group.number,
                    "lowest": group.lowest,
                    "highest": group.highest,
                    "n_rows": group.n_rows,
                    **_forecast_and_rate(group),
                }
                for group in judged_tenths(own, came)
            ]
        return {"judged_weeks": by_week, "judged_tenths": by_tenth}

    def _explained_rows(self, model: PropensityModel) -> dict[str, Rows]:
        """Return the rows of features and points, from customers of the newest week."""
        newest = np.flatnonzero(self.rows.weeks == self.rows.weeks.max())
        own = self.certificate.candidate.features(self.rows).columns(model.scorer.names)
        by_hash = np.argsort(self.rows.places[self.rows.customers[newest]])
        drawn = own.rows(newest[by_hash[:MOST_EXPLAINED]].astype(np.int64))
        reasons = explain_scores(model.scorer, drawn)
        return {
            "features": _feature_rows(model, own.rows(newest), reasons),
            "points": [
                {
                    "class_number": number,
                    "feature": feature,
                    "point_number": point + 1,
                    "value": _finite(drawn.values[point, place]),
                    "contribution": float(reasons.contributions[point, place, output]),
                }
                for output, number in enumerate(self._forecast)
                for place, feature in enumerate(reasons.names)
                for point in range(len(drawn.values))
            ],
        }


def _feature_rows(
    model: PropensityModel, newest: FeatureBlock, reasons: ScoreReasons
) -> Rows:
    scorer = model.scorer
    empty: list[float | None] = [None] * len(newest.names)
    fills, means = empty, empty
    if isinstance(scorer, LinearScorer):
        fills, means = [*scorer.fills.tolist()], [*scorer.means.tolist()]
    return [
        {
            "feature": feature,
            "feature_number": place + 1,
            "transform": newest.transforms[place],
            "fill": fills[place],
            "mean": means[place],
            "typical_value": _median(newest.values[:, place]),
            "importance": float(reasons.importance[place]),
        }
        for place, feature in enumerate(newest.names)
    ]


def _forecast_and_rate(group: JudgedGroup) -> dict[str, float]:
    return {
        "mean_forecast": group.mean_forecast,
        "observed_rate": group.observed_rate,
    }


def _median(values: np.ndarray[Any, Any]) -> float | None:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else None


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def week_start(number: int) -> dt.date:
    """Return the Monday of a week, counted from 1970-01-05."""
    return _FIRST_MONDAY + dt.timedelta(weeks=number)
