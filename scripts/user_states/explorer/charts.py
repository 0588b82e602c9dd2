"""What all charts of the page share: layout, fonts, and the look of states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from user_states.explorer.inline import chart_text
from user_states.marts import palette
from user_states.marts.state_rows import ShownState
from user_states.marts.texts import wrapped

# Plotly's names of the hatches in the palette.
PATTERNS = {"": "", "///": "/", "...": ".", "xxx": "x"}
# Most characters of a name next to a flow or in a hover label.
LONGEST_LINE = 48
# Font of all charts, including those that the page's own script draws.
FONT = {"family": "system-ui, sans-serif", "size": 13, "color": palette.INK}
# Above the chart, where it takes no width on a phone.
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom"}


@dataclass(frozen=True)
class Chart:
    """A chart as Plotly draws it.

    Attributes
    ----------
    data : list of dict
        Traces. The `customdata` of a trace contains states: a click on such a mark
        opens the state's part of the page.
    layout : dict
    """

    data: list[dict[str, Any]]
    layout: dict[str, Any]


def layout(height: int, **others: Any) -> dict[str, Any]:
    """Return the layout of a chart, in pixels, with the shared settings."""
    shared: dict[str, Any] = {
        "height": height,
        "autosize": True,
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "font": FONT,
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "hoverlabel": {"align": "left"},
        "showlegend": False,
        "dragmode": False,
    }
    return shared | others


def layout_with_legend(height: int, **others: Any) -> dict[str, Any]:
    """Return the layout of a chart with a legend."""
    return layout(height, showlegend=True, legend=LEGEND, **others)


def axis(title: str = "", **others: Any) -> dict[str, Any]:
    """Return an axis with the page's grid and margins that fit its labels."""
    shared: dict[str, Any] = {
        "title": {"text": title, "font": {"size": 13}},
        "automargin": True,
        "gridcolor": palette.GRID,
        "zerolinecolor": palette.GRID,
        "fixedrange": True,
    }
    return shared | others


def fill(state: ShownState) -> dict[str, Any]:
    """Return the fill of a state's trace."""
    shape = PATTERNS[state.style.hatch]
    return {"color": state.style.colour, "pattern": {"shape": shape}}


def lines_in_chart(text: str, width: int, n_lines: int = 3) -> str:
    """Return text on at most `n_lines` lines, escaped for charts."""
    return chart_text(wrapped(text, width, n_lines)).replace("\n", "<br>")


def name_on_a_line(state: ShownState) -> str:
    """Return a state's name on one line for a chart; a very long name is cut."""
    return lines_in_chart(state.state_name, LONGEST_LINE, 1)
