"""Model selection: how well each number of states predicts, and which failed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from user_states.figures.drawing.canvas import SMALL_LINE, SMALL_SIZE, Frame, framed
from user_states.figures.drawing.selection_table import (
    LEFT,
    columns_width,
    draw_checks,
    look,
    rounded,
    table_height,
)
from user_states.figures.drawing.text_sizes import wrap_to_width
from user_states.figures.picture import Picture
from user_states.marts import palette
from user_states.marts.candidate_marks import Z_95, marks_in_words
from user_states.marts.marts import Marts, NothingToDrawError
from user_states.marts.texts import with_minus
from user_states.marts.trust_rows import CandidateRow

# Inches.
SCORE_HEIGHT, BEHIND_HEIGHT = 2.6, 1.5
BETWEEN = 0.35
# Smallest range of the axis of differences, in nats per user-week.
MIN_REACH = 0.0005
# Most characters of the description of a model's defects.
MAX_REASON = 260


def draw_model_selection(marts: Marts) -> Figure:
    """Draw the score and the checks of every number of states that was tried.

    If only one was tried, there is nothing to compare: only the table is drawn.

    Raises
    ------
    NothingToDrawError
        If the champion has no certificate.
    """
    tried = marts.rows(CandidateRow)
    if not tried:
        raise NothingToDrawError(
            "model_selection is empty: no model has been fitted, or the champion was "
            "stored before choices were recorded"
        )
    is_judged = all(row.next_week_log_score is not None for row in tried)
    width = LEFT + columns_width(tried) + 0.6
    reasons = _reasons(tried, width - 0.6)
    is_compared = len(tried) > 1
    charts = 0.0
    if is_compared:
        charts = SCORE_HEIGHT + 0.5 + (BETWEEN + BEHIND_HEIGHT if is_judged else 0)
    table = table_height(tried)
    frame = framed(
        width,
        charts + table + 0.35 + SMALL_LINE * len(reasons),
        "How many states? Score and checks of each number"
        if is_compared
        else f"Only one number of states was tried, {tried[0].n_states}: its checks",
        with_minus(tried[0].choice)
        + (f" {marks_in_words(tried)}" if is_compared else ""),
        f"{_how_it_was_judged(tried)}; marts.model_selection; {marts.source_line}",
    )
    if is_compared:
        _draw_charts(frame, tried, is_judged)
    draw_checks(frame, tried, charts)
    axes = frame.axes_at(
        0, charts + table + 0.25, frame.width, SMALL_LINE * len(reasons)
    )
    axes.set_axis_off()
    axes.set_ylim(max(len(reasons), 1), 0)
    for number, line in enumerate(reasons):
        axes.text(0, number, line, va="top", fontsize=SMALL_SIZE, color=palette.WRONG)
    return frame.figure


def _draw_charts(frame: Frame, tried: Sequence[CandidateRow], is_judged: bool) -> None:
    width = columns_width(tried)
    score = frame.axes_at(LEFT, 0.05, width, SCORE_HEIGHT)
    if not is_judged:
        _draw_points(score, tried, [row.bic for row in tried], None)
        score.set_ylabel("BIC\n(less is better)")
        _finish(score, tried)
        return
    _draw_points(
        score,
        tried,
        [row.next_week_log_score or 0.0 for row in tried],
        [Z_95 * (row.next_week_log_score_standard_error or 0.0) for row in tried],
    )
    score.set_ylabel("next week's log score\n(nats per user-week)")
    _draw_base_score(score, tried)
    _finish(score, tried, show_numbers=False)
    behind = frame.axes_at(LEFT, 0.05 + SCORE_HEIGHT + BETWEEN, width, BEHIND_HEIGHT)
    behind.axhline(0, color=palette.MUTED, linewidth=1)
    _draw_points(
        behind,
        tried,
        [-(row.score_behind_best or 0.0) for row in tried],
        [row.score_behind_best_standard_error or 0.0 for row in tried],
    )
    behind.set_ylabel("compared with\nbest that passed\n(nats)")
    _finish(behind, tried)
    _zoom_in(behind, tried)


def _zoom_in(axes: Axes, tried: Sequence[CandidateRow]) -> None:
    """Limit the axis to the differences that matter, and point to the others.

    These are the ones within one standard error, and the nearest one beyond.
    """
    reach = {
        row.n_states: abs(row.score_behind_best or 0.0)
        + (row.score_behind_best_standard_error or 0.0)
        for row in tried
    }
    near = [reach[row.n_states] for row in tried if row.is_within_one_standard_error]
    beyond = sorted(value for value in reach.values() if value > max(near, default=0.0))
    low = -1.5 * max([*near, *beyond[:1], MIN_REACH])
    high = -low / 2
    axes.set_ylim(low, high)
    for place, row in enumerate(tried):
        ahead = -(row.score_behind_best or 0.0)
        if low <= ahead <= high:
            continue
        edge = low if ahead < low else high
        axes.annotate(
            f"{ahead:+.3f}".replace("-", "−"),
            (place, edge),
            (place, edge * 0.72),
            arrowprops={"arrowstyle": "-|>", "color": look(row)[0]},
            ha="center",
            va="center",
            fontsize=SMALL_SIZE,
            color=look(row)[0],
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )


def _draw_base_score(axes: Axes, tried: Sequence[CandidateRow]) -> None:
    """Draw the score of a forecast that knows only the overall rate."""
    base = tried[0].base_log_score
    if base is None:
        return
    axes.axhline(base, color=palette.MUTED, linewidth=1, linestyle=(0, (4, 2)))
    axes.annotate(
        f"overall rate alone {rounded(base, 4)}",
        (0, base),
        (3, 3),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        fontsize=SMALL_SIZE,
        color=palette.MUTED,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
    )


def _draw_points(
    axes: Axes,
    tried: Sequence[CandidateRow],
    values: Sequence[float],
    errors: Sequence[float] | None,
) -> None:
    """Draw a point for each number of states: chosen, passed or failed."""
    for place, row in enumerate(tried):
        colour, marker, size = look(row)
        axes.errorbar(
            place,
            values[place],
            yerr=errors[place] if errors else None,
            color=colour,
            marker=marker,
            markersize=size,
            markerfacecolor=colour if row.has_passed_guards else "white",
            markeredgewidth=1.6,
            capsize=4,
            linewidth=1.4,
        )
        if row.is_chosen and not row.has_passed_guards:
            axes.plot(
                place,
                values[place],
                "x",
                color=colour,
                markersize=size - 4,
                markeredgewidth=1.4,
                zorder=4,
            )


def _finish(
    axes: Axes, tried: Sequence[CandidateRow], *, show_numbers: bool = True
) -> None:
    axes.set_xlim(-0.5, len(tried) - 0.5)
    numbers = [str(row.n_states) for row in tried]
    axes.set_xticks(range(len(tried)), numbers if show_numbers else [""] * len(tried))
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y")
    axes.margins(y=0.15)
    if show_numbers:
        axes.set_xlabel("number of states")
    for place, row in enumerate(tried):
        if row.is_chosen:
            axes.axvspan(place - 0.5, place + 0.5, color=palette.CHOSEN, alpha=0.06)


def _reasons(tried: Sequence[CandidateRow], width: float) -> list[str]:
    """Return the defects of each model that failed, broken into lines."""
    numbers: dict[str, list[int]] = {}
    for row in tried:
        if not row.has_passed_guards:
            numbers.setdefault(str(row.defects), []).append(row.n_states)
    return [
        line
        for defects, refused in numbers.items()
        for line in wrap_to_width(
            f"✗ {', '.join(map(str, refused))} states: "
            + textwrap.shorten(defects, MAX_REASON, placeholder=" …"),
            width,
            SMALL_SIZE,
        )
    ]


def _how_it_was_judged(tried: Sequence[CandidateRow]) -> str:
    row = tried[0]
    if row.next_week_log_score is None:
        return "Chosen by BIC, because there was no later week to judge by"
    judged = f"Judged on {row.n_holdout_users:,} users that no model was fitted on"
    if len(tried) == 1:
        return judged
    return (
        f"{judged}. Above: 95% intervals. Below: one standard error of the "
        "difference, by user"
    )


PICTURE = Picture(
    "model_selection", (CandidateRow,), lambda marts, _: draw_model_selection(marts)
)
