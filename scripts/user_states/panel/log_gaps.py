"""Whether the log of rides goes on, week after week, up to the as-of week."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LogGaps:
    """Weeks of the log without rides, as int_log_quality measures them.

    Attributes
    ----------
    missing_at_end : float or None
        Share of the usual rides that the as-of week lacks, from 0 to 1; None where so
        few rides are usual that it says little.
    end_text : str
        The as-of week and its rides, in words.
    empty_share : float
        Share of the panel's user-weeks that lie in weeks without any ride.
    gaps_text : str
        The weeks without rides, in words; empty if there are none.
    """

    missing_at_end: float | None
    end_text: str
    empty_share: float
    gaps_text: str
