"""The certificate as rows of two tables: divisions, and their scores by outcome."""

from __future__ import annotations

from collections.abc import Iterator

from user_states.segments.division_evidence import DivisionEvidence
from user_states.segments.outcome_scores import DivisionGain
from user_states.segments.segmentation_certificate import SegmentationCertificate

Cell = str | float | int | bool | None


def division_rows(found: SegmentationCertificate) -> Iterator[dict[str, Cell]]:
    """Yield a row for each division, everybody first."""
    for name, row in found.evidence.items():
        is_chosen = name == found.choice.chosen
        yield {
            "division": name,
            "label": row.label,
            "kind": row.kind,
            "setting": row.setting,
            "n_segments": row.n_segments,
            "smallest_share": row.smallest_share,
            "coverage": row.coverage,
            "inertia": row.inertia,
            "silhouette": row.silhouette,
            "davies_bouldin": row.davies_bouldin,
            "stability": row.stability,
            "stability_over_windows": row.window_stability,
            "given_back_share": None if row.model is None else row.model.given_back,
            "is_elbow": _is_size(row, found.elbow),
            "is_best_silhouette": _is_size(row, found.best_silhouette),
            "is_chosen": is_chosen,
            "is_published": is_chosen and found.choice.is_published,
            "why_not": found.choice.why_not.get(name),
        }


def outcome_rows(
    found: SegmentationCertificate, deciding_outcome: str
) -> Iterator[dict[str, Cell]]:
    """Yield a row for each division and outcome that was known of anybody.

    Scores and gains are in nats a customer-week.
    """
    for name, row in found.evidence.items():
        for outcome, scores in row.scores.items():
            if not scores.n_users:
                continue
            yield {
                "division": name,
                "outcome": outcome,
                "is_deciding": outcome == deciding_outcome,
                "n_customers": scores.n_users,
                "n_customer_weeks": int(scores.n_pairs.sum()),
                "log_score": scores.mean,
                **_gain_cells("base", found.over_base.get(outcome, {}).get(name)),
                **_gain_cells("rfm", found.over_rfm.get(outcome, {}).get(name)),
            }


def _gain_cells(rival: str, gain: DivisionGain | None) -> dict[str, Cell]:
    return {
        f"gain_over_{rival}": None if gain is None else gain.difference.mean,
        f"gain_over_{rival}_low": None if gain is None else gain.low,
        f"gain_over_{rival}_high": None if gain is None else gain.high,
    }


def _is_size(row: DivisionEvidence, size: int | None) -> bool:
    return row.kind == "k_means" and size is not None and row.setting == size
