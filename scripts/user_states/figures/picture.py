"""What a figure is: its name, the rows that it reads, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from user_states.marts.log_words import OF_RIDES, LogWords
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts


@dataclass(frozen=True)
class PictureOptions:
    """Settings of the figures.

    Attributes
    ----------
    min_edge_probability : float
        Less likely moves are left out of the transition graph.
    recent_weeks : int
        Weeks that "recent" means in user_dominant_states.
    words : LogWords
        What people do in the log, for texts that are written about rides.
    """

    min_edge_probability: float
    recent_weeks: int
    words: LogWords = OF_RIDES

    @classmethod
    def from_vars(cls, settings: Mapping[str, Any]) -> PictureOptions:
        """Return the options that the vars of the project set."""
        return cls(
            float(settings["picture_min_edge_probability"]),
            int(settings["recent_weeks"]),
            LogWords(settings["log_words"]),
        )


@dataclass(frozen=True)
class Picture:
    """A figure that can be drawn from the marts.

    Attributes
    ----------
    name : str
        Name of its files, of its module and on the command line.
    reads : tuple of classes of rows
        What it reads, besides what every picture needs.
    draw : callable
        Takes marts and options, returns the figure. It raises `NothingToDrawError` if a
        mart has nothing to show.
    """

    name: str
    reads: tuple[type[MartRow], ...]
    draw: Callable[[Marts, PictureOptions], Figure]
