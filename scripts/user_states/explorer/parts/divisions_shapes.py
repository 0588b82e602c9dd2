"""How tight and how far apart groups are, by their number: it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.elements import chart, dot, element, stretched, text
from user_states.explorer.svg.scales import Scale
from user_states.marts.segment_rows import DivisionRow

HEIGHT, TOP, BOTTOM = 150, 22.0, 118.0
K_MEANS = "k_means"


@dataclass(frozen=True)
class Shape:
    """One plot: its title, a note, and the drawing."""

    title: str
    note: str
    drawing: Markup


def shapes_of(rows: Sequence[DivisionRow]) -> list[Shape]:
    """Return the elbow and the silhouette of k-means, where they are known."""
    own = sorted(
        (row for row in rows if row.kind == K_MEANS and row.setting),
        key=lambda row: row.setting or 0,
    )
    found = []
    elbow = [(row.setting or 0, row.inertia) for row in own if row.inertia is not None]
    if len(elbow) > 1:
        bend = next((row.setting for row in own if row.is_elbow), None)
        found.append(
            Shape(
                "The elbow" + (f": it bends at {bend}" if bend else ""),
                "Sum of squared distances to the middles of the groups, which always "
                "falls.",
                _line(elbow, bend, "Sum of squared distances by number of groups", 0),
            )
        )
    widths = [
        (row.setting or 0, row.silhouette) for row in own if row.silhouette is not None
    ]
    if len(widths) > 1:
        best = next((row.setting for row in own if row.is_best_silhouette), None)
        found.append(
            Shape(
                "The silhouette" + (f": highest at {best}" if best else ""),
                "How much nearer customers are to their own group than to the next "
                "one: 1 is far apart, 0 is none.",
                _line(widths, best, "Silhouette by number of groups", 2),
            )
        )
    return found


def _line(
    values: Sequence[tuple[int, float]], marked: int | None, label: str, digits: int
) -> Markup:
    low, high = min(v for _, v in values), max(v for _, v in values)
    down = Scale(min(low, 0.0), high, BOTTOM, TOP)
    across = Scale(values[0][0], values[-1][0], 4, 96)
    points = " ".join(f"{across.at(n):.1f},{down.at(v):.1f}" for n, v in values)
    marks = [
        stretched(100, HEIGHT, element("polyline", points=points, class_="line soft"))
    ]
    for n, value in values:
        is_marked = n == marked
        words = f"{value:,.{digits}f}".replace("-", "−")
        marks.append(
            dot(
                across.across(n),
                down.at(value),
                6 if is_marked else 4,
                "ink ringed" if is_marked else "back",
                f"{n} groups: {words}",
            )
        )
        marks.append(text(across.across(n), HEIGHT - 8, str(n), "pale", "middle"))
        if is_marked:
            anchor = "start" if n == values[0][0] else "middle"
            anchor = "end" if n == values[-1][0] else anchor
            y = down.at(value) - 12
            marks.append(text(across.across(n), y, words, "strong", anchor))
    return chart(HEIGHT, label, *marks)
