"""Gaussian and mixed emissions on a small warehouse: the printed comparison is true."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from conftest import WAREHOUSE, MakeDatabase, PointAt
from user_states.benchmarks.emission_comparison import Comparison, contenders
from user_states.benchmarks.emission_report import describe
from user_states.benchmarks.emission_study import compare
from user_states.errors import UserError
from user_states.fit.fit_job import fit_and_publish
from user_states.hmm.fit_options import FitOptions
from user_states.panel.features import parse_features
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import (
    champion,
    query,
    quick_options,
    use_notebook,
    warehouse_digest,
)

NAMES = ["gaussian", "mixed", "mixed, with the count"]


@dataclass(frozen=True, eq=False)
class Compared:
    """A comparison, and the warehouse that it read."""

    warehouse: LocalServerAddress
    options: FitOptions
    comparison: Comparison
    lines: list[str]

    def cells(self, beginning: str) -> list[float]:
        """Return the figures on the only line with this beginning, after it."""
        lines = [line.strip() for line in self.lines]
        (line,) = [line for line in lines if line.startswith(beginning)]
        words = line.removeprefix(beginning).split()
        return [float(word) for word in words if is_figure(word)]


def is_figure(word: str) -> bool:
    return word.lstrip("-").replace(".", "", 1).isdigit()


@pytest.fixture(scope="module")
def compared(
    make_database: MakeDatabase,
    point_at: PointAt,
    project: DbtProject,
    panel_template: LocalServerAddress,
) -> Compared:
    """Compare once, in a warehouse of its own."""
    warehouse = make_database(template=panel_template, name=WAREHOUSE)
    with point_at(warehouse), pytest.MonkeyPatch.context() as monkeypatch:
        use_notebook(project, monkeypatch)
        options = quick_options(
            project, {"hmm.bootstrap_refits": 2}, n_states=(2, 3), n_starts=2
        )
        before = warehouse_digest(warehouse)
        comparison = compare(project, options, with_count=True)
        assert warehouse_digest(warehouse) == before
        # Other tests replace the database of that name.
        kept = make_database(template=warehouse)
    return Compared(kept, options, comparison, describe(comparison))


def test_all_contenders_are_compared_on_the_same_users(compared: Compared) -> None:
    outcomes = compared.comparison.outcomes
    assert [outcome.contender.name for outcome in outcomes] == NAMES
    ((n_training, n_holdout),) = query(
        compared.warehouse,
        """
        select count(*) - count(*) filter (where is_held_out),
            count(*) filter (where is_held_out)
        from (
            select distinct user_id,
                md5('holdout' || user_id) < '33333333' as is_held_out
            from intermediate.user_week_panel
            where has_completed_ride
        ) as users
        """,
    )
    assert n_holdout > 0
    assert (compared.comparison.n_training, compared.comparison.n_holdout) == (
        n_training,
        n_holdout,
    )
    assert compared.lines[0].startswith(
        f"{n_training} users to fit on, {n_holdout} held out"
    )
    for outcome in outcomes:
        for n_states in (2, 3):
            scores = outcome.scores(n_states)
            assert scores.n_pairs.tolist() == outcomes[0].base.n_pairs.tolist()
            assert len(scores.n_pairs) == n_holdout


def test_the_base_rate_by_sql(compared: Compared) -> None:
    ((rate, active_share, n_pairs),) = query(
        compared.warehouse,
        """
        select
            avg(cast(is_active as integer)) filter (where not is_held_out),
            avg(cast(is_active as integer)) filter (where is_held_out and week > 1),
            count(*) filter (where is_held_out and week > 1)
        from (
            select is_active, md5('holdout' || user_id) < '33333333' as is_held_out,
                row_number() over (partition by user_id order by week_start) as week
            from intermediate.user_week_panel
            where has_completed_ride
        ) as weeks
        """,
    )
    rate, active_share = float(rate), float(active_share)
    expected = active_share * math.log(rate) + (1 - active_share) * math.log(1 - rate)
    base = compared.comparison.outcomes[0].base
    assert base.n_pairs.sum() == n_pairs
    assert base.mean == pytest.approx(expected, rel=1e-9)
    assert compared.cells("overall rate alone")[0] == pytest.approx(expected, abs=1e-5)


def test_the_lines_show_the_chosen_models(compared: Compared) -> None:
    assert compared.comparison.agreement is not None
    for name, outcome, rand_index in zip(
        NAMES,
        compared.comparison.outcomes,
        compared.comparison.agreement.rand_indices,
        strict=True,
    ):
        (line,) = [line for line in compared.lines if line.startswith(f"  {name}  ")]
        n_states, score, error, above, agreement = [
            float(word) for word in line[2 + len(name) :].split() if is_figure(word)
        ][:5]
        assert n_states == outcome.choice.n_states
        assert score == pytest.approx(outcome.scores().mean, abs=1e-5)
        assert error == pytest.approx(outcome.scores().standard_error, abs=1e-5)
        assert above == pytest.approx(score - outcome.base.mean, abs=2e-5)
        assert agreement == pytest.approx(rand_index, abs=1e-4)
        assert line.endswith("sound") == outcome.choice.is_sound
        assert any(
            line == f"{name}: {outcome.choice.explanation}" for line in compared.lines
        )


def test_the_differences_are_those_of_the_scores(compared: Compared) -> None:
    means = [outcome.scores().mean for outcome in compared.comparison.outcomes]
    for before, after in [(0, 1), (0, 2), (1, 2)]:
        difference, error, low, high = compared.cells(
            f"{NAMES[after]} minus {NAMES[before]}"
        )
        assert difference == pytest.approx(means[after] - means[before], abs=1e-5)
        assert low < difference < high
        # 95% of a normal distribution are within 1.96 standard errors.
        assert high - low == pytest.approx(2 * 1.96 * error, rel=0.25)


def test_every_number_of_states_is_shown(compared: Compared) -> None:
    gaussian, mixed, counted = compared.comparison.outcomes
    for n_states in (2, 3):
        (line,) = [
            line for line in compared.lines if line.startswith(f"       {n_states}  ")
        ]
        figures = [float(word) for word in line.split()]
        assert figures[1] == pytest.approx(gaussian.scores(n_states).mean, abs=1e-5)
        assert figures[3] == pytest.approx(mixed.scores(n_states).mean, abs=1e-5)
        assert figures[5] == pytest.approx(figures[3] - figures[1], abs=2e-5)
        assert figures[7] == pytest.approx(counted.scores(n_states).mean, abs=1e-5)
        assert figures[9] == pytest.approx(figures[7] - figures[1], abs=2e-5)


def test_only_the_last_reads_the_count(compared: Compared) -> None:
    gaussian, mixed, counted = (
        {feature.name for feature in outcome.input.features}
        for outcome in compared.comparison.outcomes
    )
    assert gaussian == counted
    assert gaussian - mixed == {"weeks_since_last_ride"}
    assert any(
        line.startswith("  without weeks_since_last_ride follows")
        for line in compared.lines
    )


def test_agreement_equals_that_of_the_published_model(
    compared: Compared,
    make_database: MakeDatabase,
    point_at: PointAt,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_notebook(project, monkeypatch, "mixed")
    warehouse = make_database(template=compared.warehouse, name=WAREHOUSE)
    with point_at(warehouse):
        fit_and_publish(project, replace(compared.options, emissions="mixed"))
    rows = query(
        warehouse,
        "select state_id, state from hmm.state_assignments "
        "inner join simulation.user_weekly_truth using (user_id, week_start) "
        f"where run_id = '{champion(warehouse)}'",
    )
    states, true = (np.array(column) for column in zip(*rows, strict=True))
    agreement = compared.comparison.agreement
    assert agreement is not None
    assert len(rows) == agreement.n_user_weeks
    assert agreement.rand_indices[1] == pytest.approx(adjusted_rand_score(true, states))


def test_without_a_truth_there_is_no_agreement(
    panel_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_notebook(project, monkeypatch)
    query(panel_warehouse, "drop table simulation.user_weekly_truth; select 1")
    options = quick_options(
        project, {"hmm.bootstrap_refits": 2}, n_states=(2,), n_starts=1
    )
    comparison = compare(project, options, with_count=False)
    assert comparison.agreement is None
    lines = describe(comparison)
    assert not any("Rand" in line for line in lines)
    assert len([line for line in lines if " minus " in line]) == 2


def test_a_missing_feature_of_a_contender_is_an_error(project: DbtProject) -> None:
    features = parse_features(project.vars["features"], ["is_active", "is_cash"])
    assert len(contenders(features, with_count=False)) == 2
    with pytest.raises(UserError, match="expected weeks_since_last_ride among them"):
        contenders(features, with_count=True)
    with pytest.raises(UserError, match="expected is_active among them"):
        contenders(features[1:], with_count=False)
