"""Does an audience name users before they stop? Measured on simulated users."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from user_states.errors import UserError
from user_states.project_folder import PROJECT_FOLDER
from user_states.rides.simulated_population import (
    NOT_JOINED,
    Booleans,
    Floats,
    Integers,
)
from user_states.rides.simulated_world import STATES, TRANSITION_MATRIX
from user_states.rides.simulation import SimulatedBlock, SimulationSettings, simulate

RULES = PROJECT_FOLDER / "seeds" / "audience_rules.csv"
# A user who has stopped is in one of these true states.
STOPPED = ("pausing", "lapsed")
_HAS_STOPPED = np.isin([state.name for state in STATES], STOPPED)
WEEKS_AHEAD = 4
# Users are judged from this week on: earlier ones know little about what is usual.
FIRST_JUDGED_WEEK = 30
# As in int_audience_facts.
_RECENT_WEEKS, _BUSY_WEEKS, _KNOWN_WEEKS, _LEAST_EARLIER_WEEKS = 4, 8, 26, 8

Rules = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class WeeklyTruth:
    """What simulated users did, and whether they had really stopped.

    Attributes
    ----------
    rides : array of int, shape (n_users, n_weeks)
        Completed rides of each local week.
    states : array of int, shape (n_users, n_weeks)
        Index in STATES of the true state; NOT_JOINED before the user joins.
    """

    rides: Integers
    states: Integers

    @property
    def has_stopped(self) -> Booleans:
        """Whether each user has stopped, in each week."""
        stopped: Booleans = np.append(_HAS_STOPPED, False)[self.states]
        return stopped


class Shares(NamedTuple):
    """Shares who stop within four weeks, of users who have not stopped yet.

    Attributes
    ----------
    base, silent, named : float
        Of all users, of those without a ride in the week, and of those in the audience.
    """

    base: float
    silent: float
    named: float

    def __str__(self) -> str:
        return (
            f"{self.named:.2%} of the named, {self.silent:.2%} of users without a ride "
            f"in the week, {self.base:.2%} of all"
        )


@dataclass(frozen=True)
class LapseStudy:
    """Whom an audience names, and how many of them stop within four weeks.

    Attributes
    ----------
    n_named : int
        User-weeks in the audience.
    rode_lately : float
        Share of them with a ride in that week or the one before.
    already_stopped : float
        Share of them who had stopped in truth.
    observed, expected : Shares
        Who stopped in the simulated log; and who would on average, given the true state
        of each user now, without the chance of what comes.
    """

    n_named: int
    rode_lately: float
    already_stopped: float
    observed: Shares
    expected: Shares

    def __str__(self) -> str:
        return (
            f"{self.n_named:,} user-weeks named; {self.rode_lately:.1%} rode in the "
            f"last two weeks, {self.already_stopped:.1%} had stopped already. Of those "
            f"who had not, stop within four weeks: {self.observed}; expected from "
            f"their true states: {self.expected}"
        )


def read_rules(audience: str, path: Path = RULES) -> Rules:
    """Return the least and the most of each fact of an audience.

    Raises
    ------
    UserError
        If the file has no rules for the audience.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["audience"] == audience]
    if not rows:
        raise UserError(
            f"found no rules for {audience!r} in {path}; expected at least one: name "
            "an audience of that file"
        )
    return {
        row["fact"]: (float(row["least"] or -np.inf), float(row["most"] or np.inf))
        for row in rows
    }


def study_lapse(settings: SimulationSettings, rules: Rules) -> LapseStudy:
    """Simulate users, and judge a rule in every week with four weeks after it.

    Raises
    ------
    UserError
        If a rule is about a fact that does not follow from the rides alone.
    """
    truths = [weekly_truth(block, settings) for block in simulate(settings)]
    # The last block has the test accounts, which have no true states.
    truth = WeeklyTruth(
        *(np.vstack([getattr(t, name) for t in truths[:-1]]) for name in _FIELDS)
    )
    return judge(truth, rules)


_FIELDS = ("rides", "states")


def judge(truth: WeeklyTruth, rules: Rules) -> LapseStudy:
    """Return what the rule says of each user and week, against the truth."""
    counts, stops, chances = np.zeros(6), np.zeros(3), np.zeros(3)
    chance_by_state = stop_chances()
    has_stopped = truth.has_stopped
    for week in range(FIRST_JUDGED_WEEK, truth.rides.shape[1] - WEEKS_AHEAD):
        facts = history_facts(truth.rides[:, : week + 1])
        is_user = truth.states[:, week] != NOT_JOINED
        is_user &= facts["lifetime_rides"] > 0
        named = is_user & meets(facts, rules)
        is_left = is_user & ~has_stopped[:, week]
        ahead = has_stopped[:, week + 1 : week + 1 + WEEKS_AHEAD].any(axis=1)
        chance = chance_by_state[truth.states[:, week]]
        groups = (is_left, is_left & (truth.rides[:, week] == 0), is_left & named)
        lately = named & (facts["weeks_since_last_ride"] <= 1)
        sets = (named, lately, named & ~is_left, *groups)
        counts += [np.count_nonzero(group) for group in sets]
        stops += [np.count_nonzero(group & ahead) for group in groups]
        chances += [chance[group].sum() for group in groups]
    n_named = max(counts[0], 1)
    n_left = np.maximum(counts[3:], 1)
    return LapseStudy(
        n_named=int(counts[0]),
        rode_lately=counts[1] / n_named,
        already_stopped=counts[2] / n_named,
        observed=Shares(*(stops / n_left)),
        expected=Shares(*(chances / n_left)),
    )


