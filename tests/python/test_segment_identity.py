"""States keep their identity over refits: matching, and relations of all others."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from planted_hmm import random_parameters, simulate
from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.decoding import decode
from user_states.hmm.fitting import fit_each
from user_states.hmm.parameters import BERNOULLI, GAUSSIAN, Density, HMMParameters
from user_states.hmm.sequences import Sequences
from user_states.naming.profile_distance import SegmentProfiles, profile_distances
from user_states.naming.segment_identity import (
    MAX_PROFILE_DISTANCE,
    Link,
    match_segments,
    mint_key,
)
from user_states.panel.features import Transform


def emissions_of(
    parameters: HMMParameters,
    shift: FloatArray | None = None,
    scale: FloatArray | None = None,
) -> SegmentProfiles:
    """Return a model's emissions; shift and scale are those of its data."""
    n = parameters.n_features
    return SegmentProfiles.from_scaled(
        [f"f{i}" for i in range(n)],
        ["binary" if coin else "continuous" for coin in parameters.is_bernoulli],
        ["none"] * n,
        parameters.means,
        parameters.variances,
        np.zeros(n) if shift is None else shift,
        np.ones(n) if scale is None else scale,
    )


def one_feature(
    mean: float, variance: float, family: str = "continuous"
) -> SegmentProfiles:
    return SegmentProfiles(
        ("f",), (family,), ("none",), np.array([[mean]]), np.array([[variance]])
    )


def shared_weeks(
    states: IntArray, previous: IntArray, n: int, n_previous: int
) -> IntArray:
    shared = np.zeros((n, n_previous), dtype=np.int64)
    np.add.at(shared, (states, previous), 1)
    return shared


def relations(links: tuple[Link, ...]) -> list[tuple[str, int | None, int | None]]:
    return [(link.relation, link.segment, link.previous) for link in links]


def no_distance(shared: IntArray) -> FloatArray:
    return np.full(shared.shape, 0.5)


class TestDistance:
    def test_it_is_the_hellinger_distance(self) -> None:
        one, other = norm(1.0, 0.7), norm(2.5, 1.9)
        affinity, _ = integrate.quad(
            lambda x: np.sqrt(one.pdf(x) * other.pdf(x)), -20, 20
        )
        found = profile_distances(one_feature(1.0, 0.49), one_feature(2.5, 3.61))
        assert found[0, 0] == pytest.approx(np.sqrt(1 - affinity), abs=1e-9)

        p, q = 0.2, 0.65
        affinity = np.sqrt(p * q) + np.sqrt((1 - p) * (1 - q))
        found = profile_distances(
            one_feature(p, p * (1 - p), "binary"), one_feature(q, 0.3, "binary")
        )
        assert found[0, 0] == pytest.approx(np.sqrt(1 - affinity), abs=1e-12)

    def test_categories_and_shares_are_compared_by_their_probabilities(self) -> None:
        def count(*probabilities: float) -> SegmentProfiles:
            means = np.array([probabilities])
            n = len(probabilities)
            none: Transform = "none"
            return SegmentProfiles(
                ("f",) * n, ("count",) * n, (none,) * n, means, means * (1 - means)
            )

        affinity = np.sqrt([0.5 * 0.2, 0.3 * 0.2, 0.2 * 0.6]).sum()
        found = profile_distances(count(0.5, 0.3, 0.2), count(0.2, 0.2, 0.6))
        assert found[0, 0] == pytest.approx(np.sqrt(1 - affinity), abs=1e-12)
        # An earlier fit read the same feature as a normal.
        assert np.isnan(profile_distances(count(0.5, 0.3, 0.2), one_feature(1, 1)))
        p, q = 0.2, 0.65
        shares = profile_distances(
            one_feature(p, p * (1 - p), "share"), one_feature(q, q * (1 - q), "share")
        )
        binary = profile_distances(
            one_feature(p, p * (1 - p), "binary"), one_feature(q, q * (1 - q), "binary")
        )
        assert shares == binary

    def test_it_is_symmetric_and_independent_of_units(self) -> None:
        one = random_parameters(3, 4, seed=1)
        other = random_parameters(5, 4, seed=2)
        distances = profile_distances(emissions_of(one), emissions_of(other))
        np.testing.assert_allclose(
            distances.T, profile_distances(emissions_of(other), emissions_of(one))
        )
        assert ((distances > 0) & (distances < 1)).all()
        shift, scale = np.array([1.0, -2, 5, 0]), np.array([0.5, 3, 10, 1])
        elsewhere = HMMParameters(
            other.start_probabilities,
            other.transition_matrix,
            (other.means - shift) / scale,
            other.variances / scale**2,
        )
        np.testing.assert_allclose(
            profile_distances(emissions_of(one), emissions_of(elsewhere, shift, scale)),
            distances,
            atol=1e-12,
        )
        same = profile_distances(emissions_of(one), emissions_of(one))
        np.testing.assert_allclose(np.diag(same), 0, atol=1e-7)

    def test_only_shared_features_count(self) -> None:
        one = one_feature(0, 1)
        both = SegmentProfiles(
            ("g", "f"), ("continuous",) * 2, ("none",) * 2,
            np.array([[99.0, 2.0]]), np.ones((1, 2)),
        )  # fmt: skip
        assert profile_distances(one, both) == profile_distances(one, one_feature(2, 1))
        logged = SegmentProfiles(
            ("f",), ("continuous",), ("log1p",), np.zeros((1, 1)), np.ones((1, 1))
        )
        assert np.isnan(profile_distances(one, logged)).all()


