"""Flows of users between two weeks, as data for the page's script."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from user_states.explorer.charts import name_on_a_line
from user_states.marts.history_rows import FlowRow, SizeRow
from user_states.marts.marts import Marts

# The earlier state of users who had not joined yet.
NEWCOMERS = -1
NEWCOMERS_WORDS = "New in between"
# Weeks between the two weeks that are shown first: long enough to see moves.
FIRST_SPAN = 12
HINDSIGHT_WORDS = "in hindsight"
AS_KNOWN_WORDS = "as known at the time"


@dataclass(frozen=True)
class FlowsOfWeeks:
    """Flows between weeks, either in hindsight or as known at the time.

    Attributes
    ----------
    words : str
        Which of the two.
    weeks : list of str
        In order.
    start : tuple of str
        The two weeks that are shown first.
    pairs : dict
        By "from|to", rows (from, to, users). Users who are new between the two weeks
        come from `NEWCOMERS`.
    """

    words: str
    weeks: list[str]
    start: tuple[str, str]
    pairs: dict[str, list[list[int]]]

    @property
    def rows_at_start(self) -> list[list[int]]:
        """The rows that are shown first, the largest on top."""
        rows = self.pairs.get("|".join(self.start), [])
        return sorted(rows, key=lambda row: -row[2])


@dataclass(frozen=True)
class Flows:
    """Flows between any two of some weeks.

    Attributes
    ----------
    kinds : dict
        By `hindsight` and `known`; a kind without flows is left out.
    last_settled : str
        The last of these weeks whose states in hindsight are settled; empty if there
        is none.
    """

    kinds: dict[str, FlowsOfWeeks]
    last_settled: str


def flows(marts: Marts) -> Flows:
    """Return the users of every pair of states between any two of some weeks.

    In hindsight, flows into the last settled week are shown first. In later weeks some
    moves are still missing, for example moves into silence.
    """
    settled = [
        str(flow.to_week_start) for flow in marts.rows(FlowRow) if flow.is_settled
    ]
    last_settled = max(settled, default="")
    kinds = {
        "hindsight": _flows_of(marts, "n_users", HINDSIGHT_WORDS, last_settled),
        "known": _flows_of(marts, "n_users_as_known", AS_KNOWN_WORDS, ""),
    }
    return Flows(
        {name: kind for name, kind in kinds.items() if kind.pairs},
        last_settled,
    )


def _flows_of(marts: Marts, column: str, words: str, last: str) -> FlowsOfWeeks:
    """Return the flows counted in a column that both FlowRow and SizeRow have.

    Flows into the week `last` are shown first, or into the newest if `last` is empty.
    """
    pairs: defaultdict[str, list[list[int]]] = defaultdict(list)
    arrived: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for flow in marts.rows(FlowRow):
        n_users = getattr(flow, column)
        if n_users:
            pair = f"{flow.from_week_start}|{flow.to_week_start}"
            pairs[pair].append([flow.from_state_id, flow.to_state_id, n_users])
            arrived[pair][flow.to_state_id] += n_users
    sizes = {
        (str(row.week_start), row.state_id): getattr(row, column) or 0
        for row in marts.rows(SizeRow)
    }
    for pair, rows in pairs.items():
        to_week = pair.split("|")[1]
        for state in marts.states:
            there = sizes.get((to_week, state.state_id), 0)
            n_new = there - arrived[pair][state.state_id]
            if n_new > 0:
                rows.append([NEWCOMERS, state.state_id, n_new])
    weeks = sorted({week for pair in pairs for week in pair.split("|")})
    return FlowsOfWeeks(words, weeks, _start(weeks, last), dict(pairs))


def _start(weeks: Sequence[str], last: str) -> tuple[str, str]:
    """Return the two weeks to show first, far enough apart to see moves."""
    if len(weeks) < 2:
        return ("", "")
    to_week = last if last in weeks[1:] else weeks[-1]
    far = datetime.date.fromisoformat(to_week) - datetime.timedelta(weeks=FIRST_SPAN)
    earlier = [week for week in weeks if week <= far.isoformat()]
    return (earlier[-1] if earlier else weeks[0], to_week)


def flow_content(found: Flows, marts: Marts) -> dict[str, Any]:
    """Return the flows for the page's script, with names and colours of the states."""
    return {
        **asdict(found),
        "newcomers": NEWCOMERS_WORDS,
        "states": {
            state.state_id: {
                "name": state.state_name,
                "label": name_on_a_line(state),
                "colour": state.style.colour,
            }
            for state in marts.states
        },
    }
