"""Sessions that walk from step to step by a planted chain, as columns of events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

START, EXIT = "start", "exit"
DAYS_OF_WALKS = 180
_FIRST_DAY = np.datetime64("2026-01-05")
_PLATFORMS = ("ios", "android", "web")
# The next step of each step, with its share; the names are those of the seed
# journey_steps. A session has nine steps on average.
WALKED_CHAIN = {
    START: {"home": 0.5, "catalog": 0.3, "search": 0.1, "product_view": 0.1},
    "home": {"catalog": 0.45, "search": 0.2, "promo_page": 0.15, EXIT: 0.2},
    "promo_page": {"catalog": 0.4, "product_view": 0.3, "home": 0.15, EXIT: 0.15},
    "search": {"product_view": 0.55, "search": 0.2, "catalog": 0.15, EXIT: 0.1},
    "catalog": {
        "product_view": 0.5,
        "filter_use": 0.2,
        "catalog": 0.15,
        "search": 0.05,
        EXIT: 0.1,
    },
    "filter_use": {"catalog": 0.4, "product_view": 0.5, EXIT: 0.1},
    "product_view": {
        "catalog": 0.35,
        "review_page": 0.2,
        "add_to_cart": 0.18,
        "product_view": 0.15,
        EXIT: 0.12,
    },
    "review_page": {
        "product_view": 0.5,
        "add_to_cart": 0.25,
        "catalog": 0.15,
        EXIT: 0.1,
    },
    "add_to_cart": {"cart": 0.4, "catalog": 0.3, "checkout_start": 0.15, EXIT: 0.15},
    "cart": {"checkout_start": 0.4, "catalog": 0.3, "product_view": 0.1, EXIT: 0.2},
    "checkout_start": {"payment_details": 0.6, "cart": 0.15, EXIT: 0.25},
    "payment_details": {"purchase": 0.7, "payment_error": 0.15, EXIT: 0.15},
    "payment_error": {"payment_details": 0.5, "support_contact": 0.2, EXIT: 0.3},
    "purchase": {"home": 0.2, "account_page": 0.1, EXIT: 0.7},
    "account_page": {"home": 0.3, "support_contact": 0.1, EXIT: 0.6},
    "support_contact": {"home": 0.2, EXIT: 0.8},
}


@dataclass(frozen=True)
class Walks:
    """Events in the order of their sessions.

    Attributes
    ----------
    steps : tuple of str
        Names of the steps.
    session, person, step : array of int, one element an event
        Numbers from 0; of steps the place in `steps`.
    microsecond : array of int
        Since the first day; no person has two events at the same one.
    """

    steps: tuple[str, ...]
    session: npt.NDArray[np.int64]
    person: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]
    microsecond: npt.NDArray[np.int64]

    def events(self) -> pa.Table:
        """Return the events as a table of texts and moments (UTC)."""
        occurred_at = _FIRST_DAY.astype("M8[us]") + self.microsecond.astype("m8[us]")
        platforms = pa.DictionaryArray.from_arrays(
            pa.array(self.person % len(_PLATFORMS)), pa.array(_PLATFORMS)
        )
        steps = pa.DictionaryArray.from_arrays(
            pa.array(self.step), pa.array(self.steps)
        )
        return pa.table(
            {
                "customer_id": _texts("customer ", self.person),
                "session_key": _texts("session ", self.session),
                "step": steps.cast(pa.string()),
                "platform": platforms.cast(pa.string()),
                "occurred_at": pa.array(occurred_at).cast(pa.timestamp("us", "UTC")),
            }
        )


def walk_sessions(n_people: int, n_events: int, seed: int = 1) -> Walks:
    """Draw sessions until there are so many events.

    Parameters
    ----------
    n_people : int
        Each session belongs to one of them, drawn at random.
    n_events : int
        The last session is cut off there.
    seed : int

    Returns
    -------
    Walks
    """
    random = np.random.default_rng(seed)
    steps = tuple(name for name in WALKED_CHAIN if name != START)
    limits = _cumulated(steps)
    parts: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []
    n_drawn = n_sessions = 0
    while n_drawn < n_events:
        n_more = max((n_events - n_drawn) // 8, 100)
        session, step = _walk(random, limits, n_more)
        parts.append((session + n_sessions, step))
        n_drawn, n_sessions = n_drawn + len(step), n_sessions + n_more
    session = np.concatenate([one for one, _ in parts])[:n_events]
    step = np.concatenate([one for _, one in parts])[:n_events]
    began = random.integers(0, DAYS_OF_WALKS * 86_400, n_sessions)
    return Walks(
        steps,
        session,
        random.integers(0, n_people, n_sessions)[session],
        step,
        # Pauses are whole seconds, and the fraction is that of the session: so events
        # of two sessions are not at the same moment, and no tie has to be broken.
        (began[session] + _seconds_in_session(random, session)) * 1_000_000
        + session % 1_000_000,
    )


def _cumulated(steps: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Return the cumulated shares, a row a step and the last one for the start.

    Columns are steps, and the exit after the last of them.
    """
    shares = np.array(
        [
            [WALKED_CHAIN[name].get(following, 0.0) for following in (*steps, EXIT)]
            for name in (*steps, START)
        ]
    )
    cumulated: npt.NDArray[np.float64] = np.cumsum(shares, axis=1)
    cumulated[:, -1] = 1.0
    return cumulated


def _walk(
    random: np.random.Generator, limits: npt.NDArray[np.float64], n_sessions: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return session and step of each event, in the order of sessions."""
    an_exit = limits.shape[1] - 1
    active = np.arange(n_sessions)
    step = np.full(n_sessions, len(limits) - 1)
    sessions, steps = [], []
    while len(active):
        drawn = random.random(len(active))
        step = (limits[step] <= drawn[:, None]).sum(axis=1)
        stays = step < an_exit
        active, step = active[stays], step[stays]
        sessions.append(active)
        steps.append(step)
    session = np.concatenate(sessions)
    order = np.argsort(session, kind="stable")
    return session[order], np.concatenate(steps)[order]


def _seconds_in_session(
    random: np.random.Generator, session: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return seconds since the first event of the session: 5 to 90 a step."""
    total = np.cumsum(random.integers(5, 90, len(session)))
    is_first = np.diff(session, prepend=-1) != 0
    first = np.maximum.accumulate(np.where(is_first, total, 0))
    seconds: npt.NDArray[np.int64] = total - first
    return seconds


def _texts(prefix: str, numbers: npt.NDArray[np.int64]) -> pa.Array:
    found, places = np.unique(numbers, return_inverse=True)
    names = pa.array([f"{prefix}{number}" for number in found])
    return pa.DictionaryArray.from_arrays(pa.array(places), names).cast(pa.string())
