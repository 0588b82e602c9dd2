"""The map of personas: a tile each, as large as its share of the conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.elements import chart, element, rectangle
from user_states.explorer.svg.labels import fits, on_lines, text_width
from user_states.explorer.svg.scales import per_cent
from user_states.explorer.svg.squares import Plot, squarified

# Pixels of the least width at which each drawing is shown (A4 is narrower than a wide
# screen), and its height.
WIDE, NARROW = (680.0, 300.0), (340.0, 300.0)
# Type of names and of shares, room at the sides of a tile, and lines of a name.
NAME_SIZE, SHARE_SIZE, PADDING, LINE, MOST_LINES = 13.5, 12.5, 9.0, 17.0, 4


@dataclass(frozen=True)
class MapTile:
    """A tile of the map.

    Attributes
    ----------
    number : str
        Of the persona in the list below; empty if the tile holds several.
    name : str
    n : int
        Conversations; above 0.
    share : str
    trend : str
        `map-new`, `map-more`, `map-less` or `map-same`: colour.
    trend_words : str
        The same in one word, such as `growing`; may be empty.
    tip : str
    """

    number: str
    name: str
    n: int
    share: str
    trend: str
    trend_words: str
    tip: str

    @property
    def below(self) -> str:
        """The line below the name."""
        return f"{self.share}, {self.trend_words}" if self.trend_words else self.share


@dataclass(frozen=True)
class PersonaMap:
    """The drawings for wide and for narrow screens."""

    wide: Markup
    narrow: Markup


def persona_map(tiles: Sequence[MapTile]) -> PersonaMap:
    """Return the map of tiles, the largest first."""
    return PersonaMap(_drawn(tiles, *WIDE), _drawn(tiles, *NARROW))


def _drawn(tiles: Sequence[MapTile], width: float, height: float) -> Markup:
    boxes = squarified([tile.n for tile in tiles], Plot(0, 0, width, height))
    parts = [_tile(tile, box, width) for tile, box in zip(tiles, boxes, strict=True)]
    return chart(int(height), "", *parts, kind="persona-map")


def _tile(tile: MapTile, box: Plot, width: float) -> Markup:
    rect = rectangle(
        per_cent(100 * box.x / width),
        box.y,
        per_cent(100 * box.width / width),
        box.height,
        f"map-tile {tile.trend}",
        radius=5,
        tip=tile.tip,
    )
    labels = [
        element(
            "text",
            words,
            x=per_cent(100 * box.x / width),
            y=round(box.y + 7 + LINE * (place + 0.75), 1),
            dx=PADDING,
            class_=class_,
        )
        for place, (words, class_) in enumerate(_labels(tile, box))
    ]
    inside = Markup("").join([rect, *labels])
    if not tile.number:
        return element("g", inside)
    # A pointer may take the short way to the list, which the keys reach anyway.
    return element("a", inside, href=f"#what-they-write-{tile.number}", tabindex="-1")


def _labels(tile: MapTile, box: Plot) -> list[tuple[str, str]]:
    """Return the lines that fit into a tile, each with its class."""
    room, n_lines = box.width - 2 * PADDING, int((box.height - 10) // LINE)
    full = f"{tile.number} {tile.name}" if tile.number else tile.name
    has_share = fits(tile.below, SHARE_SIZE, room)
    short = fits(tile.share, SHARE_SIZE, room)
    below = tile.below if has_share else tile.share if short else ""
    if n_lines >= 2 and below:
        lines = _cut(full, room, min(n_lines - 1, MOST_LINES))
        if lines:
            return [*((line, "strong") for line in lines), (below, "")]
    if n_lines >= 1 and tile.number and text_width(tile.number, NAME_SIZE) <= room:
        number = [(tile.number, "strong")]
        return [*number, (below, "")] if n_lines >= 2 and below else number
    return []


def _cut(name: str, room: float, most: int) -> list[str] | None:
    """Return a name on lines; its last words are left out if they do not fit."""
    words = name.split()
    for n in range(len(words), 0, -1):
        told = " ".join(words[:n])
        end = "" if n == len(words) else "…"
        if lines := on_lines(f"{told.rstrip(',')}{end}", NAME_SIZE, room, most):
            # A number by itself is no name.
            return lines if n > 1 else None
    return None
