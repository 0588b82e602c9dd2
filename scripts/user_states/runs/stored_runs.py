"""What the register stores of a run, as Python values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from user_states.naming.automatic_name import AutomaticName
from user_states.panel.features import Transform
from user_states.warehouse.connection import Connection, fetch_all


@dataclass(frozen=True)
class StoredRun:
    """What promotion needs of a stored run.

    Attributes
    ----------
    run_id : str
    has_passed_guards : bool
    defects : tuple of str
        One text for each check that the model failed.
    feature_settings : mapping or None
        What the features meant when the run was fitted; None for runs older than this
        record.
    features : tuple of str
        Features that the model reads, in order.
    """

    run_id: str
    has_passed_guards: bool
    defects: tuple[str, ...]
    feature_settings: Mapping[str, Any] | None
    features: tuple[str, ...]


@dataclass(frozen=True)
class StoredSegment:
    """A segment of a run; `segment_key` is None before the run's first promotion."""

    segment_id: int
    segment_key: str | None
    automatic_name: AutomaticName


@dataclass(frozen=True)
class StoredProfile:
    """One mean of a feature in a segment, in the run's scaled units."""

    segment_id: int
    feature: str
    family: str
    transform: Transform
    mean: float
    variance: float
    scaling_mean: float
    scale: float


@dataclass(frozen=True)
class PromotionEntry:
    """A row of register.promotions."""

    number: int
    run_id: str
    action: str


def rows_of_run(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    run_id: str,
    clause: str = "",
) -> list[dict[str, Any]]:
    """Return some columns of a run's rows in a table.

    Parameters
    ----------
    connection : Connection
    table : str
        Quoted name, with a column run_id.
    columns : sequence of str
    run_id : str
    clause : str
        What follows the condition on the run: more conditions, or an order.
    """
    found = fetch_all(
        connection,
        f"select {', '.join(columns)} from {table} where run_id = $1 {clause}",
        (run_id,),
    )
    return [dict(zip(columns, row, strict=True)) for row in found]
