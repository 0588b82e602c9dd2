"""Arrays give scikit-learn's probabilities, and reasons add up to scores."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.panel.features import Transform
from user_states.propensity.boosted_trees import boosted_scorer
from user_states.propensity.forest_trees import double_thresholds, forest_scorer
from user_states.propensity.linear_scorer import fit_linear
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.score_limits import require_few_coefficients
from user_states.propensity.score_reasons import explain_scores, require_additive
from user_states.propensity.tree_scorer import TreeScorer

NAMES = ("a", "b", "c", "d", "same")


def features(seed: int, n: int = 900, *, has_gaps: bool = True) -> FeatureBlock:
    rng = np.random.default_rng(seed)
    X = np.column_stack(
        [rng.gamma(1.0, 4.0, n), rng.poisson(2.0, n), rng.normal(size=(n, 2)).T[0]]
    )
    X = np.column_stack([X, rng.normal(size=n), np.full(n, 3.7)])
    if has_gaps:
        X[:, :4][rng.random((n, 4)) < 0.15] = np.nan
    transforms: tuple[Transform, ...] = ("log1p", "log1p", "none", "none", "none")
    return FeatureBlock(NAMES, transforms, X)


def classes(block: FeatureBlock, n_classes: int, seed: int) -> IntArray:
    rng = np.random.default_rng([seed, 7])
    X = block.values
    # A value that is not known tells something too.
    push = np.nan_to_num(X[:, 0] / 4 + X[:, 2]) + 2.0 * np.isnan(X[:, 1])
    noisy = push + rng.normal(size=len(X))
    edges = np.quantile(noisy, np.linspace(0, 1, n_classes + 1)[1:-1])
    return np.searchsorted(edges, noisy).astype(np.int64)


def boosted(n_classes: int) -> tuple[HistGradientBoostingClassifier, TreeScorer]:
    block = features(1)
    model = HistGradientBoostingClassifier(
        max_iter=15, max_leaf_nodes=8, early_stopping=False, random_state=0
    ).fit(block.values, classes(block, n_classes, 1))
    return model, boosted_scorer(NAMES, model)


def forest(n_classes: int) -> tuple[RandomForestClassifier, TreeScorer]:
    block = features(1)
    model = RandomForestClassifier(12, max_leaf_nodes=12, random_state=0)
    model.fit(block.values, classes(block, n_classes, 1))
    return model, forest_scorer(NAMES, model)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("fit", [boosted, forest])
def test_arrays_of_trees_are_scikit_learns_model(fit, n_classes: int) -> None:  # type: ignore[no-untyped-def]
    model, scorer = fit(n_classes)
    others = features(2)
    expected = model.predict_proba(others.values)
    np.testing.assert_allclose(scorer.chances(others), expected, rtol=0, atol=1e-12)
    assert expected.std() > 0.05


@pytest.mark.parametrize("n_classes", [2, 4])
def test_arrays_of_a_logistic_are_scikit_learns_model(n_classes: int) -> None:
    block, others = features(1, has_gaps=False), features(2, has_gaps=False)
    outcomes = classes(block, n_classes, 1)
    scorer = fit_linear(block, outcomes, n_classes)
    varies = slice(0, 4)
    terms = block.transformed[:, varies]
    mean, scale = terms.mean(axis=0), terms.std(axis=0)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(
        (terms - mean) / scale, outcomes
    )
    expected = model.predict_proba((others.transformed[:, varies] - mean) / scale)
    # Two fits: as near as the optimiser stops.
    np.testing.assert_allclose(scorer.chances(others), expected, rtol=0, atol=1e-4)
    assert not scorer.coefficients[:, 4].any()


def test_unknown_values_of_a_logistic_count_as_the_median() -> None:
    block = features(1)
    scorer = fit_linear(block, classes(block, 2, 1), 2)
    unknown = FeatureBlock(NAMES, block.transforms, np.full((1, 5), np.nan))
    medians = np.nanmedian(block.values, axis=0)[None, :]
    known = FeatureBlock(NAMES, block.transforms, medians)
    # The median of logs is the log of the median, up to the middle of two values.
    assert scorer.scores(unknown) == pytest.approx(scorer.scores(known), abs=1e-3)


def test_a_split_of_missing_values_alone_has_an_infinite_threshold() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 1))
    X[rng.random((400, 1)) < 0.5] = np.nan
    model = HistGradientBoostingClassifier(max_iter=3, early_stopping=False)
    model.fit(X, np.isnan(X[:, 0]))
    scorer = boosted_scorer(("x",), model)
    assert any(np.isinf(tree.thresholds).any() for tree in scorer.trees)
    block = FeatureBlock(("x",), ("none",), X)
    expected = model.predict_proba(X)
    np.testing.assert_allclose(scorer.chances(block), expected, rtol=0, atol=1e-12)


def test_thresholds_of_a_forest_hold_in_double_precision() -> None:
    rng = np.random.default_rng(0)
    thresholds = np.concatenate([rng.normal(size=200), [0.0, 1.0, 0.1, -0.1, 1e9]])
    doubles = double_thresholds(thresholds)
    single = thresholds.astype(np.float32)
    beside: list[FloatArray] = [doubles, thresholds, single.astype(np.float64)]
    for direction in (-np.inf, np.inf):
        beside.append(np.nextafter(doubles, direction))
        beside.append(np.nextafter(single, np.float32(direction)).astype(np.float64))
    for x in beside:
        in_forest = x.astype(np.float32) <= thresholds
        np.testing.assert_array_equal(x <= doubles, in_forest)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_reasons_of_a_logistic_are_exact(n_classes: int) -> None:
    block = features(1)
    scorer = fit_linear(block, classes(block, n_classes, 1), n_classes)
    reasons = explain_scores(scorer, block)
    total = reasons.base + reasons.contributions.sum(axis=1)
    np.testing.assert_allclose(total, scorer.scores(block), rtol=0, atol=1e-9)
    # On average nothing speaks for or against anybody; a constant never does.
    np.testing.assert_allclose(reasons.contributions.mean(axis=0), 0, atol=1e-9)
    assert reasons.importance[4] == 0


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("fit", [boosted, forest])
def test_reasons_of_trees_add_up(fit, n_classes: int) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("shap")
    _, scorer = fit(n_classes)
    block = features(2, 60)
    reasons = explain_scores(scorer, block)
    total = reasons.base + reasons.contributions.sum(axis=1)
    np.testing.assert_allclose(total, scorer.scores(block), rtol=0, atol=1e-9)
    assert reasons.importance[4] == 0
    assert reasons.importance[[0, 2]].min() > reasons.importance[3]


def test_reasons_of_trees_are_those_of_the_fitted_model() -> None:
    shap = pytest.importorskip("shap")
    model, scorer = boosted(2)
    block = features(2, 40)
    expected = shap.TreeExplainer(model).shap_values(block.values)
    found = explain_scores(scorer, block).contributions[:, :, 0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_reasons_that_miss_the_score_are_refused() -> None:
    contributions = np.full((3, 2, 1), 0.5)
    base, scores = np.zeros(1), np.ones((3, 1))
    require_additive(contributions, base, scores)
    scores[1] += 1e-8
    with pytest.raises(ValueError, match=r"found 1 of 3 scores .* up to 1e-08"):
        require_additive(contributions, base, scores)
    contributions[2, 0] = np.nan
    with pytest.raises(ValueError, match="found 2 of 3"):
        require_additive(contributions, base, scores)


def test_models_that_are_too_large_for_sql_are_refused() -> None:
    _, scorer = boosted(2)
    many = scorer.trees * (20_000 // scorer.n_nodes + 1)
    with pytest.raises(ValueError, match=r"found 2\d{4} nodes .* at most 20000"):
        TreeScorer(NAMES, many, scorer.base, "logit")
    with pytest.raises(ValueError, match="found 2001 coefficients"):
        require_few_coefficients(2_001)
