"""Propensities and reasons in SQL: the same as in Python, customer by customer."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from conftest import PROJECT, WAREHOUSE, MakeDatabase, PointAt, run_as_admin
from planted_propensities import (
    PlantedPropensity,
    feature_block,
    plant_propensity,
    promote,
)
from planted_runs import cursor_of
from user_states.events.load_simulated_events import EventWriter
from user_states.hmm.arrays import BoolArray, IntArray
from user_states.panel.features import Transform
from user_states.propensity.boosted_trees import BOOSTED_LEAVES, fit_boosting
from user_states.propensity.calibration import fit_calibration
from user_states.propensity.candidate_models import PropensityModel, Scorer
from user_states.propensity.forest_trees import fit_forest
from user_states.propensity.linear_scorer import LinearScorer, fit_linear
from user_states.propensity.propensity_rows import FeatureBlock
from user_states.propensity.score_limits import MAX_NODES
from user_states.propensity.score_reasons import explain_scores
from user_states.propensity.tree_scorer import NO_NODE, TreeNodes, TreeScorer
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.segments.fit_threads import each_with_one_thread
from user_states.warehouse.connection import connect
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import WITHOUT_DATA_TESTS, query, warehouse_digest

MARTS = ("propensity_history", "prediction_reasons", "customer_propensities")
UPSTREAM = ("+customer_snapshots", "+int_champion_states", "+path:seeds")
STAGING = ("path:models/staging/propensity", "stg_hmm__state_keys")
STATES = ("often", "it's rare")
N_MADE_UP = 4000
LABELS = ("Basic", "Gold", "None of these", "yes")


def predictors() -> tuple[tuple[str, ...], tuple[Transform, ...]]:
    """Return names and transforms of what propensities read, as the seed has them."""
    with (PROJECT / "seeds/customer_features.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["is_predictor"] == "true"]
    names = tuple(row["feature"] for row in rows)
    transforms: list[Transform] = [
        "log1p" if row["transform"] == "log1p" else "none" for row in rows
    ]
    return names, tuple(transforms)


@dataclass(frozen=True, eq=False)
class Customers:
    """The customers of the newest week of a warehouse, and made-up ones like them.

    Attributes
    ----------
    week : date
    rows : list of dict
        Newest revisions of `customer_snapshots`, in the order of customer_id.
    block : FeatureBlock
        What models read of them.
    made_up : FeatureBlock
        Of customers whom models are fitted to.
    """

    address: LocalServerAddress
    week: dt.date
    rows: list[dict[str, Any]]
    block: FeatureBlock
    made_up: FeatureBlock

    def is_in(self, population: str) -> BoolArray:
        """Return who belongs to a population with a horizon of four weeks."""
        if population == "active":
            silent = [row["days_since_last_activity"] for row in self.rows]
            return np.array([days is not None and days < 28 for days in silent])
        if population == "not_converted":
            return np.array([row["converted_to_sale"] is False for row in self.rows])
        return np.ones(len(self.rows), dtype=np.bool_)


def build(project: DbtProject, *selected: str) -> None:
    """Build the models of propensities, or others."""
    project.run(
        *("build", "--select", *(selected or (*STAGING, *MARTS))),
        *WITHOUT_DATA_TESTS,
        *("--exclude-resource-type", "unit_test"),
        label="propensities",
    )


def read_customers(address: LocalServerAddress) -> Customers:
    """Read the newest week, and make up customers like those in it."""
    names, transforms = predictors()
    columns = (*names, "state_key", "state_probability", "customer_id")
    # All weeks, so that the fits see more than those whom SQL scores.
    found = query(
        address,
        f"select as_of_week_start, {', '.join(columns)} from marts.customer_snapshots "
        'as own order by customer_id collate "C", as_of_week_start',
    )
    week = max(row[0] for row in found)
    every = [dict(zip(columns, row[1:], strict=True)) for row in found]
    rows = [own for own, row in zip(every, found, strict=True) if row[0] == week]
    block = feature_block(names, transforms, STATES, rows)
    rng = np.random.default_rng(3)
    pool = feature_block(names, transforms, STATES, every).values
    values = pool[rng.integers(0, len(pool), N_MADE_UP)]
    values = values * rng.choice([1.0, 1.0, 1.5, 2.0], size=values.shape)
    values[rng.random(values.shape) < 0.05] = np.nan
    made_up = FeatureBlock(block.names, block.transforms, values)
    return Customers(address, week, rows, block, made_up)


def outcomes_of(block: FeatureBlock, n_classes: int, seed: int) -> IntArray:
    """Return outcomes that some features push, with noise."""
    rng = np.random.default_rng([seed, n_classes])
    terms = np.log1p(np.nan_to_num(block.values))
    spread = np.where(terms.std(axis=0) > 0, terms.std(axis=0), 1.0)
    push = ((terms - terms.mean(axis=0)) / spread) @ rng.normal(size=terms.shape[1])
    noisy = push / push.std() + rng.normal(size=len(terms))
    edges = np.quantile(noisy, np.linspace(0, 1, n_classes + 1)[1:-1])
    classes: IntArray = np.searchsorted(edges, noisy).astype(np.int64)
    return classes


def fitted(
    scorer: Scorer, made_up: FeatureBlock, kind: str, seed: int
) -> PropensityModel:
    """Return the scorer with a calibration of this kind."""
    n_outputs = len(
        scorer.intercepts if isinstance(scorer, LinearScorer) else scorer.base
    )
    n_classes = 2 if n_outputs == 1 else n_outputs
    outcomes = outcomes_of(made_up, n_classes, seed)
    return PropensityModel(
        scorer, fit_calibration(kind, scorer.chances(made_up), outcomes)
    )


def with_ties(scorer: TreeScorer, block: FeatureBlock) -> TreeScorer:
    """Move every second threshold to the nearest value of a customer.

    One becomes infinite, which parts known values from those that are not.
    """
    X = block.columns(scorer.names).values

    def moved(number: int, tree: TreeNodes) -> TreeNodes:
        thresholds = tree.thresholds.copy()
        for node in range(0, len(thresholds), 2):
            if tree.left[node] != NO_NODE:
                own = X[:, tree.features[node]]
                own = own[~np.isnan(own)]
                if len(own):
                    nearest = np.abs(own - thresholds[node]).argmin()
                    thresholds[node] = own[nearest]
        if number == 0:
            thresholds[0] = np.inf
        return replace(tree, thresholds=thresholds)

    trees = tuple(moved(number, tree) for number, tree in enumerate(scorer.trees))
    return replace(scorer, trees=trees)


def all_propensities(customers: Customers) -> list[PlantedPropensity]:
    """Fit every kind of model, with every kind of calibration."""
    made_up, block = customers.made_up, customers.block
    binary = outcomes_of(made_up, 2, 1)
    several = outcomes_of(made_up, len(LABELS), 1)
    names = ("n_sessions_7d", "days_since_last_purchase", "state_often")
    few = made_up.columns(names)
    n_large = MAX_NODES // (2 * BOOSTED_LEAVES - 1)
    n = len(LABELS)

    def several_of(target: str, scorer: Scorer, kind: str) -> PlantedPropensity:
        model = fitted(scorer, made_up, kind, 1)
        return PlantedPropensity(
            target, f"run-{target}", model, LABELS, "everybody", "crm_label"
        )

    def one_of(
        target: str, scorer: Scorer, kind: str, population: str = "everybody"
    ) -> PlantedPropensity:
        model = fitted(scorer, made_up, kind, 1)
        return PlantedPropensity(target, f"run-{target}", model, population=population)

    medians = dict(
        zip(block.names, np.nanmedian(block.values, axis=0).tolist(), strict=True)
    )
    purchase = one_of("purchase", fit_linear(made_up, binary, 2), "platt")
    return [
        replace(purchase, typical=medians, tenths=TENTHS),
        one_of(
            "ride", with_ties(fit_boosting(made_up, binary, 2, 0), block), "isotonic"
        ),
        one_of("churn", fit_forest(made_up, binary, 2, 0, 20), "as_scored", "active"),
        one_of("conversion", fit_linear(few, binary, 2), "isotonic", "not_converted"),
        several_of("crm_segment", fit_linear(made_up, several, n), "platt"),
        several_of(
            "boosted_segment", fit_boosting(made_up, several, n, 0, 5), "isotonic"
        ),
        several_of("forest_segment", fit_forest(made_up, several, n, 0, 5), "platt"),
        one_of("large", fit_boosting(made_up, binary, 2, 0, n_large), "as_scored"),
        one_of("plain", fit_linear(made_up, binary, 2), "as_scored"),
    ]


# The second is above 100 rows and rare; the third is of few rows.
TENTHS = ((0.05, 0.2, 900, 0.07), (0.3, 0.5, 900, 0.004), (0.6, 0.9, 20, 0.75))


@dataclass(frozen=True, eq=False)
class Scored:
    """Champions of a warehouse whose marts are built."""

    customers: Customers
    planted: dict[str, PlantedPropensity]


@pytest.fixture(scope="module")
def scored(
    make_database: MakeDatabase, point_at: PointAt, project: DbtProject
) -> Iterator[Scored]:
    """Build snapshots of a small log, the marts without a model, and with all."""
    address = make_database(name=WAREHOUSE)
    with point_at(address):
        with connect(address.url) as connection:
            settings = SimulationSettings(250, 30, seed=4)
            load_simulation(connection, settings, events=EventWriter())
        build(project, *UPSTREAM, *(f"+{name}" for name in MARTS))
        for mart in MARTS:
            assert query(address, f"select count(*) from marts.{mart}") == [(0,)]
        give_states(address)
        customers = read_customers(address)
        # Threads of scikit-learn would wait for each other on busy cores.
        planted = each_with_one_thread(all_propensities, [customers])[0]
        for own in planted:
            plant_propensity(address, own, customers.week)
        build(project)
        yield Scored(customers, {own.target: own for own in planted})


def give_states(address: LocalServerAddress) -> None:
    """Say of two thirds of the customers that they have a state."""
    with cursor_of(address) as cursor:
        cursor.execute(
            "update marts.customer_snapshots set "
            "state_probability = 0.4 + abs(hashtext(customer_id)) %% 60 / 100.0, "
            "state_key = case when n_website_sessions > 1 then %s else %s end "
            "where abs(hashtext(customer_id)) %% 3 > 0",
            STATES,
        )


def history_of(scored: Scored, target: str, column: str) -> dict[tuple[str, str], Any]:
    """Return a column of propensity_history, by customer and class."""
    rows = query(
        scored.customers.address,
        f"select customer_id, outcome_class, {column} from marts.propensity_history "
        f"where run_id = 'run-{target}'",
    )
    return {(name, own): value for name, own, value in rows}


TARGETS = (
    *("purchase", "ride", "churn", "conversion", "crm_segment"),
    *("boosted_segment", "forest_segment", "large", "plain"),
)


@pytest.mark.parametrize("target", TARGETS)
def test_every_customer_has_the_probability_that_python_gives(
    scored: Scored, target: str
) -> None:
    own, customers = scored.planted[target], scored.customers
    is_in = customers.is_in(own.population)
    assert is_in.sum() > 30
    block = customers.block.rows(is_in)
    names = [
        row["customer_id"]
        for row, keep in zip(customers.rows, is_in, strict=True)
        if keep
    ]
    chances = own.model.chances(block)
    scores = own.model.scorer.scores(block)
    found, found_scores = (
        history_of(scored, target, column) for column in ("probability", "score")
    )
    assert len(found) == len(names) * len(own.forecast)
    for output, number in enumerate(own.forecast):
        label = own.classes[number - 1]
        in_sql = np.array([found[name, label] for name in names])
        np.testing.assert_allclose(in_sql, chances[:, number - 1], rtol=1e-12, atol=0)
        in_sql = np.array([found_scores[name, label] for name in names])
        np.testing.assert_allclose(in_sql, scores[:, output], rtol=1e-12, atol=1e-12)
        assert len(np.unique(in_sql)) > 5


def test_the_models_meet_ties_gaps_infinity_and_the_limit_of_size(
    scored: Scored,
) -> None:
    scorer = scored.planted["ride"].model.scorer
    assert isinstance(scorer, TreeScorer)
    X = scored.customers.block.columns(scorer.names).values
    ties = sum(
        int(np.count_nonzero(X[:, feature] == threshold))
        for tree in scorer.trees
        for feature, threshold, left in zip(
            tree.features, tree.thresholds, tree.left, strict=True
        )
        if left != NO_NODE
    )
    assert ties > 500
    assert np.isinf(scorer.trees[0].thresholds[0])
    assert np.isnan(X).mean() > 0.01
    left = np.concatenate([tree.missing_left for tree in scorer.trees])
    inner = np.concatenate([tree.left != NO_NODE for tree in scorer.trees])
    assert 0 < left[inner].mean() < 1
    large = scored.planted["large"].model.scorer
    assert isinstance(large, TreeScorer)
    assert MAX_NODES * 0.98 < large.n_nodes <= MAX_NODES


REASONS = (
    "select customer_id, direction, place, feature, value, contribution, "
    "percentage_points from marts.prediction_reasons "
    "where target = '{}' and outcome_class = '{}' order by 1, 2 desc, 3"
)


@pytest.mark.parametrize("target", ["purchase", "conversion", "crm_segment"])
def test_reasons_of_a_linear_model_are_its_shapley_values(
    scored: Scored, target: str
) -> None:
    own, customers = scored.planted[target], scored.customers
    is_in = customers.is_in(own.population)
    block = customers.block.rows(is_in)
    names = [
        row["customer_id"]
        for row, keep in zip(customers.rows, is_in, strict=True)
        if keep
    ]
    reasons = explain_scores(own.model.scorer, block)
    values = block.columns(reasons.names).values
    chances = own.model.chances(block)
    for output, number in enumerate(own.forecast):
        label = own.classes[number - 1]
        rows = query(customers.address, REASONS.format(target, label))
        by_customer: dict[str, list[Any]] = {}
        for row in rows:
            by_customer.setdefault(row[0], []).append(row[1:])
        for k, name in enumerate(names):
            terms = reasons.contributions[k, :, output]
            order = np.argsort(terms, kind="stable")
            expected = [("for", j) for j in order[::-1][:3] if terms[j] > 0]
            expected += [("against", j) for j in order[:2] if terms[j] < 0]
            found = by_customer.get(name, [])
            assert [row[0] for row in found] == [way for way, _ in expected]
            strength = np.array([row[4] for row in found])
            wanted = np.array([terms[j] for _, j in expected])
            np.testing.assert_allclose(strength, wanted, rtol=0, atol=1e-9)
            p = chances[k, number - 1]
            points = np.array([row[5] for row in found])
            np.testing.assert_allclose(points, 100 * p * (1 - p) * wanted, atol=1e-9)
            for _, _, feature, value, contribution, _ in found:
                j = reasons.names.index(feature)
                assert contribution == pytest.approx(terms[j], abs=1e-9)
                known = None if np.isnan(values[k, j]) else values[k, j]
                assert value == known


def test_reasons_add_up_where_all_are_told(scored: Scored) -> None:
    """The model of conversion has three features: all reasons for have a place."""
    own = scored.planted["conversion"]
    assert isinstance(own.model.scorer, LinearScorer)
    base = explain_scores(own.model.scorer, scored.customers.block).base[0]
    rows = query(
        scored.customers.address,
        "select customer_id, sum(contribution), "
        "count(case when direction = 'against' then 1 end) "
        "from marts.prediction_reasons where target = 'conversion' group by 1",
    )
    scores = history_of(scored, "conversion", "score")
    complete = [(name, total) for name, total, n in rows if n < 2]
    assert len(complete) > 10
    for name, total in complete:
        assert base + total == pytest.approx(scores[name, "yes"], abs=1e-9)


def test_words_are_true_of_the_customer(scored: Scored) -> None:
    """Some reasons of every kind, read from the customer's own row."""
    rows = query(
        scored.customers.address,
        "select feature, value, typical_value, reason "
        "from marts.prediction_reasons where target = 'purchase'",
    )
    told: dict[str, dict[float | None, str]] = {}
    for feature, value, _, reason in rows:
        told.setdefault(feature, {})[value] = reason
        assert "{" not in reason
        assert "_" not in reason.replace("it's rare", "")
    assert len(told) > 12
    seen = [(f, v, r) for f, own in told.items() for v, r in own.items()]
    for feature, value, reason in seen:
        if feature == "n_sessions_7d" and value is not None:
            count = {0.0: "no session", 1.0: "1 session"}.get(
                value, f"{value:.0f} sessions"
            )
            assert reason.startswith(f"{count} in the last 7 days (typical")
        if feature == "days_since_last_purchase" and value is None:
            assert reason.startswith("no purchase or ride in the last 90 days")
        if feature == "avg_time_per_session" and value and value >= 63:
            assert "minutes on average" in reason
        if feature == "spend" and value:
            money, _, rest = reason.partition(" EUR ")
            assert float(money) == pytest.approx(value, abs=0.0051)
            assert rest.startswith("spent in the last 90 days")
        if feature == "converted_to_sale":
            is_buyer = {1.0: "is a buyer in the CRM", 0.0: "is no buyer in the CRM"}
            assert reason.startswith(is_buyer.get(value, "not in the CRM"))
        if feature.startswith("state_"):
            assert ("is not in" in reason) == (value == 0)


