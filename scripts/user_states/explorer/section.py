"""What a section of the page is: its address, what it reads, its view and template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from user_states.explorer.charts import Chart
from user_states.marts.mart_row import MartRow
from user_states.marts.marts import Marts

# Takes a mart's name, returns its name in SQL in the target.
NameInSql = Callable[[str], str]


@dataclass(frozen=True)
class PageOptions:
    """Settings of the page, from the target and the vars of the project.

    Attributes
    ----------
    name_in_sql : callable
        Takes a mart's name, returns its name in SQL in the target.
    min_edge_probability : float
        Initial value of the slider of the transition graph.
    """

    name_in_sql: NameInSql
    min_edge_probability: float


@dataclass(frozen=True)
class Contents:
    """Title and headings of one part of the page; the page shows one part at a time.

    Attributes
    ----------
    address : str
        Address of the part within the page. A heading's address is the part's, a dash
        and the heading's key.
    title : str
    headings : mapping of str to str
        Headings by their keys, in order. The template omits a heading, and what is
        below it, if its key is missing here.
    """

    address: str
    title: str
    headings: Mapping[str, str]

    @classmethod
    def of_present(
        cls, address: str, title: str, headings: Mapping[str, tuple[str, Any]]
    ) -> Contents:
        """Return the contents with the headings that have something to show.

        Parameters
        ----------
        address, title : str
        headings : mapping of str to tuple of str and object
            By key, the heading, and a value that is true if it has something to show.
        """
        present = {key: text for key, (text, value) in headings.items() if value}
        return cls(address, title, present)


@dataclass(frozen=True, kw_only=True)
class View:
    """What a section shows. Each section has a subclass; its template reads only this.

    Attributes
    ----------
    charts : mapping of str to Chart
        By names that are unique in the page; the template says where each is drawn.
    script_data : mapping of str to object
        Other data for the page's script, by names that are unique in the page.
    choices : sequence of tuple of str
        Addresses and labels of the section's parts, if the navigation offers them in a
        list; empty if it has a link to the section.
    warning : str
        A line for the header that links to the section; empty if all is well.
    """

    charts: Mapping[str, Chart] = field(default_factory=dict)
    script_data: Mapping[str, Any] = field(default_factory=dict)
    choices: Sequence[tuple[str, str]] = ()
    warning: str = ""


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes
    ----------
    address : str
        Its address within the page, without `#`.
    title : str
        Its name in the navigation.
    template : str
        File in the folder of the section's module.
    reads : tuple of classes of rows
        What it reads, besides what every picture needs.
    view : callable
        Takes marts and options, returns what the template shows.
    """

    address: str
    title: str
    template: str
    reads: tuple[type[MartRow], ...]
    view: Callable[[Marts, PageOptions], View]


def charts_with_data(charts: Mapping[str, Chart]) -> dict[str, Chart]:
    """Return the charts that have something to draw."""
    return {name: chart for name, chart in charts.items() if chart.data}
