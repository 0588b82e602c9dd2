"""Chains and funnels by retentioneering, in an environment of its own.

python -I retentioneering_rival.py EVENTS.parquet RESULT.json FUNNELS

FUNNELS is a JSON object: steps by funnel. The file imports nothing of this package.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

# Before it is imported: otherwise it reports its use to its makers.
os.environ["RETENTIONEERING_NO_TRACK"] = "1"

# Paths by unit.
PATH_COLUMNS = {"person": "customer_id", "session": "session_key"}


class ProcessorClock:
    """Seconds of the processor, of all threads, and of the clock on the wall."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}
        self._last = (time.process_time(), time.perf_counter())

    def stop(self, what: str) -> None:
        """Say what the time since the last stop was spent on."""
        now = (time.process_time(), time.perf_counter())
        self.seconds[what] = (now[0] - self._last[0], now[1] - self._last[1])
        self._last = now


def count_journeys(path: Path, funnels: dict[str, list[str]]) -> dict[str, Any]:
    """Return transitions, people at each step of funnels, and the seconds of each."""
    import pandas as pd
    import retentioneering

    clock = ProcessorClock()
    columns = [*PATH_COLUMNS.values(), "step", "occurred_at"]
    frame = pd.read_parquet(path, columns=columns)
    clock.stop("reading")
    stream = retentioneering.Eventstream(
        frame,
        {
            "path_cols": list(PATH_COLUMNS.values()),
            "event_col": "step",
            "timestamp_col": "occurred_at",
        },
    )
    clock.stop("sorting")
    transitions = []
    for unit, column in PATH_COLUMNS.items():
        matrix = stream.transition_graph_data(edge_weight="count", path_col=column)
        clock.stop(f"transitions of {unit}s")
        transitions += [
            (unit, source, target, int(n))
            for source, row in matrix.iterrows()
            for target, n in row.items()
            if n
        ]
    reached = []
    for unit, column in PATH_COLUMNS.items():
        for funnel, steps in funnels.items():
            found = stream.funnel_data(steps, path_col=column)["steps"]
            clock.stop(f"funnel {funnel} of {unit}s")
            reached += [
                (unit, funnel, place, one["unique_paths"])
                for place, one in enumerate(found, 1)
            ]
    return {
        "version": retentioneering.__version__,
        "transitions": transitions,
        "reached": reached,
        "seconds": clock.seconds,
    }


if __name__ == "__main__":
    events, result, asked = sys.argv[1:]
    found = count_journeys(Path(events), json.loads(asked))
    Path(result).write_text(json.dumps(found), "utf-8")
