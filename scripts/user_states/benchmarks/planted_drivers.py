"""Simulated customers whose reasons are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import expit

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.panel.features import Transform
from user_states.propensity.propensity_rows import FeatureBlock, PropensityRows

DriverKind = Literal["slopes", "steps", "nothing"]

# What acts; and how recency, frequency and value do, which everybody knows already.
DRIVERS = ("n_exports_used", "n_demos_viewed", "n_errors_seen")
_DRIVER_EFFECTS = np.array([1.6, 1.4, -1.5])
_RFM = ("days_since_last_activity", "n_purchases", "spend")
_RFM_EFFECTS = np.array([-0.4, 0.3, 0.0])
# What does not act.
_IDLE = ("n_videos_viewed", "n_blogs_viewed", "customer_age")
# Weeks that are known of each customer; what comes is about so many weeks after each.
_WEEKS, HORIZON = (0, 3, 6, 9), 3
# Share of the rows in which one driver is far above its usual value.
_RAISED_SHARE = 0.5
_RAISED, _USUAL, _STEP = 12.0, 1.0, 6.0
NO_DRIVER = -1


@dataclass(frozen=True, eq=False)
class PlantedRows:
    """Rows, and the reason of each.

    Attributes
    ----------
    rows : PropensityRows
    raised : array of int, shape (n_rows,)
        Number of the driver that is far above its usual value, or NO_DRIVER.
    """

    rows: PropensityRows
    raised: IntArray


def planted_drivers(kind: DriverKind, seed: int, n_customers: int) -> PlantedRows:
    """Return customers who buy for three reasons, or for none.

    In half of the rows one driver is raised. With `slopes` the log odds follow the log
    of the drivers, with `steps` they change where a driver is above 6, which no line
    describes. With `nothing` the outcomes are permuted. The belief is noise.
    """
    rng = np.random.default_rng(seed)
    n = n_customers * len(_WEEKS)
    customers = np.repeat(np.arange(n_customers), len(_WEEKS))
    raised = rng.integers(len(DRIVERS), size=n)
    raised[rng.random(n) >= _RAISED_SHARE] = NO_DRIVER
    level = np.full((n, len(DRIVERS)), _USUAL)
    is_raised = raised != NO_DRIVER
    level[is_raised, raised[is_raised]] = _RAISED
    drivers = rng.poisson(level).astype(np.float64)
    rfm = np.column_stack(
        [rng.exponential(20, n), rng.poisson(2.0, n), rng.lognormal(3, 1, n)]
    )
    idle = np.column_stack(
        [rng.poisson(1.0, n), rng.poisson(3.0, n), rng.normal(40, 12, n)]
    )
    odds = _log_odds(kind, drivers, rfm)
    outcomes = (rng.random(n) < expit(odds)).astype(np.int64)
    if kind == "nothing":
        outcomes = rng.permutation(outcomes)
    names = (*_RFM, *DRIVERS, *_IDLE)
    logs: Transform = "log1p"
    plain: Transform = "none"
    features = FeatureBlock(
        names,
        tuple(plain if name == "customer_age" else logs for name in names),
        np.column_stack([rfm, drivers, idle]),
    )
    belief = rng.dirichlet((1.0, 1.0, 1.0), n)
    rows = PropensityRows(
        features,
        FeatureBlock(("belief_1", "belief_2"), (plain, plain), belief[:, :2]),
        outcomes,
        ("no", "yes"),
        customers.astype(np.int64),
        rng.permutation(n_customers) / n_customers,
        np.tile(np.array(_WEEKS, dtype=np.int64), n_customers),
        HORIZON,
        recency=_RFM[0],
        rfm=_RFM,
    )
    return PlantedRows(rows, raised)


def _log_odds(kind: DriverKind, drivers: FloatArray, rfm: FloatArray) -> FloatArray:
    if kind == "steps":
        acting = 2.0 * (drivers > _STEP)
    else:
        acting = np.log1p(drivers) - np.log1p(_USUAL)
    logs = np.log1p(rfm) - np.log1p(rfm).mean(axis=0)
    odds: FloatArray = -1.0 + acting @ _DRIVER_EFFECTS + logs @ _RFM_EFFECTS
    return odds


def with_leak(rows: PropensityRows, seed: int) -> PropensityRows:
    """Return rows with a feature that was computed from the outcome.

    `page_value` is a sum of money for most of those who buy, and rarely for others, as
    an analytics tool gives it to pages after a purchase.
    """
    rng = np.random.default_rng([seed, 1])
    n = len(rows.outcomes)
    is_paid = rng.random(n) < np.where(rows.outcomes == 1, 0.85, 0.03)
    value = np.where(is_paid, rng.lognormal(3, 1, n), 0.0)
    leak = FeatureBlock(("page_value",), ("log1p",), value[:, None])
    return replace(rows, features=rows.features.beside(leak))
