"""What else is known about the users of a state: how they pay, where, on what."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.crossings import platform_words
from user_states.explorer.svg.elements import chart, rectangle, vertical
from user_states.explorer.svg.scales import per_cent
from user_states.explorer.words import shortened
from user_states.explorer.words.numbers import percent
from user_states.marts.marts import Marts
from user_states.marts.state_rows import AttributeRow, ShownState

UNKNOWN = "unknown"
N_SHOWN = 5
# A smaller difference is none, and a rarer trait is not shown.
NOTABLE, LEAST_SHARE = 0.03, 0.05
PAID = {"cash": "paid in cash", "corporate": "paid by their company"}


@dataclass(frozen=True)
class Trait:
    """A trait: its name, the share of the state's rides, and everyone's."""

    name: str
    share: float
    of_everyone: float
    drawing: Markup

    @property
    def difference(self) -> float:
        """How much more frequent it is in the state."""
        return self.share - self.of_everyone


@dataclass(frozen=True)
class Traits:
    """The traits of a state, what is special first, and that in words."""

    finding: str
    traits: list[Trait]


def traits_of(marts: Marts, state: ShownState) -> Traits | None:
    """Return the traits of a state; None if none is known."""
    own = [
        row
        for row in marts.rows(AttributeRow)
        if row.state_id == state.state_id
        and row.attribute_value != UNKNOWN
        and max(row.request_share, row.request_share_of_everyone) >= LEAST_SHARE
    ]
    traits = [_trait(row, state) for row in own]
    if not traits:
        return None
    traits.sort(key=lambda trait: (-abs(trait.difference), trait.name))
    return Traits(_finding(traits), traits[:N_SHOWN])


def _trait(row: AttributeRow, state: ShownState) -> Trait:
    value = shortened(row.attribute_value) or ""
    name = {
        "city": f"in {value}",
        "payment_mode": PAID.get(value, f"paid by {value}"),
        "platform": f"on {platform_words(value)}",
    }.get(row.attribute_name, value)
    of_all = per_cent(100 * row.request_share_of_everyone)
    drawing = chart(
        15,
        "",
        rectangle("0%", 3, "100%", 9, "track", radius=2),
        rectangle(
            "0%", 3, per_cent(100 * row.request_share), 9, f"k{state.place}", radius=2
        ),
        vertical(of_all, 0, 15, "axis everyone"),
        kind="meter",
    )
    return Trait(name, row.request_share, row.request_share_of_everyone, drawing)


def _finding(traits: list[Trait]) -> str:
    more = [t for t in traits if t.difference >= NOTABLE]
    less = [t for t in traits if t.difference <= -NOTABLE]
    said = [
        f"{word} {trait.name} ({percent(trait.share)}, everyone "
        f"{percent(trait.of_everyone)})"
        for word, found in (("more", more), ("fewer", less))
        for trait in found[:1]
    ]
    return f"{', '.join(said)}" if said else "much the same as everyone"