class TestMatching:
    def test_every_permutation_is_undone(self) -> None:
        densities: list[Density] = [GAUSSIAN, GAUSSIAN, BERNOULLI]
        parameters = random_parameters(4, 3, seed=3, densities=densities)
        _, path = simulate(parameters, np.full(50, 40), seed=4)
        for order in permutations(range(4)):
            permuted = parameters.permuted(np.array(order))
            states = np.argsort(order)[path]
            links = match_segments(
                shared_weeks(states, path, 4, 4),
                profile_distances(emissions_of(permuted), emissions_of(parameters)),
                1.0,
            )
            assert [link.previous for link in links] == list(order)
            assert {link.relation for link in links} == {"kept"}
            assert all(link.share_of_segment == 1 for link in links)

    def test_without_shared_weeks_the_emissions_decide(self) -> None:
        parameters = random_parameters(4, 3, seed=3)
        order = np.array([2, 0, 3, 1])
        distances = profile_distances(
            emissions_of(parameters.permuted(order)), emissions_of(parameters)
        )
        nothing = np.zeros((4, 4), dtype=np.int64)
        links = match_segments(nothing, distances, 0.5)
        assert [link.previous for link in links] == order.tolist()
        assert links[0].share_of_segment is None
        far = np.full((4, 4), np.nextafter(MAX_PROFILE_DISTANCE, 1))
        assert {link.relation for link in match_segments(nothing, far, 0.5)} == {
            "new",
            "ended",
        }

    def test_overlap_has_priority_over_emissions(self) -> None:
        shared = np.array([[90, 10], [10, 90]])
        distances = np.array([[0.9, 0.0], [0.0, 0.9]])
        assert relations(match_segments(shared, distances, 0.5)) == [
            ("kept", 0, 0),
            ("kept", 1, 1),
        ]

    def test_the_nearer_of_equal_overlaps_is_kept(self) -> None:
        # Two states of equal size became one.
        shared = np.array([[100, 100]])
        for nearer in (0, 1):
            distances = np.full((1, 2), 0.4)
            distances[0, nearer] = 0.1
            kept, other = match_segments(shared, distances, 0.5)
            assert (kept.relation, kept.previous) == ("kept", nearer)
            assert (other.relation, other.segment) == ("merged", 0)
            assert other.share_of_previous == 1

    @pytest.mark.parametrize(
        ("shared", "expected"),
        [
            pytest.param(
                [[100, 0], [0, 70], [0, 30]],
                [("kept", 0, 0), ("kept", 1, 1), ("split", 2, 1)],
                id="split",
            ),
            pytest.param(
                [[40], [30], [30]],
                [("split", 0, 0), ("split", 1, 0), ("split", 2, 0), ("ended", None, 0)],
                id="split in three, none large enough",
            ),
            pytest.param(
                [[100, 0, 0], [0, 70, 30]],
                [("kept", 0, 0), ("kept", 1, 1), ("merged", 1, 2)],
                id="merged",
            ),
            pytest.param(
                [[30, 30, 40]],
                [("new", 0, None), *(("merged", 0, i) for i in range(3))],
                id="three merged",
            ),
            pytest.param(
                [[80, 0], [0, 80], [20, 20]],
                [("kept", 0, 0), ("kept", 1, 1), ("new", 2, None)],
                id="new, from two states",
            ),
            pytest.param(
                [[80, 0, 20], [0, 80, 20]],
                [("kept", 0, 0), ("kept", 1, 1), ("ended", None, 2)],
                id="ended, into two states",
            ),
            pytest.param(
                [[0, 100], [0, 0]],
                [("kept", 0, 1), ("new", 1, None), ("ended", None, 0)],
                id="empty in both runs, far apart",
            ),
        ],
    )  # fmt: skip
    def test_the_relation_of_every_state(
        self,
        shared: list[list[int]],
        expected: list[tuple[str, int | None, int | None]],
    ) -> None:
        table = np.array(shared)
        links = match_segments(table, no_distance(table), 0.5)
        assert relations(links) == expected

    def test_the_first_run_is_all_new(self) -> None:
        nothing = np.zeros((3, 0), dtype=np.int64)
        links = match_segments(nothing, no_distance(nothing), 0.5)
        assert relations(links) == [("new", state, None) for state in range(3)]