def test_sentences_say_how_likely_and_why(scored: Scored) -> None:
    rows = query(
        scored.customers.address,
        "select p.customer_id, p.probability, p.sentence, p.tenth, p.past_rate, "
        "p.n_past, string_agg(r.reason, '; ' order by r.place) "
        "filter (where r.direction = 'for') from marts.customer_propensities as p "
        "left join marts.prediction_reasons as r using (target, customer_id, "
        "outcome_class) where p.target = 'purchase' group by 1, 2, 3, 4, 5, 6",
    )
    assert {row[3] for row in rows} == {1, 2, 3}
    for _, chance, sentence, tenth, past_rate, n_past, reasons_for in rows:
        error = (chance * (1 - chance) / n_past) ** 0.5
        contradicts = abs(chance - past_rate) > max(0.05, 2.5 * error)
        is_likely = chance >= 0.5 and not contradicts
        assert sentence.startswith("Likely to buy within 4 weeks (") == is_likely
        assert sentence.startswith("Of ") == contradicts
        assert (
            " did buy" if contradicts else " to buy"
        ) + " within 4 weeks" in sentence
        assert sentence.endswith(".")
        assert (past_rate, n_past) == (TENTHS[tenth - 1][3], TENTHS[tenth - 1][2])
        assert chance >= TENTHS[tenth - 1][0] or tenth == 1
        said = (
            "of such customers 7 of 100 did",
            "of 900 such cases 4 did",
            "of 20 such cases 15 did",
        )[tenth - 1]
        assert said in sentence.replace("Of ", "of ", 1)
        if contradicts:
            way = "more" if chance > past_rate else "less"
            assert f"%, {way} than came" in sentence
        elif chance >= 0.5:
            assert f"): {reasons_for}." in sentence
        elif chance < 0.4:
            assert "the usual 50 %" in sentence
            assert f" For it: {reasons_for}." in sentence or reasons_for is None


