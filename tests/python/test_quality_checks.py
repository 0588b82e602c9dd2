"""Quality checks of a bad load, and examples and flows that settings limit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from conftest import run_as_admin
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import query

CHECKS = (
    "int_drift_values",
    "int_ride_quality",
    "int_rejection_quality",
    "feature_drift",
    "int_model_quality",
    "forecast_quality",
    "quality_checks",
)

# Suddenly all rides have a coupon, and the newest week has no cities.
A_BAD_LOAD = """
    update intermediate.user_week_panel set n_coupon_rides = n_rides_with_coupon_count
    where week_start >= (
        select first_recent_week_start from intermediate.int_drift_weeks
    );
    update intermediate.int_rides set city = null
    where week_start = (select as_of_week_start from intermediate.int_as_of_week);
"""


def warnings(address: LocalServerAddress) -> set[tuple[str, str]]:
    """Return check and subject of every warning."""
    found = query(
        address,
        "select check_name, subject from marts.quality_checks where is_warning",
    )
    return {(str(check), str(subject)) for check, subject in found}


def stability_index(
    reference: npt.NDArray[np.float64], recent: npt.NDArray[np.float64]
) -> float:
    """Return the population stability index of two samples, by a slow method.

    The bin of a value is the tenth of the reference that contains its middle rank.
    """

    def bins_of(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        below = np.array([np.mean(reference < value) for value in values])
        up_to = np.array([np.mean(reference <= value) for value in values])
        # The warehouse uses integers; here rounding could make a share too low.
        tenths: npt.NDArray[np.float64] = np.floor(5 * (below + up_to) + 1e-9)
        tenths[tenths > 9] = 9
        return tenths

    bins = [bins_of(reference), bins_of(recent)]
    used = np.unique(np.concatenate(bins))
    counts = np.array([[np.sum(of == each) for each in used] for of in bins]) + 0.5
    q, p = counts / counts.sum(axis=1, keepdims=True)
    return float(np.sum((p - q) * np.log(p / q)))


def test_a_bad_load_gives_warnings(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    before = warnings(published_warehouse)
    run_as_admin(published_warehouse, A_BAD_LOAD)
    project.run("run", "--select", *CHECKS, label="checks")
    assert warnings(published_warehouse) - before == {
        ("feature_drift", "n_coupon_rides"),
        ("value_missing", "city"),
    }
    for feature, whole in (
        ("n_coupon_rides", "n_rides_with_coupon_count"),
        ("n_away_rides", "n_rides_with_city"),
    ):
        rows = query(
            published_warehouse,
            f"""
            select
                week_start >= first_recent_week_start,
                cast({feature} as float8) / {whole}
            from intermediate.user_week_panel
            inner join intermediate.int_drift_weeks
                on week_start >= first_reference_week_start
            where {whole} > 0
            """,
        )
        is_recent, values = np.array(rows, dtype=float).T
        ((published,),) = query(
            published_warehouse,
            "select population_stability_index from marts.feature_drift "
            f"where feature = '{feature}'",
        )
        assert published == pytest.approx(
            stability_index(values[is_recent == 0], values[is_recent == 1])
        ), feature


def test_settings_can_omit_examples_and_shorten_flows(
    published_warehouse: LocalServerAddress,
) -> None:
    project = DbtProject.load("demo", {"explorer_journeys": 0, "flow_weeks_back": 6})
    project.run(
        "run",
        "--select",
        "state_flows",
        "example_journeys",
        "example_journey_rides",
        label="examples",
    )
    assert query(
        published_warehouse,
        """
        select
            (select count(*) from marts.example_journeys),
            (select count(*) from marts.example_journey_rides),
            (
                select array_agg(distinct (as_of_week_start - from_week_start) / 7)
                from marts.state_flows
                cross join intermediate.int_as_of_week
            )
        """,
    ) == [(0, 0, [1, 2, 3, 4])]