def fitted(X: FloatArray, lengths: IntArray, n_states: int, seed: int) -> HMMParameters:
    """Return a model fitted as in the job, from the starts of a seed."""
    [(_, fit)] = fit_each(sequences(X, lengths), [n_states], 4, seed)
    return fit.parameters


def sequences(X: FloatArray, lengths: IntArray) -> Sequences:
    return Sequences(X, lengths, ("gaussian",) * X.shape[1])


class TestPlanted:
    def test_a_refit_with_nine_tenths_of_the_data_keeps_its_ids(self) -> None:
        parameters = random_parameters(5, 4, seed=11, spread=2.0)
        X, _ = simulate(parameters, np.full(200, 66), seed=12)
        users = X.reshape(200, 66, 4)
        # Weeks 0 to 59 and weeks 6 to 65: nine tenths are in both.
        first, second = (
            (users[:, start : start + 60].reshape(-1, 4), np.full(200, 60))
            for start in (0, 6)
        )
        before, after = (
            fitted(*data, 5, seed) for data, seed in ((first, 1), (second, 2))
        )
        states = [
            decode(model, sequences(*data)).states.reshape(200, 60)
            for model, data in ((before, first), (after, second))
        ]
        previous, now = states[0][:, 6:].ravel(), states[1][:, :54].ravel()
        links = match_segments(
            shared_weeks(now, previous, 5, 5),
            profile_distances(emissions_of(after), emissions_of(before)),
            0.5,
        )
        assert {link.relation for link in links} == {"kept"}
        counterpart = np.array([link.previous for link in links])
        assert (counterpart[now] == previous).mean() >= 0.95

    def test_a_really_new_state_is_called_new(self) -> None:
        parameters = random_parameters(4, 4, seed=21, spread=3.0)
        lengths = np.full(150, 40)
        X, path = simulate(parameters, lengths, seed=22)
        # Earlier, the last state did not exist: its weeks were in other states.
        rng = np.random.default_rng(23)
        is_absent = path == 3
        old = rng.integers(0, 3, len(path))
        noise = np.sqrt(parameters.variances[old]) * rng.normal(size=X.shape)
        before_X = np.where(is_absent[:, None], parameters.means[old] + noise, X)
        before, after = fitted(before_X, lengths, 3, 1), fitted(X, lengths, 4, 2)
        previous, now = (
            decode(before, sequences(before_X, lengths)).states,
            decode(after, sequences(X, lengths)).states,
        )
        links = match_segments(
            shared_weeks(now, previous, 4, 3),
            profile_distances(emissions_of(after), emissions_of(before)),
            0.5,
        )
        assert sorted(link.relation for link in links) == ["kept"] * 3 + ["new"]
        (new,) = (link.segment for link in links if link.relation == "new")
        assert (path[now == new] == 3).mean() > 0.9


def test_keys_differ_by_run_and_state() -> None:
    keys = {mint_key(run, state) for run in ("a", "b") for state in range(1, 50)}
    assert len(keys) == 98
    assert mint_key("a", 1) == mint_key("a", 1)
