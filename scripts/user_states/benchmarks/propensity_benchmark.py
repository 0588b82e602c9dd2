"""Scoring customers and explaining scores in SQL, timed against Python, as ratios.

All read the same made-up customers of one week. Ours is the query of the mart that dbt
generates, written to a table. The rival has the features in memory already, as arrays:
it predicts with scikit-learn, and copies as many columns back in binary; for reasons
it computes SHAP values (shap.LinearExplainer), takes the strongest, and copies them
back, without words. A job on a Monday also has to read the features, which SQL does in
its query: a second ratio counts that for the rival, too. Each model is fitted once; a
round runs all, one after the other.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from user_states.benchmarks.made_up_snapshots import (
    TARGET,
    WEEK,
    MadeUpSnapshots,
    publish_model,
    write_snapshots,
)
from user_states.benchmarks.panel_benchmark import build_without_tests, describe_cores
from user_states.console import format_table
from user_states.events.load_simulated_events import EventWriter
from user_states.fit.predictor_columns import read_snapshot_rows
from user_states.hmm.arrays import FloatArray
from user_states.propensity.boosted_trees import boosted_scorer
from user_states.propensity.calibration import fit_calibration
from user_states.propensity.candidate_models import PropensityModel
from user_states.propensity.linear_scorer import LinearScorer, fit_linear
from user_states.rides.load_simulation import load_simulation
from user_states.rides.simulation import SimulationSettings
from user_states.warehouse.connection import (
    Connection,
    connect,
    execute,
    fetch_all,
    literal,
)
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import temporary_server

# Most that SQL may take, as multiples of the rival that reads the features as well.
MOST_OF_LOGISTIC, MOST_OF_BOOSTING = 1.0, 4.0
_N_FOR, _N_AGAINST = 3, 2


@dataclass(frozen=True)
class ScoringTiming:
    """Medians of what each takes.

    Attributes
    ----------
    what : str
    sql_seconds, rival_seconds, reading_seconds : float
        The last is what the rival needs to read the features.
    ratio, ratio_with_reading : float
        Medians of the rounds' ratios: to the rival, and to it with reading.
    n_rows : int
        Rows that each wrote.
    """

    what: str
    sql_seconds: float
    rival_seconds: float
    reading_seconds: float
    ratio: float
    ratio_with_reading: float
    n_rows: int


@dataclass(frozen=True)
class PropensityTiming:
    """The timings of all three, and where they were taken."""

    n_customers: int
    logistic: ScoringTiming
    boosting: ScoringTiming
    reasons: ScoringTiming
    machine: str


def time_propensity(n_customers: int, rounds: int = 5) -> PropensityTiming:
    """Time scoring and reasons on a server of their own."""
    with (
        temporary_server() as server,
        tempfile.TemporaryDirectory() as folder,
        threadpool_limits(limits=1),
    ):
        os.environ.update(server.address.environment())
        os.environ["DBT_TARGET_PATH"] = folder
        project = DbtProject.load("demo")
        with closing(connect(project.connection_uri)) as connection:
            load_simulation(
                connection, SimulationSettings(50, 16), events=EventWriter()
            )
        # It makes the tables; the rows of the snapshots are replaced.
        build_without_tests(project, "+customer_propensities")
        with closing(connect(project.connection_uri, autocommit=True)) as connection:
            snapshots = write_snapshots(connection, project, n_customers)
            bench = _Bench(project, connection, snapshots, Path(folder), rounds)
            logistic, reasons = bench.logistic()
            boosting = bench.boosting()
    return PropensityTiming(n_customers, logistic, boosting, reasons, describe_cores())


@dataclass(frozen=True, eq=False)
class _Bench:
    """Where both contenders find their customers."""

    project: DbtProject
    connection: Connection
    snapshots: MadeUpSnapshots
    folder: Path
    rounds: int

    def logistic(self) -> tuple[ScoringTiming, ScoringTiming]:
        """Return the timings of scores and of reasons."""
        block, outcomes = self.snapshots.block, self.snapshots.outcomes
        scorer = fit_linear(block, outcomes, 2)
        model = self._published("logistic", scorer)

        def predict() -> None:
            chances = model.chances(block)[:, 1]
            self._copy_scores(scorer.scores(block)[:, 0], chances)

        scored = self._compare("logistic regression", "propensity_history", predict)
        self.project.run("run", "--select", "propensity_history", label="scoring")

        def explain() -> None:
            self._copy_reasons(scorer, model.chances(block)[:, 1])

        told = self._compare("reasons of it", "prediction_reasons", explain)
        return scored, told

    def boosting(self) -> ScoringTiming:
        """Return the timing of scores of 100 boosted trees with 15 leaves."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        block, outcomes = self.snapshots.block, self.snapshots.outcomes
        trees = HistGradientBoostingClassifier(
            max_iter=100,
            max_leaf_nodes=15,
            learning_rate=0.05,
            early_stopping=False,
            random_state=0,
        ).fit(block.values, outcomes)
        scorer = boosted_scorer(block.names, trees)
        model = self._published("boosting", scorer)

        def predict() -> None:
            chances = trees.predict_proba(block.values)
            calibrated = model.calibration.apply(chances)[:, 1]
            self._copy_scores(chances[:, 1], calibrated)

        return self._compare(
            f"{len(scorer.trees)} boosted trees", "propensity_history", predict
        )

    def _published(self, run_id: str, scorer: LinearScorer | object) -> PropensityModel:
        block, outcomes = self.snapshots.block, self.snapshots.outcomes
        chances = scorer.chances(block)  # type: ignore[union-attr]
        calibration = fit_calibration("platt", chances, outcomes)
        model = PropensityModel(scorer, calibration)  # type: ignore[arg-type]
        publish_model(self.connection, self.project, run_id, model)
        return model

    def _compare(
        self, what: str, mart: str, rival: Callable[[], None]
    ) -> ScoringTiming:
        self.project.run("compile", "--select", mart, label="generating SQL")
        (path,) = self.folder.glob(f"compiled/**/{mart}.sql")
        sql = path.read_text("utf-8")
        seconds = [
            (self._timed_sql(sql), _timed(rival), _timed(self._read))
            for _ in range(self.rounds)
        ]
        numbers = [
            fetch_all(self.connection, f"select count(*) from timed.{table}")[0][0]
            for table in ("ours", "rival")
        ]
        if len(set(numbers)) > 1:
            raise AssertionError(f"ours has {numbers[0]} rows, the rival {numbers[1]}")
        return ScoringTiming(
            what,
            statistics.median(ours for ours, _, _ in seconds),
            statistics.median(theirs for _, theirs, _ in seconds),
            statistics.median(read for _, _, read in seconds),
            statistics.median(ours / theirs for ours, theirs, _ in seconds),
            statistics.median(ours / (theirs + read) for ours, theirs, read in seconds),
            numbers[0],
        )

    def _timed_sql(self, sql: str) -> float:
        execute(self.connection, "create schema if not exists timed")
        execute(self.connection, "drop table if exists timed.ours")
        # As the hooks of the models say.
        execute(self.connection, "set jit = off")
        execute(self.connection, "set enable_nestloop = off")
        return _timed(
            lambda: execute(self.connection, f"create table timed.ours as {sql}")
        )

    def _read(self) -> None:
        block = self.snapshots.block
        relation = self.project.relation("customer_snapshots")
        found = read_snapshot_rows(
            self.connection,
            f"(select * from {relation} where as_of_week_start = {literal(str(WEEK))})",
            dict(zip(block.names, block.transforms, strict=True)),
            (),
        )
        if len(found.customer_ids) != len(block.values):
            raise AssertionError(f"read {len(found.customer_ids)} customers")

    def _copy(self, table: pa.Table) -> None:
        with self.connection.cursor() as cursor:
            cursor.adbc_ingest("rival", table, mode="replace", db_schema_name="timed")

    def _copy_scores(self, scores: FloatArray, chances: FloatArray) -> None:
        n = len(scores)
        self._copy(
            pa.table(
                {
                    "target": _same(TARGET, n),
                    "customer_id": self.snapshots.customer_ids,
                    "as_of_week_start": _same(WEEK, n),
                    "outcome_class": _same("yes", n),
                    "run_id": _same("run", n),
                    "revision": pa.array(np.zeros(n, dtype=np.int32)),
                    "score": scores,
                    "probability": chances,
                    "known_at": _same(time.time(), n),
                }
            )
        )

    def _copy_reasons(self, scorer: LinearScorer, chances: FloatArray) -> None:
        import shap

        block = self.snapshots.block
        terms = scorer.terms(block)
        explainer = shap.LinearExplainer(
            (scorer.coefficients[0], scorer.intercepts[0]), scorer.means[None, :]
        )
        found = explainer.shap_values(terms)
        order = np.argsort(found, axis=1)
        columns = [-1, -2, -3, 0, 1]
        features = order[:, columns].ravel()
        customers = np.repeat(np.arange(len(terms)), len(columns))
        strength = found[customers, features]
        is_for = np.tile(np.arange(len(columns)) < _N_FOR, len(terms))
        told = np.where(is_for, strength > 0, strength < 0)
        places = np.tile([1, 2, 3, 1, 2], len(terms))[told]
        customers, features, strength = customers[told], features[told], strength[told]
        p = chances[customers]
        n = len(customers)
        self._copy(
            pa.table(
                {
                    "target": _same(TARGET, n),
                    "customer_id": self.snapshots.customer_ids.take(customers),
                    "outcome_class": _same("yes", n),
                    "direction": pa.array(["against", "for"]).take(
                        is_for[told].astype(np.int64)
                    ),
                    "place": places.astype(np.int32),
                    "feature": pa.array(scorer.names).take(features),
                    "value": pa.array(block.values[customers, features]),
                    "typical_value": np.median(block.values, axis=0)[features],
                    "contribution": strength,
                    "percentage_points": 100 * p * (1 - p) * strength,
                    "explained_as_of": _same(WEEK, n),
                    "method": _same("linear", n),
                    "run_id": _same("run", n),
                }
            )
        )


def describe_propensity_timing(timing: PropensityTiming) -> list[str]:
    """Return the result in lines."""
    rows = [
        (
            one.what,
            f"{one.n_rows:,}",
            f"{one.sql_seconds:.2f} s",
            f"{one.rival_seconds:.2f} s",
            f"{one.ratio:.2f}",
            f"{one.reading_seconds:.2f} s",
            f"{one.ratio_with_reading:.2f}",
        )
        for one in (timing.logistic, timing.boosting, timing.reasons)
    ]
    header = (
        "what", "rows", "SQL", "Python with COPY", "times", "reading",
        "times, with reading",
    )  # fmt: skip
    return [
        f"{timing.n_customers:,} customers; {timing.machine}",
        *format_table(header, rows),
        f"With reading, scores may take {MOST_OF_LOGISTIC:g} and {MOST_OF_BOOSTING:g}",
    ]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _same(value: object, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), n)
