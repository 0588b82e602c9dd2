"""Every figure by its name, and how they are drawn and saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from user_states.errors import UserError
from user_states.figures.backtest_gains import draw_outlook_backtest
from user_states.figures.calibration import draw_outlook_calibration
from user_states.figures.canvas import drawing_style, save
from user_states.figures.dominant_states import draw_dominant_states
from user_states.figures.model_selection import draw_model_selection
from user_states.figures.outlook_by_state import draw_state_outlook
from user_states.figures.pair_outlook import draw_rides_gained, draw_weeks_to_reach
from user_states.figures.state_profiles import draw_state_profiles
from user_states.figures.state_rhythms import draw_hourly_rhythm, draw_weekly_rhythm
from user_states.figures.state_sizes import draw_state_sizes
from user_states.figures.state_stays import draw_state_stays
from user_states.figures.transition_graph import draw_transition_graph
from user_states.figures.transition_heatmap import draw_transition_heatmap
from user_states.marts.mart_data import MartData
from user_states.marts.texts import NothingToDrawError


@dataclass(frozen=True)
class PictureOptions:
    """What the settings say of pictures.

    Attributes
    ----------
    min_edge_probability : float
        Less likely moves are left out of the transition graph.
    recent_weeks : int
        Weeks that "recent" means in user_dominant_states.
    """

    min_edge_probability: float
    recent_weeks: int

    @classmethod
    def from_vars(cls, settings: Mapping[str, Any]) -> PictureOptions:
        """Return the options that the vars of the project state."""
        return cls(
            float(settings["picture_min_edge_probability"]),
            int(settings["recent_weeks"]),
        )


@dataclass(frozen=True)
class Outcome:
    """What became of a figure.

    Attributes
    ----------
    name : str
    paths : list of Path
        Files that were written; none where there was nothing to draw.
    problem : str or None
        Why there was nothing to draw.
    """

    name: str
    paths: list[Path]
    problem: str | None = None


Draw = Callable[[MartData, PictureOptions], Figure]

FIGURES: Mapping[str, Draw] = {
    "transition_heatmap": lambda data, _: draw_transition_heatmap(data),
    "transition_graph": lambda data, options: draw_transition_graph(
        data, options.min_edge_probability
    ),
    "state_profiles": lambda data, _: draw_state_profiles(data),
    "state_sizes": lambda data, _: draw_state_sizes(data),
    "dominant_states": lambda data, options: draw_dominant_states(
        data, options.recent_weeks
    ),
    "model_selection": lambda data, _: draw_model_selection(data),
    "hourly_rhythm": lambda data, _: draw_hourly_rhythm(data),
    "weekly_rhythm": lambda data, _: draw_weekly_rhythm(data),
    "state_stays": lambda data, _: draw_state_stays(data),
    "state_outlook": lambda data, _: draw_state_outlook(data),
    "outlook_calibration": lambda data, _: draw_outlook_calibration(data),
    "outlook_backtest": lambda data, _: draw_outlook_backtest(data),
    "weeks_to_reach": lambda data, _: draw_weeks_to_reach(data),
    "rides_gained": lambda data, _: draw_rides_gained(data),
}


def chosen_figures(names: Iterable[str]) -> list[str]:
    """Return the figures to draw: those named, or all.

    Raises
    ------
    UserError
        If there is no figure of a name.
    """
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        raise UserError(
            f"found {', '.join(map(repr, unknown))} among the figures to draw; "
            f"expected names out of {', '.join(FIGURES)}: correct --only"
        )
    return wanted or list(FIGURES)


def draw_figures(
    data: MartData, options: PictureOptions, folder: Path, names: Iterable[str]
) -> Iterator[Outcome]:
    """Draw figures and save each as SVG and PNG, one after the other.

    A mart that is empty leaves its figure out, and says so.
    """
    for name in names:
        with drawing_style():
            try:
                figure = FIGURES[name](data, options)
            except NothingToDrawError as reason:
                yield Outcome(name, [], str(reason))
                continue
            yield Outcome(name, save(figure, folder, name))
