"""Rows of the marts about ways to divide customers, and about published segments."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from user_states.marts.mart_row import MartRow, MartSource


@dataclass(frozen=True)
class DivisionRow(MartRow):
    """One way to divide customers, judged by the outcome that decides.

    Scores and gains are in nats a customer-week; they are None if nothing is known of
    held-out customers.
    """

    source = MartSource("segmentations", "division", "is_deciding")

    division: str
    label: str
    kind: str
    setting: int | None
    n_segments: int
    smallest_share: float
    coverage: float
    inertia: float | None
    silhouette: float | None
    stability: float | None
    is_elbow: bool
    is_best_silhouette: bool
    outcome: str
    n_customers: int | None
    n_customer_weeks: int | None
    log_score: float | None
    gain_over_base: float | None
    gain_over_base_low: float | None
    gain_over_base_high: float | None
    gain_over_rfm: float | None
    gain_over_rfm_low: float | None
    gain_over_rfm_high: float | None
    is_published: bool
    why_not: str | None


@dataclass(frozen=True)
class SegmentRow(MartRow):
    """A published segment, and who is in it in the newest week."""

    source = MartSource("segments", "segment_id")

    segment_id: int
    segment_name: str
    n_customers: int
    customer_share: float | None
    as_of_week_start: datetime.date | None
    telling_features: str
    suggested_use: str
    fit_week_start: datetime.date


@dataclass(frozen=True)
class SegmentProfileRow(MartRow):
    """A feature of the customers of one segment; means are in the feature's units."""

    source = MartSource("segment_profiles", "segment_id, feature")

    segment_id: int
    feature: str
    n_customers: int
    n_customers_with_value: int
    mean_value: float | None
    mean_of_everyone: float | None
    standard_deviations_from_everyone: float | None


@dataclass(frozen=True)
class CustomerFeatureRow(MartRow):
    """A feature of customers in words."""

    source = MartSource("customer_features", "feature")

    feature: str
    data_type: str
    words_high: str
    words_low: str
    value_format: str = "number"
    value_words: str | None = None


@dataclass(frozen=True)
class SegmentPointRow(MartRow):
    """A customer of the sample in the plane of the first two components."""

    source = MartSource("segment_points", "segment_id, x, y")

    segment_id: int
    x: float
    y: float


@dataclass(frozen=True)
class ComponentRow(MartRow):
    """How much of the differences between customers a component holds."""

    source = MartSource(
        "segment_components",
        sql="""
        select component, max(explained_share)
        from {mart}
        group by component
        order by component
        """,
    )

    component: int
    explained_share: float


@dataclass(frozen=True)
class SegmentStateRow(MartRow):
    """Customers who are in a segment and in a state."""

    source = MartSource("segmentation_agreement", "segment_id, state_key")

    segment_id: int
    state_key: str
    n_customers: int
    share_of_segment: float
    normalized_mutual_information: float


@dataclass(frozen=True)
class SegmentWatchRow(MartRow):
    """What the watch over the segments found in the newest week."""

    source = MartSource(
        "segmentation_quality",
        "as_of_week_start",
        "as_of_week_start = (select max(newest.as_of_week_start) from {mart} newest)",
    )

    as_of_week_start: datetime.date
    kept_share: float | None
    is_alarm: bool
    alarm: str | None


@dataclass(frozen=True)
class SegmentCertaintyRow(MartRow):
    """How sure the model is of a segment's customers; nearest centres never are."""

    source = MartSource(
        "customer_segments",
        sql="""
        select segment_id, avg(certainty)
        from {mart}
        group by segment_id
        order by segment_id
        """,
    )

    segment_id: int
    mean_certainty: float | None