def test_places_and_shares_are_those_of_the_probabilities(scored: Scored) -> None:
    for target, label in (("ride", "yes"), ("crm_segment", "Gold")):
        rows = query(
            scored.customers.address,
            "select probability, place, share_less_likely "
            "from marts.customer_propensities "
            f"where target = '{target}' and outcome_class = '{label}'",
        )
        chance, place, below = np.array(rows, dtype=np.float64).T
        expected = (chance[:, None] < chance).sum(axis=1) + 1
        np.testing.assert_array_equal(place, expected)
        less = (chance[:, None] > chance).mean(axis=1)
        np.testing.assert_allclose(below, less, atol=1e-12)


def test_a_second_build_adds_nothing(scored: Scored, project: DbtProject) -> None:
    before = warehouse_digest(scored.customers.address, ("marts",))
    build(project)
    assert warehouse_digest(scored.customers.address, ("marts",)) == before


def test_reasons_of_trees_are_of_the_week_in_which_they_were_explained(
    scored: Scored, project: DbtProject
) -> None:
    customers = scored.customers
    earlier = customers.week - dt.timedelta(weeks=1)
    ((name, sessions),) = query(
        customers.address,
        "select customer_id, n_sessions_30d from marts.customer_snapshots "
        f"where as_of_week_start = '{earlier}' and n_sessions_30d > 1 limit 1",
    )
    with cursor_of(customers.address) as cursor:
        cursor.executemany(
            "insert into propensity.reasons values ('run-ride', %s, %s, 2, %s, %s)",
            [
                (earlier, name, "n_sessions_30d", 0.75),
                (earlier, name, "n_rides", 0.5),
                (earlier, name, "spend", 0.25),
                (earlier, name, "n_purchases", 0.125),
                (earlier, name, "n_blogs_viewed", -0.5),
                (earlier, name, "n_website_views", 0),
            ],
        )
    build(project)
    rows = query(
        customers.address,
        "select direction, place, feature, contribution, explained_as_of, method "
        "from marts.prediction_reasons where target = 'ride' order by 1 desc, 2",
    )
    assert rows == [
        ("for", 1, "n_sessions_30d", 0.75, earlier, "trees"),
        ("for", 2, "n_rides", 0.5, earlier, "trees"),
        ("for", 3, "spend", 0.25, earlier, "trees"),
        ("against", 1, "n_blogs_viewed", -0.5, earlier, "trees"),
    ]
    ((sentence,),) = query(
        customers.address,
        "select sentence from marts.customer_propensities "
        f"where target = 'ride' and customer_id = '{name}'",
    )
    assert f"{sessions} sessions in the last 30 days" in sentence
    assert sentence.endswith(f" The reasons are of the week of {earlier}.")
    ((others,),) = query(
        customers.address,
        "select max(sentence) from marts.customer_propensities "
        "where target = 'ride' and explained_as_of is null",
    )
    assert others.endswith(".")
    assert ":" not in others


