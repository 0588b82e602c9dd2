"""Rows of experiments, returns and rules, without a warehouse."""

from __future__ import annotations

import datetime as dt

from user_states.marts.experiment_rows import (
    AudienceReturnRow,
    ExperimentResultRow,
    ExperimentRow,
    InteractionRow,
    MessageStatusRow,
    RuleChangeRow,
    WeakSegmentRow,
    WrittenMessagesRow,
)
from user_states.marts.mart_row import MartRow

EXPERIMENT = ExperimentRow(
    "offer", "An offer", "A voucher.", "everybody", 28, 900, 800, 0.4, False, "running"
)
RESULT = ExperimentResultRow(
    *("offer", "b", "conversion_rate", 400, 410, 0.24, 0.18, 0.06, 0.01, 0.11),
    *(0.01, 0.02, 0.8, "higher", "33 % more than in the control.", None, None),
)
RETURN = AudienceReturnRow(
    *(
        "win_back",
        "Win them back",
        0.4,
        300,
        40,
        250,
        24.6,
        50.0,
        120.0,
        70.0,
        10.0,
        130.0,
    ),
    *(1.4, None, "pays"),
)
WRITTEN = WrittenMessagesRow("vip_offer", 90, dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
STATUSES = (
    MessageStatusRow("vip_offer", "braze", "delivered", 60),
    MessageStatusRow("vip_offer", "braze", "waiting", 20),
    MessageStatusRow("vip_offer", "own_service", "delivered", 60),
    MessageStatusRow("vip_offer", "own_service", "dead", 4),
    MessageStatusRow("vip_offer", "own_service", "not_sent", 6),
    MessageStatusRow("vip_offer", "own_service", "withdrawn", 30),
)
RULE = RuleChangeRow(
    *("cohort", "frequent", dt.datetime(2026, 3, 2, tzinfo=dt.UTC)),
    "sessions > 5 in 7 days",
    None,
    *(120, 0),
    *(None, None),
)
WEAK = WeakSegmentRow(2, "Quiet", 60, 0.1, 0.4, dt.date(2026, 2, 2))


def experiment_tables() -> dict[type[MartRow], tuple[MartRow, ...]]:
    """Return rows of every class that the page reads about experiments."""
    return {
        ExperimentRow: (EXPERIMENT,),
        ExperimentResultRow: (RESULT,),
        InteractionRow: (),
        AudienceReturnRow: (RETURN,),
        WrittenMessagesRow: (WRITTEN,),
        MessageStatusRow: STATUSES,
        RuleChangeRow: (RULE,),
        WeakSegmentRow: (WEAK,),
    }