def stop_chances() -> Floats:
    """Return the chance to stop within four weeks, by the true state now.

    It follows from the simulator's matrix. 0 for states in which users have stopped.
    """
    among_left = TRANSITION_MATRIX[~_HAS_STOPPED][:, ~_HAS_STOPPED]
    stays = np.linalg.matrix_power(among_left, WEEKS_AHEAD).sum(axis=1)
    chances = np.zeros(len(STATES))
    chances[~_HAS_STOPPED] = 1 - stays
    return chances


def meets(facts: Mapping[str, Floats], rules: Rules) -> Booleans:
    """Return whether each user meets all rules; an unknown fact meets none."""
    if unknown := sorted(set(rules) - set(facts)):
        raise UserError(
            f"found a rule about {unknown[0]}; expected facts that follow from rides "
            f"alone: {', '.join(facts)}"
        )
    is_met = [
        (facts[fact] >= least) & (facts[fact] <= most)
        for fact, (least, most) in rules.items()
    ]
    met: Booleans = np.logical_and.reduce(is_met)
    return met


def history_facts(rides: Integers) -> dict[str, Floats]:
    """Return facts as in int_audience_facts at the end of the last week.

    Parameters
    ----------
    rides : array of int, shape (n_users, n_weeks)
        Completed rides.

    Returns
    -------
    dict of str to array of float, shape (n_users,)
        NaN where a fact is not known.
    """
    n_weeks = rides.shape[1]
    has_ridden = rides > 0
    never = ~has_ridden.any(axis=1)
    first = np.where(never, n_weeks, has_ridden.argmax(axis=1))
    since_last = has_ridden[:, ::-1].argmax(axis=1).astype(float)
    since_last[never] = np.nan
    recent = rides[:, -_RECENT_WEEKS:].sum(axis=1).astype(float)
    begin = max(n_weeks - _KNOWN_WEEKS, 0)
    earlier = rides[:, begin : n_weeks - _RECENT_WEEKS].sum(axis=1)
    n_earlier = n_weeks - _RECENT_WEEKS - np.maximum(first, begin)
    is_known = (n_earlier >= _LEAST_EARLIER_WEEKS) & (earlier > 0)
    usual = np.where(is_known, earlier * _RECENT_WEEKS, np.nan)
    return {
        "weeks_since_last_ride": since_last,
        "lifetime_rides": rides.sum(axis=1).astype(float),
        "rides_last_4_weeks": recent,
        "rides_over_usual": recent * n_earlier / usual,
        "most_rides_in_a_week": rides[:, -_BUSY_WEEKS:].max(axis=1).astype(float),
    }


def weekly_truth(block: SimulatedBlock, settings: SimulationSettings) -> WeeklyTruth:
    """Count the completed rides of a block's users, week by week."""
    users = pd.Index(block.users["user_id"].to_pylist())
    shape = (len(users), settings.n_weeks)
    rides = np.zeros(shape, dtype=np.int64)
    is_completed = pc.equal(block.rides["status"], "completed")
    completed = block.rides.filter(is_completed)
    for user, week in _local_weeks(completed, users, settings):
        is_complete = week < settings.n_weeks
        np.add.at(rides, (user[is_complete], week[is_complete]), 1)
    states = np.full(shape, NOT_JOINED)
    rows = users.get_indexer(pd.Index(block.truth["user_id"].to_pylist()))
    weeks = _weeks_since(block.truth["week_start"], settings)
    names = pd.Index([state.name for state in STATES])
    states[rows, weeks] = names.get_indexer(pd.Index(block.truth["state"].to_pylist()))
    return WeeklyTruth(rides, states)


def _local_weeks(
    rides: pa.RecordBatch, users: pd.Index, settings: SimulationSettings
) -> Iterator[tuple[Integers, Integers]]:
    """Yield (row of the user, week) of the rides of each time zone."""
    for time_zone in pc.unique(rides["time_zone"]).to_pylist():
        there = rides.filter(pc.equal(rides["time_zone"], time_zone))
        instants = pc.cast(there["requested_at"], pa.timestamp("us", time_zone))
        rows = users.get_indexer(pd.Index(there["user_id"].to_pylist()))
        yield rows, _weeks_since(pc.local_timestamp(instants), settings)


def _weeks_since(days: pa.Array, settings: SimulationSettings) -> Integers:
    first = np.datetime64(settings.first_week, "D")
    numbers = days.to_numpy(zero_copy_only=False).astype("datetime64[D]") - first
    weeks: npt.NDArray[np.int64] = numbers.astype(np.int64) // 7
    return weeks
