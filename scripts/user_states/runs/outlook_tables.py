"""A run's outlook as rows of the tables of the schema `hmm`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from user_states.hmm.arrays import FloatArray
from user_states.outlook.chain_forecasts import HORIZONS
from user_states.outlook.outlook_terms import INTERCEPT, TERMS
from user_states.outlook.spend_regressions import SpendOutlook
from user_states.outlook.spend_terms import SPEND_TERMS
from user_states.outlook.user_outlook import UserOutlook
from user_states.runs.table_writer import Rows

# Under this target stand the mean price of a ride and its weight in rides.
PRICE_TARGET = "price_of_a_ride"


def outlook_tables(outlook: UserOutlook) -> dict[str, Rows]:
    """Return the rows of every table of the outlook, without run_id.

    Parameters
    ----------
    outlook : UserOutlook
        Its states in the order of display.
    """
    return {
        "state_forecasts": _forecast_rows(outlook),
        "lapse_times": _lapse_rows(outlook),
        "outlook_coefficients": [
            *(
                row
                for regression in outlook.regressions
                for row in _coefficient_rows(
                    regression.target.name,
                    {
                        INTERCEPT: regression.intercept,
                        **_named(TERMS, regression.coefficients),
                    },
                )
            ),
            *([] if outlook.spend is None else _spend_rows(outlook.spend)),
        ],
    }


def _forecast_rows(outlook: UserOutlook) -> Rows:
    forecasts = outlook.forecasts
    return [
        {
            "level_id": level_id,
            "state_id": state_id,
            "horizon_weeks": weeks,
            "ride_probability": float(probability),
            "expected_rides": float(rides),
        }
        for weeks in HORIZONS
        for (level_id, state_id, probability), (_, _, rides) in zip(
            _by_level_and_state(forecasts.ride_probability[weeks]),
            _by_level_and_state(forecasts.expected_rides[weeks]),
            strict=True,
        )
    ]


def _lapse_rows(outlook: UserOutlook) -> Rows:
    return [
        {
            "level_id": level_id,
            "state_id": state_id,
            "n_silent_weeks": n_silent_weeks,
            "expected_weeks": float(weeks),
        }
        for level_id, state_id, row in _by_level_and_state(
            outlook.forecasts.weeks_until_lapse
        )
        for n_silent_weeks, weeks in enumerate(row)
    ]


def _by_level_and_state(values: FloatArray) -> Iterator[tuple[int, int, Any]]:
    """Yield level_id, state_id and value of an array, shape (C, K, ...)."""
    for level_id, states in enumerate(values, start=1):
        for state_id, value in enumerate(states, start=1):
            yield level_id, state_id, value


def _spend_rows(spend: SpendOutlook) -> Rows:
    price = {"mean": spend.price.mean, "weight": spend.price.weight}
    rows = _coefficient_rows(PRICE_TARGET, price)
    for regression in spend.regressions:
        coefficients = _named(SPEND_TERMS, regression.coefficients)
        rows += _coefficient_rows(
            regression.target.name, {INTERCEPT: regression.intercept, **coefficients}
        )
    return rows


def _named(terms: Sequence[str], coefficients: FloatArray) -> dict[str, float]:
    return dict(zip(terms, coefficients.tolist(), strict=True))


def _coefficient_rows(target: str, coefficients: Mapping[str, float]) -> Rows:
    return [
        {"target": target, "term": term, "coefficient": float(coefficient)}
        for term, coefficient in coefficients.items()
    ]