def test_what_was_scored_stays_when_a_customer_is_revised_or_a_model_replaced(
    scored: Scored, project: DbtProject
) -> None:
    """A late event after scoring changes nothing; a new champion scores again."""
    customers = scored.customers
    name = customers.rows[0]["customer_id"]
    of_purchase = (
        "select count(*), count(distinct run_id) from marts.propensity_history "
        "where target = 'purchase'"
    )
    n = len(customers.rows)
    reasons = "select * from marts.prediction_reasons where target = 'plain' order by "
    reasons += "customer_id, direction, place"
    before = query(customers.address, reasons)
    run_as_admin(
        customers.address,
        "create table public.revised as select * from marts.customer_snapshots "
        f"where customer_id = '{name}' and as_of_week_start = '{customers.week}'",
        "update public.revised set revision = 1, n_sessions_7d = 99",
        "insert into marts.customer_snapshots select * from public.revised",
    )
    build(project)
    assert query(customers.address, of_purchase) == [(n, 1)]
    assert query(customers.address, reasons) == before
    old = scored.planted["purchase"]
    scorer = fit_linear(customers.made_up, outcomes_of(customers.made_up, 2, 2), 2)
    model = fitted(scorer, customers.made_up, "platt", 2)
    new = replace(old, run_id="run-new", model=model)
    plant_propensity(customers.address, new, customers.week)
    build(project)
    assert query(customers.address, of_purchase) == [(2 * n, 2)]
    now = "select distinct run_id from marts.{} where target = 'purchase'"
    for mart in MARTS[1:]:
        assert query(customers.address, now.format(mart)) == [("run-new",)]
    ((revision,),) = query(
        customers.address,
        "select revision from marts.propensity_history "
        f"where run_id = 'run-new' and customer_id = '{name}'",
    )
    assert revision == 1
    with cursor_of(customers.address) as cursor:
        promote(cursor, "purchase", old.run_id)
    build(project)
    assert query(customers.address, of_purchase) == [(2 * n, 2)]
    for mart in MARTS[1:]:
        assert query(customers.address, now.format(mart)) == [(old.run_id,)]


def test_a_feature_that_is_gone_stops_with_its_name(
    scored: Scored, project: DbtProject
) -> None:
    with cursor_of(scored.customers.address) as cursor:
        cursor.execute(
            "insert into propensity.features values "
            "('run-plain', 'shoe_size', 99, 'none', 0, 0, null, null)"
        )
    with pytest.raises(Exception, match="found the feature shoe_size in the champion"):
        build(project)
