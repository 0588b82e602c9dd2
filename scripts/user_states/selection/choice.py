"""The rule that chooses the number of states, and the explanation of its choice.

BIC alone chooses more states than anyone can name, because each further state also
compensates for emissions of the wrong shape (Pohle, Langrock, van Beest and Schmidt
2017, Journal of Agricultural, Biological and Environmental Statistics 22:270-293). So
models are compared by the purpose of states: predicting what held-out users do next
week.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from user_states.selection.guards import IN_SHORT, Defect
from user_states.selection.next_week_scores import Difference, UserScores
from user_states.selection.simplest_as_good import (
    ComparedCandidate,
    Judgement,
    has_scores,
    in_figures,
    is_within_one_se,
    judge,
    score_in_words,
)

# What is said where several states tell next week no better than users without moves.
NO_STATES = "No behavioural states found: users differ, but do not change."
# Other reasons for a single state.
NONE_PASSES = "One state for all users: no model of several states passes the checks."
AS_REQUESTED = "One state for all users, as requested: no other number was tried."


@dataclass(frozen=True)
class InformationCriteria:
    """Fit traded off against size, in -2 nats: less is better.

    Attributes
    ----------
    aic : float
        -2 log L + 2 p (Akaike 1974, IEEE Transactions on Automatic Control 19).
    bic : float
        -2 log L + p log n (Schwarz 1978, Annals of Statistics 6), with n the
        number of user-weeks (Zucchini, MacDonald and Langrock 2016, Hidden
        Markov Models for Time Series, section 6.1).
    icl : float
        -2 log p(x, z*) + p log n, with z* the most probable path: BIC with a penalty
        on states that cannot be distinguished (Biernacki, Celeux and Govaert 2000,
        IEEE Transactions on Pattern Analysis and Machine Intelligence
        22:719-725; for hidden Markov models Celeux and Durand 2008,
        Computational Statistics 23:541-564).
    """

    aic: float
    bic: float
    icl: float


@dataclass(frozen=True, eq=False)
class Candidate:
    """One number of states, with the evidence for and against it.

    Attributes
    ----------
    n_states : int
        K.
    scores : UserScores or None
        Scores of forecasts of next week's activity, on the same held-out users for
        every candidate; None if no held-out user has two weeks.
    bic : float
    defects : tuple of Defect
        Those of the model itself. Others are found when it is inspected.
    """

    n_states: int
    scores: UserScores | None
    bic: float
    defects: tuple[Defect, ...]


@dataclass(frozen=True)
class Inspection:
    """What other fits and other users show about one candidate.

    Attributes
    ----------
    stability : float or None
        None if another defect was found first.
    defects : tuple of Defect
    remark : str
        A sentence for the explanation, if the candidate is chosen; or empty.
    """

    stability: float | None
    defects: tuple[Defect, ...]
    remark: str = ""


# Slow, so it is called at most once for each number of states, and never for one state.
Inspect = Callable[[int], Inspection]


@dataclass(frozen=True)
class Verdict:
    """The result of the rule for one candidate.

    Attributes
    ----------
    behind_best : Difference or None
        Score of the best sound candidate minus this one's, in nats a user-week; of
        the best of all if none is sound. Negative if an unsound candidate is better.
        None without scores.
    is_within_one_se : bool
        Whether that is at most one standard error of the difference; False
        without scores.
    stability : float or None
        None if it was not measured: only candidates of at least two states are that
        were the best, or the chosen one, at some point.
    defects : tuple of Defect
        All defects that were found.
    """

    behind_best: Difference | None
    is_within_one_se: bool
    stability: float | None
    defects: tuple[Defect, ...]


@dataclass(frozen=True)
class Choice:
    """The chosen number of states, and the reason.

    Attributes
    ----------
    n_states : int
    explanation : str
        One to six sentences.
    is_sound : bool
        Whether the chosen model has no defect.
    verdicts : dict of int to Verdict
        By number of states, fewest first.
    finding : str
        Why there is one state, in a sentence; empty with more states.
    """

    n_states: int
    explanation: str
    is_sound: bool
    verdicts: dict[int, Verdict]
    finding: str = ""


@dataclass(frozen=True, eq=False)
class _Judged:
    """The result of the rule for all candidates.

    Attributes
    ----------
    rule : Judgement
        By number of states, fewest first, with all defects found.
    inspections : dict of int to Inspection
        Of the candidates that were inspected.
    """

    rule: Judgement[int, Defect]
    inspections: dict[int, Inspection]

    @property
    def candidates(self) -> dict[int, ComparedCandidate[Defect]]:
        return self.rule.candidates

    @property
    def best(self) -> int:
        return self.rule.best

    @property
    def chosen(self) -> int:
        return self.rule.chosen

    @property
    def is_sound(self) -> bool:
        return self.rule.is_sound

    def stability(self, n_states: int) -> float | None:
        inspection = self.inspections.get(n_states)
        return None if inspection is None else inspection.stability


def information_criteria(
    log_likelihood: float, path_log_likelihood: float, n_parameters: int, n_rows: int
) -> InformationCriteria:
    """Return AIC, BIC and ICL of a fit.

    Parameters
    ----------
    log_likelihood : float
        log p(x), of all rows the model was fitted on, in nats.
    path_log_likelihood : float
        log p(x, z*), of the same rows and the most probable path of each user.
    n_parameters : int
        Free parameters, p.
    n_rows : int
        User-weeks, n.
    """
    price = n_parameters * math.log(n_rows)
    return InformationCriteria(
        aic=-2.0 * log_likelihood + 2.0 * n_parameters,
        bic=-2.0 * log_likelihood + price,
        icl=-2.0 * path_log_likelihood + price,
    )


def choose(candidates: Sequence[Candidate], inspect: Inspect) -> Choice:
    """Choose the fewest states that predict next week's activity as well as the best.

    The rule is in simplest_as_good.py. If no held-out user has two weeks, the best
    candidate is the one with the least BIC, and the only finalist.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one, each with another number of states.
    inspect : callable
        From a number of states to what other fits and other users show.

    Raises
    ------
    ValueError
        If there is no candidate, or a number of states occurs twice, or only some
        candidates have scores.
    """
    by_n_states = {row.n_states: row for row in candidates}
    ordered = dict(sorted(by_n_states.items()))
    if not ordered or len(ordered) < len(candidates):
        raise ValueError(
            "expected at least one candidate, each with another number of states"
        )
    judged = _judge(ordered, inspect)
    return Choice(
        n_states=judged.chosen,
        explanation=_explanation(judged),
        is_sound=judged.is_sound,
        verdicts={n_states: _verdict(judged, n_states) for n_states in ordered},
        finding=_finding(judged),
    )


def _judge(candidates: dict[int, Candidate], inspect: Inspect) -> _Judged:
    inspections: dict[int, Inspection] = {}

    def found(n_states: int) -> tuple[Defect, ...]:
        # One state is the same for any users.
        if n_states == 1:
            return ()
        inspections[n_states] = inspect(n_states)
        return inspections[n_states].defects

    compared = {
        n_states: ComparedCandidate(row.scores, row.bic, row.defects)
        for n_states, row in candidates.items()
    }
    judged = _Judged(judge(compared, found), inspections)
    if judged.chosen == 1 and judged.is_sound and len(candidates) > 1:
        # Do users not change, or did several states fail for another reason?
        judged.rule.inspect(_best_of_several(judged))
    return judged


def _best_of_several(judged: _Judged) -> int:
    """Return the best number of two or more states, with or without defects."""
    return judged.rule.best_of([number for number in judged.candidates if number > 1])


def _verdict(judged: _Judged, n_states: int) -> Verdict:
    behind = judged.rule.behind(judged.best, n_states)
    return Verdict(
        behind_best=behind,
        is_within_one_se=is_within_one_se(behind),
        stability=judged.stability(n_states),
        defects=judged.candidates[n_states].flaws,
    )


def _explanation(judged: _Judged) -> str:
    if len(judged.candidates) == 1:
        sentences = [
            _as_asked(judged),
            _own_score(judged),
            _own_stability(judged),
            _remark(judged),
        ]
    else:
        sentences = [
            _finding(judged),
            _opening(judged),
            _comparison(judged),
            _remark(judged),
            _failures(judged),
            _end_of_range(judged),
        ]
    return " ".join(filter(None, sentences))


def _finding(judged: _Judged) -> str:
    """Say why there is one state.

    That users do not change is found if the best of several states tells next week no
    better than one state, within one standard error, or no better than users of several
    kinds who never change.
    """
    if judged.chosen > 1 or not judged.is_sound:
        return ""
    if len(judged.candidates) == 1:
        return AS_REQUESTED
    several = _best_of_several(judged)
    is_no_better = is_within_one_se(judged.rule.behind(several, 1))
    flaws = judged.candidates[several].flaws
    has_no_dynamics = any(flaw.kind == "no_dynamics" for flaw in flaws)
    return NO_STATES if is_no_better or has_no_dynamics else NONE_PASSES


def _as_asked(judged: _Judged) -> str:
    asked = f"{_states(judged.chosen)}, as requested: no other number was tried"
    if judged.is_sound:
        return f"{asked}, and the model passes the checks."
    reasons = _reasons(judged.candidates[judged.chosen])
    return f"{asked}, and the model fails the checks ({reasons})."


def _own_score(judged: _Judged) -> str:
    scores = judged.candidates[judged.chosen].scores
    if scores is None or scores.n_users == 0:
        return "There was no held-out week to score it on."
    return (
        "Its log score for next week's activity of held-out users is "
        f"{score_in_words(scores)}."
    )


def _own_stability(judged: _Judged) -> str:
    stability = judged.stability(judged.chosen)
    if stability is None:
        return ""
    return (
        f"Refits on resampled users agree at {stability:.2f}, where 1 means the same "
        "states and 0 means chance."
    )


def _remark(judged: _Judged) -> str:
    inspection = judged.inspections.get(judged.chosen)
    return "" if inspection is None else inspection.remark


def _opening(judged: _Judged) -> str:
    chosen = judged.candidates[judged.chosen]
    if not has_scores(chosen):
        merit = "the one with the least BIC"
    elif judged.chosen == judged.best:
        merit = "the one that predicts next week's activity best"
    else:
        merit = (
            "the one with the fewest states that predicts next week's activity as "
            "well as the best, within one standard error"
        )
    if judged.is_sound:
        return f"{_states(judged.chosen)}: of the models that pass the checks, {merit}."
    return (
        f"No model passes the checks; ignoring the checks, "
        f"{_states(judged.chosen)}: of all models, {merit}."
    )


def _comparison(judged: _Judged) -> str:
    best = judged.candidates[judged.best]
    if best.scores is None or not has_scores(best):
        return (
            f"BIC is {best.fallback_loss:,.0f}; it decided because there was no "
            "held-out week to score on, and it tends to choose too many states."
        )
    score = f"a log score of {best.scores.mean:.4f} nats a user-week"
    if judged.chosen != judged.best:
        behind = in_figures(judged.rule.behind(judged.best, judged.chosen))
        return (
            f"The best has {_states(judged.best)} and {score} on held-out users; the "
            f"chosen one is {behind}."
        )
    fewer = [
        n_states
        for n_states, row in judged.candidates.items()
        if n_states < judged.best and (not row.flaws or not judged.is_sound)
    ]
    if not fewer:
        return f"It has {score} on held-out users."
    runner_up = judged.rule.best_of(fewer)
    behind = in_figures(judged.rule.behind(judged.best, runner_up))
    return (
        f"It has {score} on held-out users; the best with fewer, "
        f"{_states(runner_up)}, is {behind}."
    )


def _failures(judged: _Judged) -> str:
    by_reason: dict[str, list[int]] = {}
    for n_states, row in judged.candidates.items():
        if row.flaws:
            by_reason.setdefault(_reasons(row), []).append(n_states)
    if not by_reason:
        return ""
    groups = [f"{_listed(rows)} ({reason})" for reason, rows in by_reason.items()]
    return f"Failed the checks: {'; '.join(groups)}."


def _end_of_range(judged: _Judged) -> str:
    if judged.best != max(judged.candidates):
        return ""
    if not has_scores(judged.candidates[judged.best]):
        return (
            f"BIC still falls at {_states(judged.best)}, the most that were tried, so "
            "it does not show where to stop."
        )
    return (
        f"{_states(judged.best)} is also the most that was tried, so more states may "
        "be better still."
    )


def _reasons(row: ComparedCandidate[Defect]) -> str:
    kinds = dict.fromkeys(flaw.kind for flaw in row.flaws)
    return ", ".join(IN_SHORT[kind] for kind in kinds)


def _listed(numbers: Sequence[int]) -> str:
    *others, last = map(str, numbers)
    return f"{', '.join(others)} and {last} states" if others else _states(int(last))


def _states(n_states: int) -> str:
    return f"{n_states} state{'' if n_states == 1 else 's'}"
