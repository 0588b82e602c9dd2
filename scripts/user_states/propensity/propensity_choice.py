"""Which model is published, and the reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from user_states.propensity.candidate_models import CandidateModel
from user_states.propensity.propensity_scores import PropensityScores
from user_states.propensity.rival_forecasts import RFM_LOGISTIC, RIVAL_LABELS
from user_states.segments.outcome_scores import DivisionGain, gains
from user_states.selection.simplest_as_good import ComparedCandidate, in_figures, judge


@dataclass(frozen=True)
class PropensityChoice:
    """What is published, and why.

    Attributes
    ----------
    chosen : str
        Name of the simplest candidate that is as good as the best.
    explanation : str
        In sentences.
    is_published, is_forced : bool
        Whether it is published, and only because that was asked for.
    gains : dict of str to DivisionGain
        How much better it forecasts than each rival, in nats a row, with the 95 %
        interval by customer.
    """

    chosen: str
    explanation: str
    is_published: bool
    is_forced: bool
    gains: dict[str, DivisionGain]

    @property
    def gain_over_rfm(self) -> DivisionGain | None:
        """The gain over recency, frequency and value; None without such features."""
        return self.gains.get(RFM_LOGISTIC)


def choose_propensity(
    scores: Mapping[str, PropensityScores],
    candidates: Sequence[CandidateModel],
    seed: int,
    *,
    is_forced: bool = False,
) -> PropensityChoice:
    """Choose the simplest candidate that is as good as the best, and judge its worth.

    The rule is in simplest_as_good.py. It is published if the interval of its gain is
    above 0 over every rival: recency, frequency and value alone can be worse than one
    rate for everybody, and a model that predicts nothing would beat them.

    Parameters
    ----------
    scores : mapping of str to PropensityScores
        Of all candidates and rivals.
    candidates : sequence of CandidateModel
        The simplest first.
    seed : int
        Of the resamples.
    is_forced : bool
        Whether it is published in any case.
    """
    labels = {candidate.name: candidate.label for candidate in candidates}
    rule = judge(
        {
            name: ComparedCandidate[str](scores[name].by_customer, 0.0, ())
            for name in labels
        }
    )
    best, chosen = rule.best, rule.chosen
    found = _gains(scores, chosen, seed)
    is_worth = all(gain.low > 0 for gain in found.values())
    place = "which forecasts best"
    if chosen != best:
        place = (
            "the simplest that forecasts as well as the best within one standard error "
            f"(the best is {labels[best]}; the chosen one is "
            f"{in_figures(rule.behind(best, chosen))})"
        )
    sentences = [f"Chosen: {labels[chosen]}, {place}."]
    sentences += [_gain_in_words(name, gain) for name, gain in found.items()]
    if not is_worth:
        sentences.append(
            "Published by force."
            if is_forced
            else "It is not published: the interval of a gain is not above 0."
        )
    return PropensityChoice(
        chosen,
        " ".join(sentences),
        is_worth or is_forced,
        is_forced and not is_worth,
        found,
    )


def _gains(
    scores: Mapping[str, PropensityScores], chosen: str, seed: int
) -> dict[str, DivisionGain]:
    found = {}
    for name in RIVAL_LABELS:
        if name in scores:
            pair = {key: scores[key].by_customer for key in (chosen, name)}
            gain = gains(pair, name, seed)[chosen]
            if gain is not None:
                found[name] = gain
    return found


def _gain_in_words(rival: str, gain: DivisionGain) -> str:
    return (
        f"It gains {gain.difference.mean:.5f} nats a customer-week over "
        f"{RIVAL_LABELS[rival]} (95 % interval {gain.low:.5f} to {gain.high:.5f})."
    )
