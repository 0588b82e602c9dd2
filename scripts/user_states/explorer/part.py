"""What a part of the page is, and how one is added.

A part answers one question. It is two files in `parts/`:

- `NAME.py` has `PART = Part(...)`; a function `view(scene)` that returns a dataclass,
  a subclass of `View`, with everything that the template shows, or None if there is
  nothing to show; and helpers of its own beside it, named `NAME_…`.
- `NAME.html.j2` shows `view`, below the title. It may use `scene` and the macros of
  `templates/kit.html.j2` (`{% import "kit.html.j2" as kit %}`).

Then add `NAME.PART` to `all_parts.py`. The frame draws what all parts share: the menu,
the small label, the title and the lead, the line about what is not filtered, and the
folding on phones. Each part is drawn once for everyone and once for each crossing of
city and platform, always by this code; scripts only exchange the drawings.

Rules that the frame relies on:

- Every id begins with the part's address. Nothing has a `style` attribute: the policy
  of the page refuses it. Colours are classes (`k3` for the state at place 3 of the
  palette; see assets/kit.css).
- Rows by city and platform come from `scene.rows(RowClass)`, which filters them, and
  weekly figures from `scene.figures`. What cannot be filtered is said in `unfiltered`.
- A choice between prepared drawings needs no script of its own: an element with
  `data-pane="NAME" data-value="x"` is shown while the select or radio button with
  `data-choice="NAME"` has the value `x` (kit.choice, kit.switch). All but the first
  have the attribute `hidden`, which is what reads with scripts off.
- A mark with `data-tip="text"` shows its text to the pointer, and to the arrow keys if
  the chart stands in an element with `data-tips` (kit.chart).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from user_states.explorer.scene import STATE_GROUP, Scene
from user_states.marts.mart_row import MartRow


@dataclass(frozen=True, kw_only=True)
class View:
    """What a part shows. Each part has a subclass; its template reads only this.

    Attributes
    ----------
    title : str
        The finding, in one sentence; true for what is shown.
    gain : str
        The headline sum, in green after the title; empty if there is none.
    doubt : str
        Why that sum is not sure, small and plain after it; empty if it is.
    lead : str
        One to three sentences below the title.
    unfiltered : str
        What is the same for everyone although the rest is filtered; shown only under a
        filter. Empty if all is filtered.
    warning : str
        What is broken, in the data or on the way to a goal, for the top of the page;
        empty while nothing is.
    late_title, late_lead : str
        What takes the place of title, gain, doubt and lead for those who read the page
        after the week in which to write to users; empty if the same is said then.
    """

    title: str
    gain: str = ""
    doubt: str = ""
    lead: str = ""
    unfiltered: str = ""
    warning: str = ""
    late_title: str = ""
    late_lead: str = ""


@dataclass(frozen=True)
class Part:
    """A part of the page.

    Attributes
    ----------
    address : str
        Its address within the page, without `#`; also its template, `-` being `_`.
    name : str
        Its name in the menu and above its title.
    view : callable
        Takes a scene, returns what the template shows, or None if there is nothing.
    reads : tuple of classes of rows
        What it reads, besides what every part needs.
    group : str
        Heading in the menu; the scene says which groups are shown.
    """

    address: str
    name: str
    view: Callable[[Scene], View | None]
    reads: tuple[type[MartRow], ...] = field(default=())
    group: str = STATE_GROUP

    @property
    def template(self) -> str:
        """File in `parts/`."""
        return f"{self.address.replace('-', '_')}.html.j2"
