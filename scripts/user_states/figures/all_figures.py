"""Every figure by its name, and how figures are drawn and saved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.text import Text

from user_states.errors import UserError
from user_states.figures import (
    dominant_states,
    hourly_rhythm,
    model_selection,
    outlook_backtest,
    outlook_calibration,
    propensity_beeswarm,
    propensity_calibration,
    propensity_importance,
    rides_gained,
    state_outlook,
    state_profiles,
    state_sizes,
    state_stays,
    transition_graph,
    transition_heatmap,
    weekly_rhythm,
    weeks_to_reach,
)
from user_states.figures.drawing.canvas import drawing_style, save
from user_states.figures.picture import Picture, PictureOptions
from user_states.marts.log_words import LogWords
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.processes import in_processes
from user_states.written_files import PRIVATE

# In the order in which they are drawn. To add a figure: add a module and a line here.
FIGURES: Mapping[str, Picture] = {
    picture.name: picture
    for picture in (
        transition_heatmap.PICTURE,
        transition_graph.PICTURE,
        state_profiles.PICTURE,
        state_sizes.PICTURE,
        dominant_states.PICTURE,
        model_selection.PICTURE,
        hourly_rhythm.PICTURE,
        weekly_rhythm.PICTURE,
        state_stays.PICTURE,
        state_outlook.PICTURE,
        outlook_calibration.PICTURE,
        outlook_backtest.PICTURE,
        weeks_to_reach.PICTURE,
        rides_gained.PICTURE,
        propensity_importance.PICTURE,
        propensity_beeswarm.PICTURE,
        propensity_calibration.PICTURE,
    )
}


@dataclass(frozen=True)
class DrawnPicture:
    """The result of drawing a figure.

    Attributes
    ----------
    name : str
    paths : list of Path
        Files that were written; empty if there was nothing to draw.
    problem : str or None
        Why there was nothing to draw.
    """

    name: str
    paths: list[Path]
    problem: str | None = None


def chosen_figures(names: Iterable[str]) -> list[str]:
    """Return the names of the figures to draw: the given ones, or all.

    Raises
    ------
    UserError
        If there is no figure with a given name.
    """
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        raise UserError(
            f"found {', '.join(map(repr, unknown))} among the figures to draw; "
            f"expected names out of {', '.join(FIGURES)}: correct --only"
        )
    return wanted or list(FIGURES)


def rows_of_figures(names: Iterable[str]) -> list[type[MartRow]]:
    """Return the classes of rows that some figures read."""
    return list(dict.fromkeys(row for name in names for row in FIGURES[name].reads))


def draw_figures(
    marts: Marts,
    options: PictureOptions,
    folder: Path,
    names: Collection[str],
    mode: int = PRIVATE,
) -> Iterator[DrawnPicture]:
    """Draw figures, save each as SVG and PNG, and return the results in their order.

    A figure whose mart is empty is left out; its result says why. `mode` are the
    permissions of the files.
    """
    return in_processes(partial(_draw, marts, options, folder, mode), list(names))


def _draw(
    marts: Marts, options: PictureOptions, folder: Path, mode: int, name: str
) -> DrawnPicture:
    with drawing_style():
        try:
            figure = FIGURES[name].draw(marts, options)
        except NothingToDrawError as reason:
            return DrawnPicture(name, [], str(reason))
        in_words(figure, options.words)
        return DrawnPicture(name, save(figure, folder, name, mode))


def in_words(figure: Figure, words: LogWords) -> Figure:
    """Return a figure whose texts are in the words of the log."""
    for text in figure.findobj(Text):
        if isinstance(text, Text):
            text.set_text(words.within(text.get_text()))
    return figure
