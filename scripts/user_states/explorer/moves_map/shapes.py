"""Boxes, labels and arrows of the map of moves, and the widths of texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import acos, ceil, cos, sin

from user_states.explorer.moves_map.groups import Arrow

# Pixels.
NAME_SIZE = 13.0
LINE = 16.0
HEAD_OVERHANG = 4.0
# Widths of characters as shares of the size; a character that is not here counts as
# `_WIDE`. They are of a wide typeface, so that a narrower one fits as well.
_NARROW_LETTERS = dict.fromkeys("iljtfI.,:;'|!()[] ’·", 0.34)
_BROAD_LETTERS = dict.fromkeys("mwMW@%", 0.92)
_CAPITALS = dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&", 0.72)
_LETTERS = dict.fromkeys("abcdeghknopqrsuvxyz0123456789-–+−€$£#?/_", 0.6)
_WIDTHS = _LETTERS | _CAPITALS | _BROAD_LETTERS | _NARROW_LETTERS
_WIDE = 1.0
_BOLD = 1.06


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about the width of one line of text in pixels, rather too wide."""
    width = sum(_WIDTHS.get(letter, _WIDE) for letter in text) * size
    return width * _BOLD if bold else width


def fitting(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return a text that is at most this wide; a longer one ends in an ellipsis."""
    if text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(text + "…", size, bold=bold) > width:
        text = text[:-1].rstrip()
    return text + "…"


def lines_of_name(name: str, width: float, n_lines: int) -> list[str]:
    """Return a name in at most `n_lines` lines that fit a width."""
    lines = lines_that_fit(name, width, NAME_SIZE, bold=True)
    if len(lines) > n_lines:
        lines = [*lines[: n_lines - 1], " ".join(lines[n_lines - 1 :])]
    return [fitting(line, width, NAME_SIZE, bold=True) for line in lines]


def lines_that_fit(
    text: str, width: float, size: float, *, bold: bool = False
) -> list[str]:
    """Return words on lines of at most a width; a longer word has its own line."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or text_width(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@dataclass(frozen=True)
class Rect:
    """A rectangle in pixels; y runs down."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Rect, margin: float = 0.0) -> bool:
        """Return whether two rectangles share more than a margin."""
        return (
            self.x + margin < other.x + other.width
            and other.x + margin < self.x + self.width
            and self.y + margin < other.y + other.height
            and other.y + margin < self.y + self.height
        )


@dataclass(frozen=True)
class Box:
    """The box of a state.

    Attributes
    ----------
    key : str
    slot : Rect
        The place that belongs to the state alone: box and text lie within it.
    rect : Rect
        The box; its height is the number of users.
    name_lines : list of str
    is_one_line : bool
        Name at the left and number at the right of one line; else all lines are centred
        and the number is below.
    """

    key: str
    slot: Rect
    rect: Rect
    name_lines: list[str]
    is_one_line: bool


@dataclass(frozen=True)
class Label:
    """The number of an arrow and what its users did.

    Attributes
    ----------
    arrow : Arrow
    number : str
    words : list of str
        Lines after the number; on the same line if `is_one_line`.
    is_one_line : bool
    rect : Rect
        Where it stands, rather too large.
    anchor : str
        `start`, `middle` or `end` of the rectangle, as in SVG.
    """

    arrow: Arrow
    number: str
    words: list[str]
    is_one_line: bool
    rect: Rect
    anchor: str

    @property
    def x(self) -> float:
        """Where the text is anchored."""
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return self.rect.x + share * self.rect.width


@dataclass(frozen=True)
class Bend:
    """A place where an arrow changes its lane: `along` is the middle of the bend."""

    along: float
    lane: float


@dataclass(frozen=True)
class Ribbon:
    """An arrow: straight, with bends of constant width.

    Coordinates are along the direction in which users move, and across. They are x and
    y in the wide form, and y and x in the narrow one.

    Attributes
    ----------
    arrow : Arrow
    start, end : float
        Along; the head is at `end`, or at `start` if `is_backward`.
    lane : float
        Across, at `start`.
    bends : tuple of Bend
        With rising `along`.
    width : float
    stripes : tuple of (str, float)
        Keys of states, and the shares of the width.
    is_backward : bool
    is_upright : bool
        Whether along is y.
    """

    arrow: Arrow
    start: float
    end: float
    lane: float
    bends: tuple[Bend, ...]
    width: float
    stripes: tuple[tuple[str, float], ...]
    is_backward: bool
    is_upright: bool

    @property
    def radius(self) -> float:
        """Radius of the middle line in bends."""
        return bend_radius(self.width)

    @property
    def head(self) -> float:
        """Length of the head."""
        return head_length(self.width)

    def stripe_paths(self) -> list[tuple[str, str, float]]:
        """Return the stripes: key of the state, path of the middle line, and width."""
        paths, offset = [], -self.width / 2
        for key, share in self.stripes:
            width = share * self.width
            paths.append((key, self._path(offset + width / 2), width))
            offset += width
        return paths

    def head_path(self) -> str:
        """Return the path of the arrow's head."""
        half = self.width / 2 + HEAD_OVERHANG
        if self.is_backward:
            tip, back, lane = self.start, self.start + self.head, self.lane
        else:
            tip, back, lane = self.end, self.end - self.head, self._last_lane
        corners = [(tip, lane), (back, lane - half), (back, lane + half)]
        points = " L".join(self._point(*corner) for corner in corners)
        return f"M{points}Z"

    @property
    def last_stripe(self) -> str:
        """Key of the state with the most users: the colour of the head."""
        return max(self.stripes, key=lambda stripe: stripe[1])[0]

    @property
    def _last_lane(self) -> float:
        return self.bends[-1].lane if self.bends else self.lane

    @property
    def _drawn(self) -> tuple[float, float]:
        """Where the stripes begin and end, so that they stay below the head."""
        under = self.head - 1
        if self.is_backward:
            return self.start + under, self.end
        return self.start, self.end - under

    def _path(self, offset: float) -> str:
        first, last = self._drawn
        lane = self.lane
        steps = [f"M{self._point(first, lane + offset)}"]
        for bend in self.bends:
            way = 1 if bend.lane > lane else -1
            angle, reach = bend_shape(abs(bend.lane - lane), self.radius)
            before, after = self.radius - way * offset, self.radius + way * offset
            begin = bend.along - reach
            middle = begin + before * sin(angle)
            drop = lane + offset + way * before * (1 - cos(angle))
            rise = bend.lane + offset - way * after * (1 - cos(angle))
            turn = (way > 0) != self.is_upright
            steps += [
                f"L{self._point(begin, lane + offset)}",
                f"A{before:.2f} {before:.2f} 0 0 {int(turn)} "
                + self._point(middle, drop),
                f"L{self._point(middle, rise)}",
                f"A{after:.2f} {after:.2f} 0 0 {int(not turn)} "
                + self._point(bend.along + reach, bend.lane + offset),
            ]
            lane = bend.lane
        steps.append(f"L{self._point(last, lane + offset)}")
        return "".join(steps)

    def middle_line(self, step: float = 2.0) -> Iterator[tuple[float, float]]:
        """Yield points x, y of the middle line, at most `step` pixels apart."""
        lane, here = self.lane, self.start
        for bend in self.bends:
            angle, reach = bend_shape(abs(bend.lane - lane), self.radius)
            yield from self._between((here, lane), (bend.along - reach, lane), step)
            way = 1 if bend.lane > lane else -1
            n = max(ceil(self.radius * angle / step), 1)
            for k in range(n + 1):
                turned = angle * k / n
                yield self._xy(
                    bend.along - reach + self.radius * sin(turned),
                    lane + way * self.radius * (1 - cos(turned)),
                )
                yield self._xy(
                    bend.along + reach - self.radius * sin(turned),
                    bend.lane - way * self.radius * (1 - cos(turned)),
                )
            top = lane + way * self.radius * (1 - cos(angle))
            bottom = bend.lane - way * self.radius * (1 - cos(angle))
            yield from self._between((bend.along, top), (bend.along, bottom), step)
            lane, here = bend.lane, bend.along + reach
        yield from self._between((here, lane), (self.end, lane), step)

    def _between(
        self, first: tuple[float, float], last: tuple[float, float], step: float
    ) -> Iterator[tuple[float, float]]:
        length = abs(last[0] - first[0]) + abs(last[1] - first[1])
        n = max(ceil(length / step), 1)
        for k in range(n + 1):
            share = k / n
            yield self._xy(
                first[0] + share * (last[0] - first[0]),
                first[1] + share * (last[1] - first[1]),
            )

    def _xy(self, along: float, across: float) -> tuple[float, float]:
        return (across, along) if self.is_upright else (along, across)

    def _point(self, along: float, across: float) -> str:
        x, y = self._xy(along, across)
        return f"{x:.1f} {y:.1f}"


@dataclass(frozen=True)
class MapPicture:
    """The map, ready to be drawn."""

    width: float
    height: float
    boxes: Sequence[Box]
    ribbons: Sequence[Ribbon]
    labels: Sequence[Label]


def bend_radius(width: float) -> float:
    """Return the radius of the middle line of an arrow in a bend."""
    return width / 2 + 7


def head_length(width: float) -> float:
    """Return the length of the head of an arrow."""
    return 7 + 0.4 * width


def bend_shape(shift: float, radius: float) -> tuple[float, float]:
    """Return the angle of a bend's arcs, and how far it reaches to each side.

    Two arcs of the same radius lead from one lane to the other; between lanes that are
    far apart there is a straight line between them.
    """
    if shift >= 2 * radius:
        return acos(0.0), radius
    angle = acos(1 - shift / (2 * radius))
    return angle, radius * sin(angle)
