"""The chart of the numbers of states that were tried."""

from __future__ import annotations

from user_states.explorer.charts import Chart, axis, layout
from user_states.explorer.inline import chart_text
from user_states.marts import palette
from user_states.marts.candidate_marks import Z_95
from user_states.marts.marts import Marts
from user_states.marts.trust_rows import CandidateRow

# By whether a number of states was chosen and whether it passed its checks.
# `marks_in_words` describes these marks.
SELECTION_SYMBOLS = {
    (True, True): "diamond",
    (True, False): "diamond-x-open",
    (False, True): "circle-open",
    (False, False): "x-thin-open",
}


def selection(marts: Marts) -> Chart:
    """Return the score of every number of states, each with its mark.

    The chart is empty if only one was tried; the page then says so.
    """
    rows = [
        row for row in marts.rows(CandidateRow) if row.next_week_log_score is not None
    ]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [row.n_states for row in rows],
        "y": [row.next_week_log_score for row in rows],
        "error_y": {
            "type": "data",
            "array": [
                Z_95 * (row.next_week_log_score_standard_error or 0.0) for row in rows
            ],
            "color": palette.MUTED,
        },
        "marker": {
            "opacity": 1,
            "size": [14 if row.is_chosen else 10 for row in rows],
            "line": {"width": 2},
            "symbol": [
                SELECTION_SYMBOLS[row.is_chosen, row.has_passed_guards] for row in rows
            ],
            "color": [
                palette.INK if row.has_passed_guards else palette.WRONG for row in rows
            ],
        },
        "hovertemplate": "%{x} states: %{y:.5f}<br>%{hovertext}<extra></extra>",
        "hovertext": [chart_text(row.verdict) for row in rows],
    }
    return Chart(
        [trace] if len(rows) > 1 else [],
        layout(
            300,
            xaxis=axis("number of states", dtick=1),
            yaxis=axis("log score of next week"),
        ),
    )
