"""The table of checks of every number of states, below the charts of selection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from user_states.figures.drawing.canvas import SMALL_SIZE, Frame
from user_states.marts import palette
from user_states.marts.texts import percent
from user_states.marts.trust_rows import CandidateRow
from user_states.selection.starts_in_words import starts_in_words

# Inches. Few models get wider columns. LEFT is the width of the row names.
COLUMN = 0.78
MIN_COLUMNS_WIDTH = 6.0
LEFT = 1.75
ROW = 0.27


def columns_width(tried: Sequence[CandidateRow]) -> float:
    """Return the width of all columns in inches, in the table and in the charts."""
    return max(COLUMN * len(tried), MIN_COLUMNS_WIDTH)


def table_height(tried: Sequence[CandidateRow]) -> float:
    """Return the height of the table in inches."""
    return ROW * len(_checks(tried))


def look(row: CandidateRow) -> tuple[str, str, float]:
    """Return colour, marker and size of a model; colour is never the only sign."""
    if row.is_chosen:
        return palette.CHOSEN if row.has_passed_guards else palette.WRONG, "D", 9
    if row.has_passed_guards:
        return palette.MUTED, "o", 6
    return palette.WRONG, "x", 8


def draw_checks(frame: Frame, tried: Sequence[CandidateRow], top: float) -> None:
    """Draw the table at `top`, in inches from the top of the frame's body."""
    rows = _checks(tried)
    width = columns_width(tried)
    axes = frame.axes_at(LEFT, top, width, ROW * len(rows))
    axes.set_axis_off()
    axes.set_xlim(-0.5, len(tried) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    style: dict[str, Any] = {"va": "center", "fontsize": SMALL_SIZE}
    left = -0.5 - 0.12 * len(tried) / width
    for i, (name, texts) in enumerate(rows):
        axes.text(left, i, name, ha="right", **style)
        for j, (row, text) in enumerate(zip(tried, texts, strict=True)):
            is_verdict = i == 0
            axes.text(
                j,
                i,
                text,
                ha="center",
                color=look(row)[0] if is_verdict else palette.INK,
                fontweight="bold" if is_verdict and row.is_chosen else "normal",
                **style,
            )


def _checks(tried: Sequence[CandidateRow]) -> list[tuple[str, list[str]]]:
    """Return the rows of the table: a name, and a text for each model."""
    return [
        ("verdict", [_verdict(row) for row in tried]),
        ("log score", [rounded(row.next_week_log_score, 4) for row in tried]),
        (
            ("behind the best", [_behind(row) for row in tried])
            if len(tried) > 1
            else ("overall rate alone", [rounded(tried[0].base_log_score, 4)])
        ),
        ("smallest state", [percent(row.smallest_state_share) for row in tried]),
        (
            "starts that found the best",
            [
                starts_in_words(row.n_starts_at_best, row.n_polished_starts)
                for row in tried
            ],
        ),
        ("refits agree", [rounded(row.stability, 2) for row in tried]),
        ("p of separation", [rounded(row.separation_p_value, 3) for row in tried]),
        ("values at a floor", [str(row.n_floor_hits) for row in tried]),
    ]


def rounded(value: float | None, digits: int) -> str:
    """Return a number with that many digits; `–` if there is none."""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def _behind(row: CandidateRow) -> str:
    if row.score_behind_best is None:
        return "–"
    error = rounded(row.score_behind_best_standard_error, 4)
    return f"{rounded(row.score_behind_best, 4)}\n± {error}"


def _verdict(row: CandidateRow) -> str:
    if row.has_passed_guards:
        return "chosen" if row.is_chosen else "passed"
    return "chosen ✗" if row.is_chosen else "failed ✗"
