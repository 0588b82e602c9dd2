"""Elements of SVG with escaped attributes and texts."""

from __future__ import annotations

from functools import cache, lru_cache

from markupsafe import Markup, escape

Attribute = str | float | int | None


def element(name: str, *children: str, **attributes: Attribute) -> Markup:
    """Return an element.

    Parameters
    ----------
    name : str
    *children : str
        Markup stays as it is; other text is escaped.
    **attributes
        None leaves one out. `class_` is `class`; `_` becomes `-`.
    """
    # Plain texts, joined before they become Markup: a page has half a million of them.
    written = "".join(
        [
            f' {_attribute_name(key)}="{_written(value)}"'
            for key, value in attributes.items()
            if value is not None
        ]
    )
    if not children:
        return Markup(f"<{name}{written}/>")
    inside = "".join(
        [child if isinstance(child, Markup) else escape(child) for child in children]
    )
    return Markup(f"<{name}{written}>{inside}</{name}>")


def chart(height: int, label: str, *children: str, kind: str = "") -> Markup:
    """Return a chart as wide as its place.

    Parameters
    ----------
    height : int
        Pixels.
    label : str
        What it shows, in words. Empty: the text beside it says the same, so that
        screen readers skip it.
    *children : str
    kind : str
        Class, for the style sheet and the scripts.
    """
    return element(
        "svg",
        *children,
        class_=f"chart {kind}".strip(),
        width="100%",
        height=height,
        role="img" if label else None,
        aria_label=label or None,
        aria_hidden=None if label else "true",
    )


def text(x: str, y: float, words: str, class_: str = "", anchor: str = "") -> Markup:
    """Return a line of text; `anchor` is `middle` or `end`."""
    return element(
        "text",
        words,
        x=x,
        y=_short(y),
        class_=class_ or None,
        text_anchor=anchor or None,
    )


def rectangle(
    x: str,
    y: float,
    width: str,
    height: float,
    class_: str,
    *,
    radius: float = 0,
    tip: str = "",
) -> Markup:
    """Return a rectangle, with a tip if it has one."""
    return element(
        "rect",
        x=x,
        y=_short(y),
        width=width,
        height=_short(height),
        rx=_short(radius) if radius else None,
        class_=class_,
        data_tip=tip or None,
    )


def vertical(x: str, top: float, bottom: float, class_: str) -> Markup:
    """Return a vertical line."""
    return element("line", x1=x, x2=x, y1=_short(top), y2=_short(bottom), class_=class_)


def horizontal(y: float, class_: str, start: str = "0%", end: str = "100%") -> Markup:
    """Return a horizontal line."""
    return element("line", x1=start, x2=end, y1=_short(y), y2=_short(y), class_=class_)


def dot(x: str, y: float, radius: float, class_: str, tip: str = "") -> Markup:
    """Return a dot."""
    return element(
        "circle",
        cx=x,
        cy=_short(y),
        r=_short(radius),
        class_=class_,
        data_tip=tip or None,
    )


def stretched(width: float, height: float, *children: str) -> Markup:
    """Return a part of a chart whose own units are stretched to the whole width.

    Lines in it keep their thickness by the style sheet (`vector-effect`); it must not
    contain text or circles.
    """
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {_short(width)} {_short(height)}",
        width="100%",
        height=_short(height),
        preserveAspectRatio="none",
        class_="stretched",
    )


@lru_cache(maxsize=2**16)
def _escaped(text: str) -> str:
    return str(escape(text))


@cache
def _attribute_name(key: str) -> str:
    name = key.rstrip("_")
    return (
        name if name in {"viewBox", "preserveAspectRatio"} else name.replace("_", "-")
    )


def _written(value: str | float) -> str:
    return _escaped(value) if isinstance(value, str) else _short(value)


def _short(value: float) -> str:
    """Return a length with at most two decimals, without trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
