"""Features are shown once, and the parts of a feature together."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import declared_features
from made_up_marts import LABELS, made_up_marts, with_rows
from user_states.explorer.crossings import Crossing
from user_states.explorer.parts import analysts
from user_states.explorer.parts.analysts_states import state_tables
from user_states.explorer.scene import PageOptions, Scene
from user_states.figures.all_figures import draw_figures
from user_states.figures.picture import PictureOptions
from user_states.figures.state_profiles import features_that_differ
from user_states.marts.distinct_features import farthest, without_repeats
from user_states.marts.known_means import profiles
from user_states.marts.marts import Marts
from user_states.marts.state_rows import ProfileRow
from user_states.marts.trust_rows import DriftRow, QualityCheckRow

(DAY_PARTS,) = (e for e in declared_features() if e["name"] == "day_parts")
PARTS: list[str] = DAY_PARTS["columns"]
HEADING = "Times of day"
OPTIONS = PageOptions(lambda mart: f"marts.{mart}")


def profile(feature: str, deviations: float, state_id: int = 1) -> ProfileRow:
    return ProfileRow(state_id, feature, 1, 10_000, 0.4, 0.2, deviations)


def marts_with_parts() -> Marts:
    """Return marts in which one of ten parts stands out, and one drifts."""
    rows = [
        profile(feature, deviations, state_id)
        for state_id in (1, 2)
        for feature, deviations in [
            ("is_active", 0.5),
            *((part, 1.5 if part == PARTS[2] else 0.1) for part in PARTS),
            ("n_weekend_rides", 0.4),
            ("weekend_share", 0.9),
        ]
    ]
    drifts = [
        DriftRow(feature, place, 0.5, 0.6, 0.2, 0.3 if feature == PARTS[3] else 0.1,
                 feature == PARTS[3])
        for place, feature in enumerate(["n_rides", *PARTS])
    ]  # fmt: skip
    checks = [
        QualityCheckRow(
            "feature_drift", row.feature, "Has the feature drifted?",
            row.population_stability_index, 0.25, "index", row.is_drifting, None, None,
            "",
        )
        for row in drifts
    ]  # fmt: skip
    return with_rows(
        made_up_marts(["A", "B"]),
        {ProfileRow: rows, DriftRow: drifts, QualityCheckRow: checks},
    )


def test_a_feature_that_repeats_a_known_one_is_left_out() -> None:
    weekly, so_far = profile("n_weekend_rides", 0.4), profile("weekend_share", 0.9)
    assert without_repeats([weekly, so_far], LABELS) == [weekly]
    assert without_repeats([so_far], LABELS) == [so_far]
    unknown = ProfileRow(1, "n_weekend_rides", 1, 0, None, None, None)
    assert without_repeats([unknown, so_far], LABELS) == [unknown, so_far]


def test_a_repeated_feature_is_one_of_the_declared() -> None:
    declared = {entry["name"]: entry for entry in declared_features()}
    repeated = [
        entry["label"]["repeats"]
        for entry in declared.values()
        if "repeats" in entry.get("label", {})
    ]
    assert repeated
    assert set(repeated) <= set(declared)


def test_only_the_farthest_part_is_among_the_farthest_features() -> None:
    rows = [row for row in profiles(marts_with_parts()) if row.state_id == 1]
    found = farthest(rows, LABELS, 5)
    assert [row.feature for row in found] == [PARTS[2], "is_active", "n_weekend_rides"]


def test_all_parts_are_shown_where_one_stands_out(tmp_path: Path) -> None:
    marts = marts_with_parts()
    assert set(PARTS) < set(features_that_differ(marts))
    list(draw_figures(marts, PictureOptions(0.01, 12), tmp_path, ["state_profiles"]))
    text = (tmp_path / "state_profiles.svg").read_text("utf-8")
    # Once as a heading, once in the sentence on the largest difference.
    assert text.count(f">{HEADING}<") == 1
    for part in PARTS:
        assert f">{LABELS.of(part).text}<" in text
    assert "of rides so far" not in text


def test_the_page_shows_parts_with_their_heading() -> None:
    names = [line.name for line in state_tables(marts_with_parts()).features]
    assert [name for name in names if name.startswith(HEADING)] == [
        f"{HEADING}: {LABELS.of(part).text}" for part in PARTS
    ]


def test_drift_has_one_row_for_all_parts() -> None:
    view = analysts.view(Scene(marts_with_parts(), OPTIONS, Crossing(), 1000))
    assert view is not None
    assert view.everything is not None
    found = view.everything
    assert [line.row.feature for line in found.drifts] == ["n_rides", PARTS[3]]
    subject = f"{HEADING}: {LABELS.of(PARTS[3]).text}"
    assert [(line.subject, line.verdict) for line in found.checks] == [
        (subject, "warning"),
        ("Rides", "fine"),
    ]


@pytest.mark.parametrize("parts", [["Morning", "Night"], None])
def test_a_part_has_a_text_and_a_heading(parts: list[str] | None) -> None:
    label = {"text": "Rides", "kind": "share"} | ({"parts": parts} if parts else {})
    entry = {"name": "x", "columns": ["n_day_early", "n_day_late"], "label": label}
    found = type(LABELS)([entry], "EUR").of("n_day_late")
    assert (found.group, found.text) == ("Rides", parts[1] if parts else "late")
    assert found.full_text == f"Rides: {found.text}"
