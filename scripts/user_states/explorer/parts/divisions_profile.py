"""By what the published segments differ: a table of features with shaded cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.words import starting_large
from user_states.marts.segment_rows import (
    CustomerFeatureRow,
    SegmentProfileRow,
    SegmentRow,
)

# A shade is a fifth of a standard deviation; two are as dark as it gets.
SHADE_WIDTH, N_SHADES = 0.2, 10


@dataclass(frozen=True)
class ProfileCell:
    """The mean of a segment: in words, its shade, and how it differs."""

    words: str
    class_: str
    tip: str


@dataclass(frozen=True)
class ProfileLine:
    """A feature: what much of it means, and the means of the segments and of all."""

    name: str
    cells: Sequence[ProfileCell]
    everyone: str


def profile_lines(
    segments: Sequence[SegmentRow],
    profiles: Sequence[SegmentProfileRow],
    features: Sequence[CustomerFeatureRow],
) -> list[ProfileLine]:
    """Return a line for each feature, those that tell segments apart best first."""
    words = {row.feature: row for row in features}
    found: dict[str, dict[int, SegmentProfileRow]] = {}
    for row in profiles:
        found.setdefault(row.feature, {})[row.segment_id] = row

    def spread(feature: str) -> float:
        return max(abs(_distance(row)) for row in found[feature].values())

    return [
        _line(feature, found[feature], segments, words.get(feature))
        for feature in sorted(found, key=lambda name: (-spread(name), name))
    ]


def feature_name(feature: str, words: CustomerFeatureRow | None) -> str:
    """Return a feature as what a customer with much of it does."""
    return words.words_high if words else feature.replace("_", " ")


def _distance(row: SegmentProfileRow) -> float:
    return row.standard_deviations_from_everyone or 0.0


def _line(
    feature: str,
    rows: dict[int, SegmentProfileRow],
    segments: Sequence[SegmentRow],
    words: CustomerFeatureRow | None,
) -> ProfileLine:
    is_share = words is not None and words.data_type == "boolean"
    known = next(iter(rows.values()))
    return ProfileLine(
        starting_large(feature_name(feature, words)),
        [_cell(rows.get(segment.segment_id), is_share) for segment in segments],
        _mean(known.mean_of_everyone, is_share),
    )


def _cell(row: SegmentProfileRow | None, is_share: bool) -> ProfileCell:
    if row is None:
        return ProfileCell("–", "h0", "")
    distance = _distance(row)
    shade = min(int(abs(distance) / SHADE_WIDTH), N_SHADES - 1)
    side = "above" if distance >= 0 else "below"
    return ProfileCell(
        _mean(row.mean_value, is_share),
        f"{'h' if distance >= 0 else 'c'}{shade}",
        f"{abs(distance):.1f} standard deviations {side} all customers",
    )


def _mean(value: float | None, is_share: bool) -> str:
    if value is None:
        return "–"
    if is_share:
        return f"{100 * value:.0f}%"
    digits = 0 if abs(value) >= 20 else 1 if abs(value) >= 1 or not value else 2
    return f"{value:,.{digits}f}".replace("-", "−")
