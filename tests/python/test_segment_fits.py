"""Fitted segments against scikit-learn: labels, shape, and the rules for SQL."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.segments.customer_weeks import NO_SEGMENT
from user_states.segments.density_clusters import fit_dbscan, fit_hdbscan
from user_states.segments.factors import fit_factors
from user_states.segments.k_means import carry_k_means, elbow, fit_k_means
from user_states.segments.mixtures import VARIANCE_MARGIN, fit_mixtures
from user_states.segments.segment_kinds import SEGMENT_KINDS
from user_states.segments.segment_models import NearestCentre, largest_first, renumbered
from user_states.segments.segment_parameters import segment_parameters
from user_states.segments.shape_measures import (
    davies_bouldin,
    silhouettes,
    simplified_silhouette,
)
from user_states.segments.ward_trees import fit_ward


def blobs(
    n: int = 600, n_centres: int = 4, seed: int = 0
) -> tuple[FloatArray, IntArray]:
    """Return points around far centres, and the number of each point's centre."""
    rng = np.random.default_rng(seed)
    centres = 12 * np.eye(n_centres, 5)
    labels = rng.choice(n_centres, size=n, p=np.arange(1, n_centres + 1) / 10)
    return centres[labels] + rng.normal(size=(n, 5)), labels


def test_the_silhouette_example_of_scikit_learn_to_six_digits() -> None:
    """Its guide "Selecting the number of clusters with silhouette analysis".

    The silhouette takes two clusters, where four were drawn.
    """
    X, _ = make_blobs(
        n_samples=500,
        n_features=2,
        centers=4,
        cluster_std=1,
        center_box=(-10.0, 10.0),
        shuffle=True,
        random_state=1,
    )
    sizes = [2, 3, 4, 5, 6]
    for n_starts, expected in (
        (1, [0.704979, 0.588200, 0.650519, 0.561464, 0.485760]),
        (10, [0.704979, 0.588200, 0.650519, 0.580462, 0.496648]),
    ):
        models = fit_k_means(X, sizes, n_starts, seed=10)
        labels = {str(size): models[size].assign(X) for size in sizes}
        widths = silhouettes(X, labels)
        found = [widths[str(size)] for size in sizes]
        np.testing.assert_allclose(np.array(found, float), expected, atol=5e-7)
    models = fit_k_means(X, sizes, 10, seed=10)
    indices = [davies_bouldin(X, models[size].assign(X)) for size in sizes]
    np.testing.assert_allclose(
        np.array(indices, float),
        [0.360924, 0.602331, 0.477699, 0.721750, 0.925975],
        atol=5e-7,
    )


def test_silhouettes_of_several_labelings_are_those_of_scikit_learn() -> None:
    X, labels = blobs(1_100)
    rng = np.random.default_rng(1)
    random = rng.integers(7, size=len(X))
    alone = labels.copy()
    alone[0] = 9
    found = silhouettes(X, {"own": labels, "random": random, "alone": alone})
    for name, own in (("own", labels), ("random", random), ("alone", alone)):
        assert found[name] == pytest.approx(silhouette_score(X, own), abs=1e-12)
    noisy = np.where(rng.random(len(X)) < 0.2, NO_SEGMENT, labels)
    inside = noisy >= 0
    assert silhouettes(X, {"x": noisy})["x"] == pytest.approx(
        silhouette_score(X[inside], noisy[inside]), abs=1e-12
    )
    assert silhouettes(X, {"x": np.zeros(len(X), np.int64)}) == {"x": None}


def test_nearest_centres_are_the_labels_of_k_means_largest_first() -> None:
    X, _ = blobs()
    model = fit_k_means(X, [4], 3, seed=2)[4]
    theirs = KMeans(4, n_init=3, random_state=2).fit(X)
    assert adjusted_rand_score(model.assign(X), theirs.predict(X)) == 1.0
    assert model.inertia == pytest.approx(theirs.inertia_)
    sizes = np.bincount(model.assign(X))
    assert (np.diff(sizes) <= 0).all()


def test_k_means_is_carried_to_other_customers() -> None:
    X, _ = blobs(seed=3)
    first = fit_k_means(X[:300], [3, 4], 3, seed=0)
    carried = carry_k_means(first, X)
    again = fit_k_means(X, [3, 4], 10, seed=0)
    for size in (3, 4):
        assert carried[size].inertia == pytest.approx(again[size].inertia, rel=1e-3)


def test_fewer_customers_than_segments_leave_some_empty() -> None:
    X = np.repeat(np.eye(3), 20, axis=0)
    labels = fit_k_means(X, [5], 2, seed=0)[5].assign(X)
    assert len(np.unique(labels)) == 3


