"""By what the published segments differ: a table of features with shaded cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.words import starting_large
from user_states.explorer.words.numbers import number
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
    """A feature: what much of it means, and the means of the segments and of all.

    `unit` is what the numbers count, such as `blogs viewed in the last 90 days`.
    """

    name: str
    unit: str
    cells: Sequence[ProfileCell]
    everyone: str


def profile_lines(
    segments: Sequence[SegmentRow],
    profiles: Sequence[SegmentProfileRow],
    features: Sequence[CustomerFeatureRow],
    window_days: int,
) -> list[ProfileLine]:
    """Return a line for each feature, first those that differ most by segment.

    `window_days` are the days back in which customers' events count.
    """
    words = {row.feature: row for row in features}
    found: dict[str, dict[int, SegmentProfileRow]] = {}
    for row in profiles:
        found.setdefault(row.feature, {})[row.segment_id] = row

    def spread(feature: str) -> float:
        return max(abs(_distance(row)) for row in found[feature].values())

    return [
        _line(feature, found[feature], segments, words.get(feature), window_days)
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
    window_days: int,
) -> ProfileLine:
    kind = words.value_format if words else "number"
    known = next(iter(rows.values()))
    n_known = sum(row.n_customers_with_value for row in rows.values())
    n_all = sum(row.n_customers for row in rows.values())
    return ProfileLine(
        starting_large(feature_name(feature, words)),
        _unit(words, window_days),
        [_cell(rows.get(segment.segment_id), kind) for segment in segments],
        _of_known(_mean(known.mean_of_everyone, kind), kind, n_known, n_all),
    )


def _unit(words: CustomerFeatureRow | None, window_days: int) -> str:
    """Return what the numbers of a feature count; empty if its words do not say it."""
    if words is None:
        return ""
    if words.value_format == "yes_no":
        return "share of those of whom it is known"
    text = (words.value_words or "").replace("{window}", str(window_days))
    number_of = {"minutes": "minutes: ", "years": "", "days": ""}.get(
        words.value_format, ""
    )
    told = text.removeprefix("{} ") if text.startswith("{} ") else text
    return f"{number_of}{told.replace('{}', '…')}" if told else ""


def _cell(row: SegmentProfileRow | None, kind: str) -> ProfileCell:
    if row is None:
        return ProfileCell("–", "h0", "")
    distance = _distance(row)
    shade = min(int(abs(distance) / SHADE_WIDTH), N_SHADES - 1)
    side = "above" if distance >= 0 else "below"
    known = f"{number(row.n_customers_with_value)} of {number(row.n_customers)}"
    return ProfileCell(
        _of_known(
            _mean(row.mean_value, kind),
            kind,
            row.n_customers_with_value,
            row.n_customers,
        ),
        f"{'h' if distance >= 0 else 'c'}{shade}",
        f"{abs(distance):.1f} standard deviations {side} all customers; known of "
        f"{known}",
    )


def _of_known(text: str, kind: str, n_known: int, n_all: int) -> str:
    """Return a share with of how many it is, where not all are known."""
    if kind != "yes_no" or n_known == n_all or not n_known:
        return text
    return f"{text} of {number(n_known)}"


def _mean(value: float | None, kind: str) -> str:
    if value is None:
        return "–"
    if kind == "yes_no":
        return f"{100 * value:.0f}%"
    # Lengths of time are in seconds.
    found = value / 60 if kind == "minutes" else value
    if 0 < abs(found) < 0.1:
        return f"{found:.2g}"
    digits = 0 if abs(found) >= 20 else 1 if abs(found) >= 1 or not found else 2
    return f"{found:,.{digits}f}".replace("-", "−")
