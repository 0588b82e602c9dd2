"""The model and how it was chosen: facts, a chart of what was tried, runs, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.svg.elements import (
    chart,
    dot,
    horizontal,
    text,
    vertical,
)
from user_states.explorer.svg.scales import Scale, per_cent, round_values
from user_states.explorer.words import listed
from user_states.explorer.words.dates import date
from user_states.explorer.words.numbers import number
from user_states.marts.candidate_marks import Z_95
from user_states.marts.distinct_features import one_of_each_group
from user_states.marts.feature_labels import FeatureLabels
from user_states.marts.marts import Marts
from user_states.marts.run_rows import LineageRow, RunRow
from user_states.marts.state_rows import ProfileRow
from user_states.marts.texts import with_minus
from user_states.marts.trust_rows import CandidateRow, DriftRow

HEIGHT, TOP, BOTTOM = 210, 24, 166
LEFT = 14.0
# Scores that lie far below the others would press these together.
MOST_BELOW = 12.0
MOST_RUNS = 12

# What happened to a state, by the values of the mart state_lineage.
_CHANGES = {
    "kept": "kept: the same state",
    "new": "new",
    "split": "split off from the state before",
    "merged": "merged with the state before",
    "ended": "ended",
}
_EMISSIONS = {
    "mixed": "probabilities of counts, shares, parts and yes or no; bell curves for "
    "other numbers",
    "gaussian": "bell curves, all of them",
}


@dataclass(frozen=True)
class LineageLine:
    """What happened to a state when the run was promoted, in words."""

    change: str
    row: LineageRow


@dataclass(frozen=True)
class Model:
    """The model that is shown, and how it was chosen.

    Attributes
    ----------
    summary : str
    facts : list of (str, str)
    choice : str
        Why it has its number of states, in the words of the fit.
    chart_title : str
    drawing : Markup or None
        None if only one number of states was tried.
    candidates : sequence of CandidateRow
    runs : sequence of RunRow
        The newest first.
    n_older_runs : int
    lineage : list of LineageLine
        Empty for the first run.
    """

    summary: str
    facts: list[tuple[str, str]]
    choice: str
    chart_title: str
    drawing: Markup | None
    candidates: Sequence[CandidateRow]
    runs: Sequence[RunRow]
    n_older_runs: int
    lineage: list[LineageLine]


def model_of(marts: Marts) -> Model:
    """Return the model and how it was chosen."""
    run = marts.shown_run
    candidates = marts.rows(CandidateRow)
    scored = [row for row in candidates if row.next_week_log_score is not None]
    runs = marts.rows(RunRow)
    n_states = len(marts.model_states)
    noun = "state" if n_states == 1 else "states"
    return Model(
        summary=f"hidden Markov model, {n_states} {noun}",
        facts=_facts(marts, run),
        choice=with_minus(run.choice) if run else "",
        chart_title=_chart_title(scored),
        drawing=_chart(scored) if len(scored) > 1 else None,
        candidates=candidates,
        runs=runs[:MOST_RUNS],
        n_older_runs=max(len(runs) - MOST_RUNS, 0),
        lineage=[
            LineageLine(_CHANGES.get(row.relation, row.relation), row)
            for row in marts.rows(LineageRow)
            if row.run_id == marts.run_id and row.previous_run_id
        ],
    )


def _facts(marts: Marts, run: RunRow | None) -> list[tuple[str, str]]:
    read = [row.feature for row in marts.rows(DriftRow)]
    known = dict.fromkeys(row.feature for row in marts.rows(ProfileRow))
    described = [feature for feature in known if feature not in read]
    facts = [("Model", "Hidden Markov model: each user is in one state every week")]
    if read:
        facts.append(("Reads each week", _features(read, marts.labels)))
    if described and read:
        facts.append(("Describes only", _features(described, marts.labels)))
    chosen = next((row for row in marts.rows(CandidateRow) if row.is_chosen), None)
    tried = [row.n_states for row in marts.rows(CandidateRow)]
    if run:
        span = f" of {min(tried)} to {max(tried)} tried" if len(tried) > 1 else ""
        facts.append(("States", f"{run.n_states}{span}"))
        how = _EMISSIONS.get(run.emissions, run.emissions)
        facts.append(("Features are", f"{how} ({run.emissions})"))
    if chosen:
        facts += [
            (
                "Fitted on",
                f"{number(chosen.n_training_users)} users with a completed ride",
            ),
            (
                "Judged on",
                f"{number(chosen.n_holdout_users)} users who were kept out of the fit",
            ),
        ]
    if run:
        facts += [
            (
                "Weeks",
                f"{date(run.first_week_start)} to {date(run.last_week_start)}",
            ),
            ("Run", f"{run.run_id}, made {date(run.created_at.date())}"),
            (
                "Its checks",
                "passed all" if run.has_passed_guards else run.defects or "not passed",
            ),
        ]
    return facts


def _features(features: Sequence[str], labels: FeatureLabels) -> str:
    firsts = one_of_each_group(features, labels, str, lambda _: 0.0)
    words = [labels.of(name).group or labels.of(name).text for name in firsts]
    return listed([word[:1].lower() + word[1:] for word in dict.fromkeys(words)])


def _chart_title(rows: Sequence[CandidateRow]) -> str:
    chosen = next((row for row in rows if row.is_chosen), None)
    if chosen is None:
        return "Log score of next week by number of states"
    best = max(rows, key=lambda row: row.next_week_log_score or 0.0)
    if best.n_states == chosen.n_states:
        return f"{chosen.n_states} states predict next week best"
    return f"{chosen.n_states} states, though {best.n_states} predict slightly better"


def _chart(rows: Sequence[CandidateRow]) -> Markup:
    """Return the scores by number of states; the chosen one is full."""
    scores = [row.next_week_log_score or 0.0 for row in rows]
    best = max(scores)
    errors = [row.next_week_log_score_standard_error or 0.0 for row in rows]
    span = max(4 * max(errors), 1e-4)
    low = max(min(scores), best - MOST_BELOW * span / 4) - span / 2
    up = Scale(low, best + span / 2, BOTTOM, TOP)
    first, last = rows[0].n_states, rows[-1].n_states
    across = Scale(first - 0.5, last + 0.5, LEFT, 100)
    marks = []
    for value in round_values(up.low, up.high, 3):
        y = up.at(value)
        marks += [
            horizontal(y, "", per_cent(LEFT)),
            text("0%", y + 4, f"{value:.4g}".replace("-", "−"), "pale"),
        ]
    for row, score, error in zip(rows, scores, errors, strict=True):
        x = across.across(row.n_states)
        chosen = row.is_chosen
        label = "strong" if chosen else "pale"
        marks.append(text(x, BOTTOM + 22, str(row.n_states), label, "middle"))
        if score < up.low:
            marks.append(text(x, BOTTOM - 2, "↓", "pale", "middle"))
            continue
        top = max(up.at(score + Z_95 * error), TOP - 12)
        bottom = min(up.at(score - Z_95 * error), BOTTOM)
        tip = f"{row.n_states} states: {score:.5f}\n{row.verdict}".replace("-", "−")
        passed = "ink" if chosen else "hollow"
        kind = passed if row.has_passed_guards else "failed"
        marks += [
            vertical(x, top, bottom, "axis"),
            dot(x, up.at(score), 6 if chosen else 4.5, kind, tip),
        ]
    marks.append(text("100%", BOTTOM + 40, "number of states", "pale", "end"))
    return chart(HEIGHT, "", *marks, kind="tried")
