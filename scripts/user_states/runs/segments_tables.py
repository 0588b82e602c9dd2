"""A finished fit of segments as rows of the register and of the schema `segments`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.naming.segment_names import FeaturePhrases, name_segments
from user_states.runs.register_rows import run_row, segment_row
from user_states.runs.table_writer import Rows
from user_states.segments.certificate_rows import division_rows, outcome_rows
from user_states.segments.raw_customers import PreparedCustomers
from user_states.segments.segment_map import segment_map
from user_states.segments.segment_models import DiagonalMixture, SegmentModel
from user_states.segments.segment_parameters import (
    SegmentParameters,
    segment_parameters,
)
from user_states.segments.segmentation_certificate import (
    CertificateSettings,
    SegmentationCertificate,
)

# Customers who are drawn.
MOST_POINTS = 2_000


@dataclass(frozen=True, eq=False)
class SegmentsRun:
    """A finished fit with everything that is stored about it.

    Attributes
    ----------
    customers : PreparedCustomers
    certificate : SegmentationCertificate
    settings : CertificateSettings
    scaling_method : str
    phrases : mapping of str to FeaturePhrases
        By feature.
    feature_settings : mapping
        As from `customer_settings`.
    """

    customers: PreparedCustomers
    certificate: SegmentationCertificate
    settings: CertificateSettings
    scaling_method: str
    phrases: Mapping[str, FeaturePhrases]
    feature_settings: Mapping[str, Any]

    @property
    def defects(self) -> list[dict[str, str]]:
        """What speaks against publishing: checks that failed, or why nothing passed."""
        choice = self.certificate.choice
        if choice.is_published and not choice.is_forced:
            return []
        flaws = self.certificate.flaws.get(choice.chosen, ())
        found = [{"kind": flaw.kind, "text": flaw.text} for flaw in flaws]
        return found or [{"kind": "no_division", "text": choice.explanation}]

    @property
    def n_segments(self) -> int:
        """Segments that are published; 0 if none are."""
        model = self._model
        return model.n_segments if model else 0

    @property
    def _model(self) -> SegmentModel | None:
        published = self.certificate.published
        return published.model if published else None

    def tables(self) -> dict[str, Rows]:
        """Return the rows of every table, without run_id."""
        deciding = self.settings.deciding_outcome
        rows: dict[str, Rows] = {
            "runs": [self._run_row()],
            "fits": [self._fit_row()],
            "feature_scaling": self._scaling_rows(),
            "divisions": [_without_nan(row) for row in division_rows(self.certificate)],
            "division_scores": [
                _without_nan(row) for row in outcome_rows(self.certificate, deciding)
            ],
        }
        of_segments = ("segments", "centres", "weights", "members", "points")
        rows |= {table: [] for table in (*of_segments, "components")}
        if self._model is not None:
            rows |= self._published_rows(self._model)
        return rows

    def _run_row(self) -> dict[str, Any]:
        customers, choice = self.customers, self.certificate.choice
        scores = self.certificate.evidence[choice.chosen].scores
        score = scores[self.settings.deciding_outcome].mean
        return {
            **run_row(
                n_segments=self.n_segments,
                n_members=len(customers.customer_ids),
                first_week_start=customers.first_week_start,
                last_week_start=customers.week_start,
                log_score=None if math.isnan(score) else score,
                defects=self.defects,
                choice=choice.explanation,
                settings=asdict(self.settings),
                feature_settings=self.feature_settings,
            ),
            "n_starts": self.settings.n_starts,
            "seed": self.settings.seed,
        }

    def _fit_row(self) -> dict[str, Any]:
        customers, choice = self.customers, self.certificate.choice
        model, deciding = self._model, self.settings.deciding_outcome
        rule = None
        if model is not None:
            rule = segment_parameters(model, customers.data.newest.values).rule
        return {
            "as_of_week_start": customers.week_start,
            "rule": rule,
            "division": choice.chosen if choice.is_published else None,
            "deciding_outcome": deciding,
            "n_customers": len(customers.customer_ids),
            "n_held_out": self.certificate.evidence[choice.chosen]
            .scores[deciding]
            .n_users,
            "sentence": choice.explanation,
            "scaling_method": self.scaling_method,
        }

    def _scaling_rows(self) -> Rows:
        scaling = self.customers.scaling
        in_use = [
            {
                "feature": feature.name,
                "position": position,
                "family": _family(feature.transform),
                "transform": transform,
                "mean": mean,
                "scale": scale,
                "dropped_because": None,
            }
            for position, (feature, transform, mean, scale) in enumerate(
                zip(
                    self.customers.used,
                    scaling.transforms,
                    scaling.means.tolist(),
                    scaling.scales.tolist(),
                    strict=True,
                ),
                start=1,
            )
        ]
        dropped = [
            {
                "feature": name,
                "position": None,
                "family": "binary" if self.phrases[name].is_share else "continuous",
                "transform": "none",
                "mean": None,
                "scale": None,
                "dropped_because": reason,
            }
            for name, reason in self.customers.dropped.items()
        ]
        return in_use + dropped

    def _published_rows(self, model: SegmentModel) -> dict[str, Rows]:
        data = self.customers.data
        values = data.newest.values
        labels = model.assign(values)
        drawn = data.by_hash(data.newest)[:MOST_POINTS]
        places = segment_map(values)
        parameters = segment_parameters(model, values)
        names = [feature.name for feature in self.customers.used]
        return {
            "segments": self._segment_rows(labels, model.n_segments),
            "centres": _centre_rows(names, parameters),
            "weights": [
                {"segment_id": number, "weight": weight}
                for number, weight in enumerate(parameters.weights.tolist(), start=1)
            ],
            "members": self._member_rows(model, labels),
            "points": [
                {
                    "customer_id": self.customers.customer_ids[row],
                    "segment_id": int(labels[row]) + 1,
                    "x": float(places.places[row, 0]),
                    "y": float(places.places[row, 1]),
                }
                for row in drawn.tolist()
            ],
            "components": [
                {
                    "component": component,
                    "feature": name,
                    "loading": loading,
                    "explained_share": share,
                }
                for component, (loadings, share) in enumerate(
                    zip(
                        places.loadings.tolist(),
                        places.explained_shares.tolist(),
                        strict=True,
                    ),
                    start=1,
                )
                for name, loading in zip(names, loadings, strict=True)
            ],
        }

    def _segment_rows(self, labels: IntArray, n_segments: int) -> Rows:
        values, filled = self.customers.data.newest.values, self.customers.filled
        deviations = (_means(values, labels, n_segments) - values.mean(axis=0)) / (
            values.std(axis=0)
        )
        names = name_segments(
            [self.phrases[feature.name] for feature in self.customers.used],
            deviations,
            _means(filled, labels, n_segments),
            filled.mean(axis=0),
            _means(self.customers.known.astype(np.float64), labels, n_segments),
        )
        sizes = np.bincount(labels, minlength=n_segments).tolist()
        return [
            segment_row(number, size, size / len(labels), name)
            for number, (size, name) in enumerate(
                zip(sizes, names, strict=True), start=1
            )
        ]

    def _member_rows(self, model: SegmentModel, labels: IntArray) -> Rows:
        certainty: Sequence[float | None] = [None] * len(labels)
        if isinstance(model, DiagonalMixture):
            values = self.customers.data.newest.values
            certainty = model.probabilities(values).max(axis=1).tolist()
        return [
            {"customer_id": customer, "segment_id": label + 1, "certainty": certain}
            for customer, label, certain in zip(
                self.customers.customer_ids.tolist(),
                labels.tolist(),
                certainty,
                strict=True,
            )
        ]


def _centre_rows(names: Sequence[str], parameters: SegmentParameters) -> Rows:
    return [
        {"segment_id": number, "feature": name, "mean": mean, "variance": variance}
        for number, (means, variances) in enumerate(
            zip(parameters.means.tolist(), parameters.variances.tolist(), strict=True),
            start=1,
        )
        for name, mean, variance in zip(names, means, variances, strict=True)
    ]


def _means(values: FloatArray, labels: IntArray, n_segments: int) -> FloatArray:
    """Return the mean of each segment, NaN without members; shape (K, P)."""
    means = np.full((n_segments, values.shape[1]), np.nan)
    for segment in np.unique(labels).tolist():
        means[segment] = values[labels == segment].mean(axis=0)
    return means


def _family(transform: str) -> str:
    """Return how the register calls the distribution of a feature."""
    return "binary" if transform == "binary" else "continuous"


def _without_nan(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }
