"""Scores of divisions by hand, checks, the choice, and planted segments in small."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from user_states.benchmarks.planted_segments import (
    planted_segments,
    structureless_customers,
)
from user_states.benchmarks.segment_benchmark import (
    describe_segment_timing,
    time_segments,
)
from user_states.benchmarks.segment_study import (
    SegmentCase,
    SegmentOutcome,
    require_right_segments,
    segment_cases,
    study_segments,
)
from user_states.errors import UserError
from user_states.segments.certificate_rows import division_rows, outcome_rows
from user_states.segments.customer_weeks import (
    NO_SEGMENT,
    CustomerWeek,
    CustomerWeeks,
    hashed_places,
)
from user_states.segments.division_evidence import DivisionEvidence, segment_sizes
from user_states.segments.given_labels import EVERYBODY, RFM, rfm_labels
from user_states.segments.outcome_scores import (
    DivisionGain,
    gains,
    score_division,
    segment_rates,
)
from user_states.segments.refit_stability import stability_over_windows
from user_states.segments.segment_checks import SegmentLimits, check_division
from user_states.segments.segment_choice import choose_division, compared_in_words
from user_states.segments.segment_kinds import SEGMENT_KINDS
from user_states.segments.segment_models import NearestCentre
from user_states.segments.segmentation_certificate import (
    CertificateSettings,
    SegmentationCertificate,
    certify_divisions,
    earlier_window,
)
from user_states.selection.next_week_scores import Difference, UserScores

OUTCOME = "active_next_week"
K_MEANS = tuple(
    replace(kind, settings=(2, 3, 4, 5))
    for kind in SEGMENT_KINDS
    if kind.name == "k_means"
)


def week(number: int, came: list[float], **labels: list[int]) -> CustomerWeek:
    n = len(came)
    return CustomerWeek(
        number,
        np.arange(n),
        np.zeros((n, 1)),
        np.ones(n, dtype=np.bool_),
        {OUTCOME: np.array(came)},
        {name: np.array(own) for name, own in labels.items()},
    )


def test_held_out_customers_are_scored_by_the_rate_of_the_others() -> None:
    # Customers 0 and 1 are held out; the others teach.
    data = CustomerWeeks(
        (week(0, [1, 0, 1, 1, 0, 0]), week(1, [0, np.nan, 1, 1, 1, 0])),
        np.array([0.1, 0.15, 0.5, 0.6, 0.7, 0.8]),
    )
    labels = np.array([0, 1, 0, 0, 1, NO_SEGMENT])
    scores = score_division([labels, labels], data, OUTCOME)
    base = (2 + 1) / (4 + 2), (3 + 1) / (4 + 2)
    first = np.log((2 + 2 * base[0]) / (2 + 2)), np.log(1 - (0 + 2 * base[0]) / (1 + 2))
    second = np.log(1 - (2 + 2 * base[1]) / (2 + 2))
    np.testing.assert_allclose(
        scores.log_scores, [first[0] + second, first[1], 0, 0, 0, 0]
    )
    assert scores.n_pairs.tolist() == [2, 1, 0, 0, 0, 0]


def test_an_empty_segment_has_the_rate_of_everybody() -> None:
    rates, base = segment_rates(np.array([0, 0, 2]), np.array([True, True, False]), 3)
    assert base == 0.6
    assert rates.tolist() == pytest.approx([0.6, 3.2 / 4, 0.6, 1.2 / 3])


def test_gains_have_an_interval_around_the_difference() -> None:
    rng = np.random.default_rng(0)
    n_pairs = np.full(400, 3)
    base = UserScores(rng.normal(size=400), n_pairs)
    better = UserScores(base.log_scores + 0.3 + rng.normal(size=400), n_pairs)
    found = gains({"base": base, "better": better}, "base", seed=1)
    assert found["base"] is None
    gain = found["better"]
    assert gain is not None
    assert gain.low < gain.difference.mean < gain.high
    assert gain.high - gain.low == pytest.approx(
        2 * 1.96 * gain.difference.standard_error, rel=0.15
    )


def test_weeks_that_do_not_fit_together_are_errors() -> None:
    good = week(0, [1, 0])
    with pytest.raises(ValueError, match="in order"):
        CustomerWeeks((week(1, [1, 0]), good), np.zeros(2))
    with pytest.raises(ValueError, match="different lengths"):
        replace(good, is_active=np.ones(3, dtype=np.bool_))
    with pytest.raises(ValueError, match="NaN or infinite"):
        replace(good, values=np.array([[1.0], [np.nan]]))
    with pytest.raises(ValueError, match="twice"):
        replace(good, customers=np.array([1, 1]))
    with pytest.raises(ValueError, match="expected one of active_next_week"):
        certify_divisions(
            CustomerWeeks((good,), np.zeros(2)),
            CertificateSettings(deciding_outcome="sunshine"),
        )


def test_too_few_customers_and_equal_ones_are_errors() -> None:
    few, many = planted_segments(2, 0, 90), planted_segments(2, 0, 200)
    with pytest.raises(UserError, match="expected at least 100: load more"):
        certify_divisions(few, CertificateSettings(), K_MEANS)
    equal = tuple(replace(one, values=np.ones((200, 3))) for one in many.weeks)
    with pytest.raises(UserError, match="the same for all"):
        certify_divisions(replace(many, weeks=equal), CertificateSettings(), K_MEANS)


def test_features_that_are_constant_or_repeated_do_no_harm() -> None:
    data = planted_segments(2, 1, 300)
    weeks = tuple(
        replace(
            one,
            values=np.column_stack(
                [one.values[:, :2], one.values[:, 0], np.zeros(300)]
            ),
        )
        for one in data.weeks
    )
    found = certify_divisions(
        replace(data, weeks=weeks), CertificateSettings(n_refits=2)
    )
    assert {row.kind for row in found.evidence.values()} > {"nmf", "hdbscan", "ward"}
    assert "nmf_6" not in found.evidence


def test_places_are_those_of_the_macro() -> None:
    first, second = hashed_places(["a", "b"], salt="x")
    digits = hashlib.md5(b"xa", usedforsecurity=False).hexdigest()
    for share in (first, first + 2**-32):
        # md5(...) < the share's first eight digits, as in the macro `hashes_below`.
        assert (digits < f"{int(share * 2**32):08x}") == (first < share)
    assert first != second


def test_rfm_cells_keep_equal_customers_together() -> None:
    days = np.array([1.0, 1.0, 50.0, 90.0, np.nan, 20.0])
    labels = rfm_labels(
        days, np.array([9, 9, 1, 1, 0, 3.0]), np.array([9, 9, 1, 1, 0, 2.0])
    )
    assert labels[0] == labels[1]
    assert labels[4] == NO_SEGMENT
    assert labels[3] == 0
    assert labels.max() <= 26
    assert (rfm_labels(np.full(2, np.nan), days[:2], days[:2]) == NO_SEGMENT).all()


def test_sizes_of_a_division() -> None:
    labels = np.array([0, 0, 0, 2, NO_SEGMENT])
    assert segment_sizes(labels) == (2, 0.2, 0.8)
    assert segment_sizes(labels, 3) == (2, 0.0, 0.8)
    assert segment_sizes(np.full(4, NO_SEGMENT)) == (0, 0.0, 0.0)


def test_windows_are_compared_for_customers_active_in_both() -> None:
    now, before = week(4, [0, 0, 0, 0]), week(0, [0, 0, 0, 0])
    now = replace(now, customers=np.array([3, 2, 1, 9]))
    before = replace(before, is_active=np.array([True, True, True, False]))
    labels = np.array([5, 0, 1, 0])
    # Customers 1 and 2 are active in both weeks: in different segments both times.
    assert stability_over_windows(labels, np.array([0, 0, 1, 1]), now, before) == 1.0
    assert earlier_window(CustomerWeeks((before, now), np.zeros(10))) is before
    near = replace(before, week=1)
    assert earlier_window(CustomerWeeks((near, now), np.zeros(10))) is None


GOOD = DivisionEvidence(
    name="k_means_2",
    label="k-means with 2 segments",
    kind="k_means",
    setting=2,
    n_segments=2,
    smallest_share=0.4,
    coverage=1.0,
    scores={},
    model=NearestCentre(np.eye(2)),
    has_rule=True,
    stability=0.9,
)
SURE = DivisionGain(Difference(0.1, 0.01), 0.08, 0.12)


def test_every_check_finds_its_flaw() -> None:
    limits = SegmentLimits()
    assert check_division(GOOD, SURE, limits) == ()
    bad = {
        "one_segment": (replace(GOOD, n_segments=1), SURE),
        "no_rule": (replace(GOOD, has_rule=False), SURE),
        "not_given_back": (
            replace(GOOD, model=NearestCentre(np.eye(2), given_back=0.94)),
            SURE,
        ),
        "too_small": (replace(GOOD, smallest_share=0.004), SURE),
        "unstable": (replace(GOOD, stability=0.59), SURE),
        "tells_nothing": (GOOD, replace(SURE, low=-0.001)),
    }
    for kind, (row, gain) in bad.items():
        flaws = check_division(row, gain, limits)
        assert [flaw.kind for flaw in flaws] == [kind]
        assert "expected" in flaws[0].text or kind == "no_rule"


@lru_cache
def planted_certificate() -> SegmentationCertificate:
    data = planted_segments(3, 5, 2_000)
    return certify_divisions(
        with_labels(data), CertificateSettings(n_refits=2), K_MEANS
    )


def with_labels(data: CustomerWeeks) -> CustomerWeeks:
    """Return the customers with a random grid, and labels that know the outcome."""
    rng = np.random.default_rng(0)
    weeks = []
    for one in data.weeks:
        n = len(one.customers)
        came = one.outcomes[OUTCOME]
        known = np.where(np.isnan(came), 0, came).astype(np.int64)
        labels = {RFM: rng.integers(NO_SEGMENT, 27, size=n), "states": known}
        weeks.append(replace(one, labels=labels))
    return replace(data, weeks=tuple(weeks))


def test_planted_segments_are_certified_and_everything_else_says_why_not() -> None:
    found = planted_certificate()
    choice = found.choice
    assert (choice.chosen, choice.is_published, choice.is_forced) == (
        "k_means_3",
        True,
        False,
    )
    published = found.published
    assert published is not None
    assert isinstance(published.model, NearestCentre)
    assert published.model.centres.shape == (3, 12)
    assert list(found.evidence) == [
        EVERYBODY, RFM, "states", "k_means_2", "k_means_3", "k_means_4", "k_means_5",
    ]  # fmt: skip
    assert set(choice.why_not) == set(found.evidence) - {"k_means_3"}
    assert all(choice.why_not.values())
    assert choice.why_not["states"] == "it exists already, and is compared only"
    assert "expected an interval above 0" in choice.why_not["k_means_2"]
    assert choice.why_not["k_means_4"] == (
        "k-means with 3 segments is simpler, and as good within one standard error"
    )
    assert choice.explanation.startswith("K-means with 3 segments: of the divisions")
    assert "worse than the states." in choice.explanation
    assert "better than RFM." in choice.explanation


def test_the_certificate_has_every_figure() -> None:
    found = planted_certificate()
    row = found.evidence["k_means_3"]
    assert row.stability is not None
    assert row.stability > 0.9
    # A tenth of the customers draw their segment anew.
    assert row.window_stability is not None
    assert 0.5 < row.window_stability < 0.95
    assert row.coverage == 1.0
    assert found.elbow == 3
    assert found.best_silhouette is not None
    inertias = [found.evidence[f"k_means_{k}"].inertia or 0.0 for k in (2, 3, 4, 5)]
    assert inertias == sorted(inertias, reverse=True)
    base, rfm = (
        table[OUTCOME]["k_means_3"] for table in (found.over_base, found.over_rfm)
    )
    assert base is not None
    assert rfm is not None
    # Random cells are worse than none.
    assert rfm.difference.mean > base.difference.mean > base.low > 0
    states = found.evidence["states"]
    assert (states.is_given, states.stability, states.model) == (True, None, None)
    assert compared_in_words(row, states, OUTCOME).endswith("worse than the states.")


def test_the_certificate_as_rows() -> None:
    found = planted_certificate()
    rows = {str(row["division"]): row for row in division_rows(found)}
    assert list(rows) == list(found.evidence)
    assert [name for name, row in rows.items() if row["is_published"]] == ["k_means_3"]
    assert [name for name, row in rows.items() if row["is_elbow"]] == ["k_means_3"]
    assert [name for name, row in rows.items() if not row["why_not"]] == ["k_means_3"]
    scores = {str(row["division"]): row for row in outcome_rows(found, OUTCOME)}
    assert set(scores) == set(rows)
    chosen, base = scores["k_means_3"], scores[EVERYBODY]
    assert isinstance(chosen["log_score"], float)
    assert isinstance(base["log_score"], float)
    assert chosen["log_score"] - base["log_score"] == pytest.approx(
        chosen["gain_over_base"]
    )
    assert base["gain_over_base"] is None
    n_held_out = int(np.count_nonzero(planted_segments(3, 5, 2_000).places < 0.2))
    assert (chosen["is_deciding"], chosen["n_customers"]) == (True, n_held_out)
    assert chosen["n_customer_weeks"] == 3 * n_held_out


def test_the_same_customers_give_the_same_certificate() -> None:
    data = with_labels(planted_segments(3, 5, 2_000))
    again = certify_divisions(data, CertificateSettings(n_refits=2), K_MEANS)
    found = planted_certificate()
    assert again.choice == found.choice
    a, b = (c.evidence["k_means_4"] for c in (again, found))
    assert (a.stability, a.silhouette) == (b.stability, b.silhouette)


def test_if_everybody_is_as_good_nothing_is_published_without_force() -> None:
    data = structureless_customers("idle clusters", 1, 2_000)
    settings = CertificateSettings(n_refits=2)
    found = certify_divisions(data, settings, K_MEANS)
    assert (found.choice.chosen, found.choice.is_published) == (EVERYBODY, False)
    assert found.published is None
    assert found.choice.explanation.startswith(
        "Nothing is published: everybody as one group predicts activity next week as "
    )
    assert found.choice.why_not[EVERYBODY] == "one group for everybody divides nobody"
    forced = certify_divisions(data, replace(settings, is_forced=True), K_MEANS)
    assert forced.choice.is_forced
    assert forced.choice.is_published
    assert forced.published is not None
    assert forced.choice.explanation.startswith("Published by force: k-means with ")


def test_segments_that_predict_well_but_do_not_last_are_not_published() -> None:
    data = structureless_customers("a slope", 1, 2_000)
    found = certify_divisions(data, CertificateSettings(n_refits=2), K_MEANS)
    assert found.choice.chosen == EVERYBODY
    assert "but refits on resampled customers agree" in found.choice.explanation


def test_without_a_known_outcome_nothing_is_published() -> None:
    data = planted_segments(3, 5, 500)
    found = certify_divisions(
        replace(data, weeks=data.weeks[-1:]), CertificateSettings(n_refits=0), K_MEANS
    )
    assert "of no held-out customer is it known" in found.choice.explanation
    row = found.evidence["k_means_2"]
    assert (row.stability, row.window_stability) == (None, None)
    assert found.choice.why_not["k_means_2"].startswith("it cannot be judged yet")


def test_a_division_far_behind_says_how_far() -> None:
    def row(size: int, mean: float) -> DivisionEvidence:
        scores = {OUTCOME: UserScores(np.full(9, mean), np.ones(9, dtype=np.int64))}
        name = f"k_means_{size}" if size > 1 else EVERYBODY
        setting = size if size > 1 else None
        return replace(GOOD, name=name, setting=setting, n_segments=size, scores=scores)

    rows = [row(1, -0.9), row(2, -0.7), row(3, -0.5)]
    choice = choose_division(rows, {}, {"k_means_3": SURE}, OUTCOME)
    assert choice.chosen == "k_means_3"
    assert choice.why_not["k_means_2"].startswith("it is 0.20000 behind, with a")


def test_all_kinds_are_certified_together() -> None:
    data = planted_segments(2, 1, 1_500)
    kinds = [replace(kind, settings=kind.settings[:2]) for kind in SEGMENT_KINDS]
    told: list[str] = []
    found = certify_divisions(
        data, CertificateSettings(n_refits=2), kinds, on_progress=told.append
    )
    assert told == [kind.label for kind in SEGMENT_KINDS]
    assert {row.kind for row in found.evidence.values() if not row.is_given} == {
        kind.name for kind in SEGMENT_KINDS
    }
    assert found.choice.chosen == "k_means_2"
    assert "no rule" in found.choice.why_not["dbscan_80"]


@pytest.mark.parametrize("case", segment_cases(), ids=lambda case: case.name)
def test_the_study_in_small(case: SegmentCase) -> None:
    kinds = [replace(kind, settings=tuple(range(2, 9))) for kind in SEGMENT_KINDS[:1]]
    outcomes = list(study_segments([case], [0], 3_000, kinds, n_refits=2))
    require_right_segments(outcomes)


def test_too_many_wrong_numbers_are_an_error_that_names_them() -> None:
    with_segments, without = segment_cases()[0], segment_cases()[-1]
    right = [SegmentOutcome(with_segments, seed, 2, "") for seed in range(4)]
    wrong = SegmentOutcome(with_segments, 4, 3, "")
    require_right_segments([*right, wrong])
    with pytest.raises(UserError, match="on 3 of 5 simulations with segments"):
        require_right_segments([*right[:3], wrong, wrong])
    with pytest.raises(UserError, match="idle clusters, seed 7: 2"):
        require_right_segments([SegmentOutcome(without, 7, 2, "")])


def test_the_benchmark_tells_both_ratios() -> None:
    timing = time_segments(400)
    *_, last = describe_segment_timing(timing)
    assert f"sweep: {timing.sweep_ratio:.2f} times scikit-learn" in last
    assert timing.certificate.processor > timing.sweep.processor > 0
