"""Which division of customers is published, and the reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from user_states.segments.division_evidence import DivisionEvidence
from user_states.segments.given_labels import EVERYBODY, GIVEN_DIVISIONS
from user_states.segments.outcome_scores import DivisionGain
from user_states.segments.segment_checks import SegmentFlaw
from user_states.segments.segment_kinds import SEGMENT_KINDS
from user_states.selection.next_week_scores import paired_difference
from user_states.selection.simplest_as_good import (
    ComparedCandidate,
    Judgement,
    in_figures,
    is_within_one_se,
    judge,
)

OUTCOMES_IN_WORDS = {
    "active_next_week": "activity next week",
    "active_in_four_weeks": "activity within four weeks",
    "purchase_next_week": "a purchase or ride next week",
    "purchase_in_four_weeks": "a purchase or ride within four weeks",
}

_RANKS = {kind.name: rank for rank, kind in enumerate(SEGMENT_KINDS)}


@dataclass(frozen=True)
class SegmentChoice:
    """What is published, and why.

    Attributes
    ----------
    chosen : str
        Name of a division; EVERYBODY if none is worth publishing.
    explanation : str
        In sentences.
    is_published : bool
    is_forced : bool
        Whether it is published only because that was asked for.
    why_not : dict of str to str
        By name of each division that is not published, the reason.
    """

    chosen: str
    explanation: str
    is_published: bool
    is_forced: bool
    why_not: dict[str, str]


def choose_division(
    evidence: Sequence[DivisionEvidence],
    flaws: Mapping[str, tuple[SegmentFlaw, ...]],
    gains: Mapping[str, DivisionGain | None],
    outcome: str,
    *,
    is_forced: bool = False,
) -> SegmentChoice:
    """Choose the simplest division that predicts an outcome as well as the best.

    The rule is in simplest_as_good.py; simple are few segments, and then the first of
    SEGMENT_KINDS. Everybody as one group is a candidate; other given divisions exist
    already, and are compared only.

    Parameters
    ----------
    evidence : sequence of DivisionEvidence
        EVERYBODY among them.
    flaws : mapping of str to tuple of SegmentFlaw
        Of every fitted division.
    gains : mapping of str to DivisionGain or None
        Over everybody as one group, in the outcome.
    outcome : str
        That decides.
    is_forced : bool
        Whether the best fitted division with a rule is published, if none is worth it.
    """
    rows = {row.name: row for row in evidence}
    fitted = [row for row in evidence if not row.is_given]
    pool = [rows[EVERYBODY], *sorted(fitted, key=_simplicity)]
    rule = judge(
        {
            row.name: ComparedCandidate(
                row.scores[outcome], row.n_segments, flaws.get(row.name, ())
            )
            for row in pool
        }
    )
    words = _Words(rows, rule, gains, outcome)
    chosen, explanation = rule.chosen, words.explanation()
    forced = [row.name for row in fitted if row.has_rule and row.n_segments > 1]
    is_by_force = is_forced and chosen == EVERYBODY and bool(forced)
    if is_by_force:
        chosen = rule.best_of(forced)
        explanation = f"Published by force: {rows[chosen].label}. {explanation}"
    return SegmentChoice(
        chosen=chosen,
        explanation=explanation,
        is_published=chosen != EVERYBODY,
        is_forced=is_by_force,
        why_not={
            name: words.why_not(name)
            for name in rows
            if name != chosen or name == EVERYBODY
        },
    )


def _simplicity(row: DivisionEvidence) -> tuple[int, int, int]:
    return row.n_segments, _RANKS[row.kind], row.setting or 0


class _Words:
    """The sentences about one choice."""

    def __init__(
        self,
        rows: Mapping[str, DivisionEvidence],
        rule: Judgement[str, SegmentFlaw],
        gains: Mapping[str, DivisionGain | None],
        outcome: str,
    ) -> None:
        self._rows = rows
        self._rule = rule
        self._gains = gains
        self._outcome = outcome
        self._what = OUTCOMES_IN_WORDS.get(outcome, outcome)

    def explanation(self) -> str:
        if self._rule.chosen == EVERYBODY:
            return self._nothing()
        sentences = [self._opening(), self._gain(), *self._beside_given()]
        return " ".join(filter(None, sentences))

    def why_not(self, name: str) -> str:
        row = self._rows[name]
        if name == EVERYBODY:
            return "one group for everybody divides nobody"
        if row.is_given:
            return "it exists already, and is compared only"
        flaws = self._rule.candidates[name].flaws
        if flaws:
            return "; ".join(flaw.text for flaw in flaws)
        best, chosen = self._rule.best, self._rule.chosen
        behind = self._rule.behind(best, name)
        if behind is None:
            return "it cannot be judged yet: no outcome of a held-out customer is known"
        if name != best and not is_within_one_se(behind):
            return f"it is {in_figures(behind)}, of the best, {self._label(best)}"
        return (
            f"{self._label(chosen)} is simpler, and as good within one standard error"
        )

    def _label(self, name: str) -> str:
        return self._rows[name].label

    def _nothing(self) -> str:
        if self._rows[EVERYBODY].scores[self._outcome].n_users == 0:
            return (
                "Nothing is published: of no held-out customer is it known whether "
                f"there was {self._what}, so no division can be judged."
            )
        several = [
            name for name, row in self._rule.candidates.items() if name != EVERYBODY
        ]
        if not several:
            return "Nothing is published: no division was tried."
        best = self._rule.best_of(several)
        gain = self._gains.get(best)
        told = _in_words(gain) if gain else "it could not be compared"
        if gain is None or gain.low <= 0:
            return (
                f"Nothing is published: everybody as one group predicts {self._what} "
                f"as well as any division. The best, {self._label(best)}, gains {told}."
            )
        reasons = "; ".join(flaw.text for flaw in self._rule.candidates[best].flaws)
        return (
            f"Nothing is published: no division that predicts {self._what} better than "
            f"everybody as one group passes the checks. The best, {self._label(best)}, "
            f"gains {told}, but {reasons or 'a simpler one is as good'}."
        )

    def _opening(self) -> str:
        best, chosen = self._rule.best, self._rule.chosen
        if chosen == best:
            return (
                f"{_capital(self._label(chosen))}: of the divisions that pass the "
                f"checks, the one that predicts {self._what} best."
            )
        return (
            f"{_capital(self._label(chosen))}: of the divisions that pass the checks, "
            f"the simplest that predicts {self._what} as well as the best, within one "
            f"standard error. The best is {self._label(best)}; the chosen one is "
            f"{in_figures(self._rule.behind(best, chosen))}."
        )

    def _gain(self) -> str:
        gain = self._gains.get(self._rule.chosen)
        if gain is None:
            return ""
        return f"It gains {_in_words(gain)} over everybody as one group."

    def _beside_given(self) -> list[str]:
        chosen = self._rows[self._rule.chosen]
        return [
            compared_in_words(chosen, row, self._outcome, subject="it")
            for name, row in self._rows.items()
            if row.is_given and name != EVERYBODY
        ]


def compared_in_words(
    a: DivisionEvidence, b: DivisionEvidence, outcome: str, subject: str = ""
) -> str:
    """Return how much better or worse one division predicts an outcome, in a sentence.

    Parameters
    ----------
    a, b : DivisionEvidence
    outcome : str
    subject : str
        What the sentence calls the first one; by default its label.
    """
    difference = paired_difference(a.scores[outcome], b.scores[outcome])
    word = "better" if difference.mean >= 0 else "worse"
    what = OUTCOMES_IN_WORDS.get(outcome, outcome)
    label = GIVEN_DIVISIONS.get(b.name, b.label)
    distance = f"{abs(difference.mean):.4f} nats {word}"
    return f"{_capital(subject or a.label)} predicts {what} {distance} than {label}."


def _in_words(gain: DivisionGain) -> str:
    return (
        f"{gain.difference.mean:.5f} nats a customer-week (95 % interval "
        f"{gain.low:.5f} to {gain.high:.5f})"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
