"""How sure personas are: whether they fit, are found again, and predict anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.parts.divisions_picture import share_words
from user_states.explorer.words import (
    LONGEST_REASON,
    decimal,
    shortened,
    starting_large,
)
from user_states.explorer.words.numbers import percent
from user_states.marts.persona_rows import PersonaFitRow, PersonaFusionRow

# Agreement of refits from which the same personas come again.
_SAME_AGAIN, _MOSTLY_AGAIN = 0.8, 0.6
# Shares of what is uncertain that are little, and much.
_A_LITTLE, _A_LOT = 0.02, 0.1
# What a persona may predict: as the fit says it, and within a sentence.
_OUTCOMES = {
    "an event in the seven days after the day of the conversation": (
        "whether customers are active in the week after"
    ),
}
_KEPT_OUT = "Measured with customers who were kept out of the search."


@dataclass(frozen=True)
class SureLine:
    """A question, its answer in a few words, and what it means."""

    question: str
    answer: str
    meaning: str


@dataclass(frozen=True)
class FusionLine:
    """Personas by one share of the text, for analysts."""

    share: str
    n_personas: int
    core: str
    stability: str
    cohesion: str
    coherence: str
    gain: str
    verdict: str


@dataclass(frozen=True)
class PersonaGain:
    """How much of what is uncertain a persona explains: shares, and of what."""

    share: float
    low: float
    high: float
    outcome: str

    @property
    def helps(self) -> bool:
        """Whether they are certain to help."""
        return self.low > 0


def persona_gain(
    fit: PersonaFitRow, fusions: Sequence[PersonaFusionRow]
) -> PersonaGain | None:
    """Return the gain as a share of what is uncertain with everybody in one group.

    None if it is not known. Everybody's log score is that of the personas less their
    gain.
    """
    chosen = next((row for row in fusions if row.is_chosen), None)
    if fit.gain is None or fit.gain_lower is None or fit.gain_upper is None:
        return None
    if chosen is None or chosen.log_score is None or chosen.gain is None:
        return None
    uncertainty = chosen.gain - chosen.log_score
    if uncertainty <= 0:
        return None
    return PersonaGain(
        fit.gain / uncertainty,
        fit.gain_lower / uncertainty,
        fit.gain_upper / uncertainty,
        _OUTCOMES.get(fit.outcome or "", f"whether there is {fit.outcome}"),
    )


def use_of(gain: PersonaGain | None) -> str:
    """Return what personas are good for, for somebody who writes to customers."""
    what = "For you: a persona says what to write about, and when."
    if gain is None:
        return f"{what} Whether it also says whom to write to is not measured yet."
    if gain.helps:
        how_much = _how_much(gain.share)
        return f"{what} It also helps {how_much} to predict {gain.outcome}."
    return (
        f"{what} It does not say whom to write to: it is not certain to help to "
        f"predict {gain.outcome}."
    )


def sure_lines(fit: PersonaFitRow, gain: PersonaGain | None) -> list[SureLine]:
    """Return what is known about the personas as a whole."""
    found = [_fit_line(fit)]
    if fit.stability is not None:
        found.append(_again_line(fit.stability))
    found.append(_gain_line(gain))
    return found


def forced(fit: PersonaFitRow) -> str:
    """Return that a check failed if personas were published all the same."""
    if not fit.is_forced:
        return ""
    return (
        "These personas failed a check and were published all the same: take them as a "
        "first look, and do not build on them."
    )


def _fit_line(fit: PersonaFitRow) -> SureLine:
    core = round(100 * fit.core_share)
    note = "They lie among many that are alike."
    if core < 100:
        note += (
            f" The other {100 - core} went to the nearest persona, so it fits them "
            "less."
        )
    return SureLine(
        "Does each conversation fit its persona?", f"{core} of 100 fit closely", note
    )


def _again_line(stability: float) -> SureLine:
    answer = (
        "Yes"
        if stability >= _SAME_AGAIN
        else "Mostly"
        if stability >= _MOSTLY_AGAIN
        else "Not reliably"
    )
    return SureLine(
        "Would other customers show the same personas?",
        f"{answer}: {stability:.2f} of 1",
        "We searched again among four fifths of the customers, several times. 1 means "
        "that the same conversations came together each time, 0 that only chance did.",
    )


def _gain_line(gain: PersonaGain | None) -> SureLine:
    question = "Does a persona predict what the customer does next?"
    if gain is None:
        return SureLine(
            question,
            "Not measured yet",
            "It needs conversations of customers of whom it is known what came after.",
        )
    between = f"between {share_words(gain.low)} and {share_words(gain.high)}"
    if gain.helps:
        return SureLine(
            question,
            f"{starting_large(_how_much(gain.share))}: {share_words(gain.share)}",
            f"The persona explains so much of the uncertainty about {gain.outcome}, "
            f"{between}. {_KEPT_OUT}",
        )
    if gain.high < 0:
        return SureLine(
            question,
            "No: it misleads",
            f"Forecasts of {gain.outcome} were worse with the persona than without. "
            f"{_KEPT_OUT}",
        )
    return SureLine(
        question,
        "No effect found",
        f"The persona explains at most {share_words(gain.high)} of the uncertainty "
        f"about {gain.outcome}, and perhaps nothing. {_KEPT_OUT}",
    )


def _how_much(share: float) -> str:
    """Return a share of what is uncertain in words."""
    return (
        "a little" if share < _A_LITTLE else "a lot" if share >= _A_LOT else "somewhat"
    )


def words_only(fit: PersonaFitRow) -> str:
    """Return what is lost if texts are compared by their words; empty if nothing is."""
    if not fit.embedder.startswith("tfidf"):
        return ""
    return (
        "Texts are compared by their words only, so two words for the same thing, such "
        "as “price” and “fare”, may be in different personas. A network that knows "
        "which words mean the same can be installed."
    )


def fusion_lines(rows: Sequence[PersonaFusionRow]) -> list[FusionLine]:
    """Return a line for each share of the text that was tried."""
    return [
        FusionLine(
            share=f"{percent(row.text_share)} text",
            n_personas=row.n_personas,
            core="–" if row.core_share is None else percent(row.core_share),
            stability=decimal(row.stability, 2),
            cohesion=(
                f"{decimal(row.cohesion_of_all, 2)}, core "
                f"{decimal(row.cohesion_of_core, 2)}, any two "
                f"{decimal(row.base_cohesion, 2)}"
            ),
            coherence=decimal(row.coherence, 2),
            gain=_gain_words(row),
            verdict="taken"
            if row.is_chosen
            else shortened(row.why_not, LONGEST_REASON) or "not clearly better",
        )
        for row in rows
    ]


def _gain_words(row: PersonaFusionRow) -> str:
    if row.gain is None:
        return "–"
    return (
        f"{decimal(row.gain, 4)} ({decimal(row.gain_lower, 4)} to "
        f"{decimal(row.gain_upper, 4)})"
    )