def test_the_mixture_is_that_of_scikit_learn() -> None:
    X, _ = blobs(seed=4)
    model = fit_mixtures(X, [4], 1, seed=5)[4]
    theirs = GaussianMixture(
        4,
        covariance_type="diag",
        reg_covar=VARIANCE_MARGIN,
        max_iter=200,
        random_state=5,
    ).fit(X)
    order = largest_first(theirs.predict(X), 4)
    np.testing.assert_allclose(
        model.probabilities(X), theirs.predict_proba(X)[:, order], atol=1e-9
    )
    np.testing.assert_array_equal(model.assign(X), renumbered(theirs.predict(X), order))


def test_ward_is_that_of_scikit_learn_and_says_what_centres_give_back() -> None:
    X, _ = blobs(seed=6)
    X = X + np.random.default_rng(0).normal(size=X.shape)
    models = fit_ward(X, [2, 3, 4, 5, 6], 1, 0)
    for size, model in models.items():
        theirs = AgglomerativeClustering(size).fit_predict(X)
        own = renumbered(theirs, largest_first(theirs, size))
        centres = [X[own == number].mean(axis=0) for number in range(size)]
        np.testing.assert_allclose(model.centres, centres)
        assert model.given_back == pytest.approx(np.mean(model.assign(X) == own))
    assert models[4].given_back == 1.0
    assert models[6].given_back < 1.0


@pytest.mark.parametrize("fit", [fit_dbscan, fit_hdbscan])
def test_dense_places_are_found_and_the_rest_is_noise(fit: object) -> None:
    assert callable(fit)
    X, truth = blobs(800, seed=7)
    far = np.full((1, 5), 100.0)
    setting = 90 if fit is fit_dbscan else 50
    model = fit(X, [setting], 1, 0)[setting]
    assert model.n_segments == 4
    labels = model.assign(X)
    inside = labels >= 0
    assert inside.mean() > 0.8
    assert adjusted_rand_score(labels[inside], truth[inside]) > 0.99
    if fit is fit_dbscan:
        assert model.assign(far).tolist() == [NO_SEGMENT]


def test_factors_find_who_does_what() -> None:
    rng = np.random.default_rng(8)
    truth = rng.integers(3, size=300)
    X = rng.random((300, 6)) * 0.1
    X[np.arange(300), 2 * truth] += 1 + rng.random(300)
    X[np.arange(300), 2 * truth + 1] += 1
    models = fit_factors(X - 5.0, [3, 9], 1, 0)
    assert list(models) == [3]
    assert adjusted_rand_score(models[3].assign(X - 5.0), truth) > 0.95


def test_every_kind_assigns_customers_it_has_not_seen() -> None:
    X, _ = blobs(300, seed=9)
    for kind in SEGMENT_KINDS:
        for model in kind.fit(X[:200], kind.settings[:2], 1, 0).values():
            labels = model.assign(X[200:])
            assert labels.shape == (100,)
            assert labels.min() >= NO_SEGMENT
            assert labels.max() < max(model.n_segments, 1)


def test_the_elbow_is_where_the_curve_bends() -> None:
    assert elbow([2, 3, 4, 5, 6], [100.0, 60.0, 20.0, 18.0, 16.0]) == 4
    assert elbow([2, 3], [2.0, 1.0]) is None


def test_the_simplified_silhouette_by_hand() -> None:
    centres = np.array([[0.0], [10.0]])
    # Distances 1 and 9; 4 and 6.
    assert simplified_silhouette(np.array([[1.0], [4.0]]), centres) == pytest.approx(
        (8 / 9 + 2 / 6) / 2
    )
    assert simplified_silhouette(np.array([[1.0]]), centres[:1]) is None
    assert NearestCentre(centres).assign(np.array([[5.0], [6.0]])).tolist() == [0, 1]


def test_the_parameters_for_sql_give_the_same_labels() -> None:
    X, _ = blobs(seed=11)
    X = X + 3 * np.random.default_rng(0).normal(size=X.shape)
    centres = fit_k_means(X, [3], 2, seed=0)[3]
    found = segment_parameters(centres, X)
    distances = ((X[:, np.newaxis] - found.means) ** 2).sum(axis=2)
    assert found.rule == "nearest_centre"
    np.testing.assert_array_equal(distances.argmin(axis=1), centres.assign(X))
    assert found.weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(
        found.variances[0], X[centres.assign(X) == 0].var(axis=0)
    )
    mixture = fit_mixtures(X, [3], 1, seed=0)[3]
    found = segment_parameters(mixture, X)
    parts = np.log(2 * np.pi * found.variances) + (
        (X[:, np.newaxis] - found.means) ** 2 / found.variances
    )
    densities = np.log(found.weights) - 0.5 * parts.sum(axis=2)
    assert found.rule == "mixture"
    np.testing.assert_array_equal(densities.argmax(axis=1), mixture.assign(X))
    with pytest.raises(ValueError, match="NearestMember"):
        segment_parameters(fit_dbscan(X, [90], 1, 0)[90], X)
