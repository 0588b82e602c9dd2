"""Rows of the register that every model writes: the run, and its segments."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import platform
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from user_states.naming.automatic_name import AutomaticName

_PACKAGES = ("numba", "numpy", "scikit-learn", "scipy", "pandas", "dbt-core")


def new_run_id(n_segments: int) -> str:
    """Return a new id; ids sort by time."""
    now = dt.datetime.now(dt.UTC)
    return f"{now:%Y%m%dT%H%M%SZ}_{n_segments}_{secrets.token_hex(3)}"


def monday_of(day: dt.date) -> dt.date:
    """Return the Monday of the week of a day."""
    return day - dt.timedelta(days=day.weekday())


def run_row(
    *,
    n_segments: int | None,
    n_members: int,
    first_week_start: dt.date | None,
    last_week_start: dt.date,
    log_score: float | None,
    defects: Sequence[Mapping[str, Any]],
    choice: str,
    settings: Mapping[str, Any],
    feature_settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the columns of register.runs that every model has.

    Parameters
    ----------
    n_segments : int or None
        None if the model has no segments.
    n_members : int
        User-weeks, customers or conversations that were divided or scored.
    first_week_start, last_week_start : date
        Mondays of the first and of the last week that was read; the first may be None.
    log_score : float or None
        Mean log score of what held-out members did next, in nats.
    defects : sequence of mappings
        Each has a `text`. A run with one is promoted only with force.
    choice : str
        Why this model of all that were tried, in a sentence.
    settings : mapping
        Of the fit.
    feature_settings : mapping
        What the features meant: as `changed_features` of the model compares it.
    """
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {
        "created_at": dt.datetime.now(dt.UTC),
        "n_segments": n_segments,
        "n_members": n_members,
        "first_week_start": first_week_start,
        "last_week_start": last_week_start,
        "log_score": log_score,
        "has_passed_guards": not defects,
        "defects": json.dumps(list(defects)),
        "choice": choice,
        "settings": json.dumps(settings),
        "feature_settings": json.dumps(feature_settings),
        "versions": json.dumps({"python": platform.python_version(), **versions}),
    }


def segment_row(
    segment_id: int, n_members: int, member_share: float, name: AutomaticName
) -> dict[str, Any]:
    """Return the columns of register.segments that every model has.

    Parameters
    ----------
    segment_id : int
        From 1.
    n_members : int
    member_share : float
        Out of all members, those in no segment included.
    name : AutomaticName
    """
    return {
        "segment_id": segment_id,
        "n_members": n_members,
        "member_share": member_share,
        **name.as_stored(),
    }
