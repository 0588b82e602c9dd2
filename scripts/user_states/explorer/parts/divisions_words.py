"""Ways to divide customers in sentences: what each predicts, and what that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from user_states.explorer.words import counted, listed, starting_large
from user_states.explorer.words.numbers import number
from user_states.marts.segment_rows import DivisionRow

# Divisions that exist without a search: as beginnings, and within sentences.
GIVEN = {
    "everybody": ("Everybody as one group", "everybody as one group"),
    "rfm": ("RFM: how lately, how often, how much", "RFM"),
    "states": ("The states", "the states"),
    "cohorts": ("Groups by rule", "the groups by rule"),
    "crm_labels": ("Labels of the CRM", "the labels of the CRM"),
}
_OUTCOMES = {
    "active_next_week": ("who is active next week", "next week’s activity"),
    "active_in_four_weeks": (
        "who is active within four weeks",
        "activity within four weeks",
    ),
    "purchase_next_week": ("who buys next week", "next week’s purchases"),
    "purchase_in_four_weeks": ("who buys within four weeks", "purchases in four weeks"),
}
EVERYBODY = "everybody"


def who(outcome: str) -> str:
    """Return an outcome as what is not known yet: `who is active next week`."""
    return _OUTCOMES.get(outcome, (outcome.replace("_", " "),))[0]


def what(outcome: str) -> str:
    """Return an outcome as a noun: `next week’s activity`."""
    return _OUTCOMES.get(outcome, (outcome.replace("_", " "),))[-1]


def is_given(row: DivisionRow) -> bool:
    """Return whether a division exists without a search."""
    return row.division in GIVEN


def row_name(row: DivisionRow) -> str:
    """Return the name of a division in a table, with its algorithm."""
    if is_given(row):
        return GIVEN[row.division][0]
    return starting_large(row.label)


def plain_name(row: DivisionRow) -> str:
    """Return the name of a division in the picture, without its algorithm."""
    if is_given(row):
        return GIVEN[row.division][0]
    new = "" if row.is_published else ", the best that was found anew"
    return f"{starting_large(counted(row.n_segments, 'segment'))}{new}"


def in_sentence(row: DivisionRow) -> str:
    """Return the name of a division within a sentence, without its algorithm."""
    if is_given(row):
        return GIVEN[row.division][1]
    return f"the {counted(row.n_segments, 'segment')}"


def predicts(row: DivisionRow) -> str:
    """Return a division with its verb: `the states predict`, `RFM predicts`."""
    is_one = row.division in ("rfm", EVERYBODY)
    return f"{in_sentence(row)} {'predicts' if is_one else 'predict'}"


def gain_of(row: DivisionRow) -> float:
    """Return the gain over everybody, in nats; minus infinity if it is not known."""
    return float("-inf") if row.gain_over_base is None else row.gain_over_base


def with_gain(row: DivisionRow) -> DivisionRow:
    """Return a division with its gain: that of everybody over everybody is 0."""
    if row.division != EVERYBODY or row.log_score is None:
        return row
    return replace(
        row, gain_over_base=0.0, gain_over_base_low=0.0, gain_over_base_high=0.0
    )


def overlap(one: DivisionRow, other: DivisionRow) -> bool:
    """Return whether two ways may predict equally well.

    Over RFM the difference has a range of its own, by the same customers. Otherwise
    they may if the ranges of their gains have something in common.
    """
    if (
        other.division == "rfm"
        and one.gain_over_rfm_low is not None
        and one.gain_over_rfm_high is not None
    ):
        return one.gain_over_rfm_low <= 0 <= one.gain_over_rfm_high
    ends = [
        (row.gain_over_base_low or 0.0, row.gain_over_base_high or 0.0)
        for row in (one, other)
    ]
    return max(low for low, _ in ends) <= min(high for _, high in ends)


def beats_everybody(row: DivisionRow) -> bool:
    """Return whether the whole range of the gain over everybody is above zero."""
    return row.gain_over_base_low is not None and row.gain_over_base_low > 0


def in_nats(one: DivisionRow, other: DivisionRow) -> str:
    """Return how much better or worse one division predicts than another."""
    difference = gain_of(one) - gain_of(other)
    word = "better" if difference >= 0 else "worse"
    name = one.label if not is_given(one) else GIVEN[one.division][1]
    return (
        f"{starting_large(name)} predicts {what(one.outcome)} "
        f"{abs(difference):.3f} nats {word} than {in_sentence(other)}."
    )


def title_of(rows: Sequence[DivisionRow], published: DivisionRow | None) -> str:
    """Return the finding.

    Parameters
    ----------
    rows : sequence of DivisionRow
        With a gain, the best first.
    published : DivisionRow or None
    """
    if published is None:
        return "No segments are published: none is worth it yet"
    rivals = [row for row in rows if is_given(row) and row.division != EVERYBODY]
    told = who(published.outcome)
    n_segments = counted(published.n_segments, "segment")
    if not rivals:
        return f"{n_segments} predict {told} better than everybody as one group"
    best = rivals[0]
    if overlap(published, best):
        return f"{n_segments} predict {told} about as well as {in_sentence(best)}"
    if gain_of(best) > gain_of(published):
        return f"{n_segments} are published, but {predicts(best)} {told} better"
    names = listed([in_sentence(row) for row in rivals])
    return f"{n_segments} predict {told} better than {names}"


def meaning_of(rows: Sequence[DivisionRow], published: DivisionRow | None) -> str:
    """Return what that means for somebody who writes to customers."""
    if published is None:
        return _without_segments(rows)
    rivals = [row for row in rows if is_given(row) and row.division != EVERYBODY]
    told = who(published.outcome)
    if not rivals or (
        gain_of(published) > gain_of(rivals[0]) and not overlap(published, rivals[0])
    ):
        return (
            f"For you: choose by these segments whom to write to, because nothing else "
            f"here predicts better {told}."
        )
    best = in_sentence(rivals[0])
    if overlap(published, rivals[0]):
        return (
            f"For you: to choose whom to write to, take whichever you know better, the "
            f"segments or {best}. The segments also say what customers do, so take "
            "them to decide what to write."
        )
    return (
        f"For you: go by {best} to choose whom to write to. The segments say what "
        "customers do, so take them to decide what to write."
    )


def _without_segments(rows: Sequence[DivisionRow]) -> str:
    searched = [row for row in rows if not is_given(row)]
    given = [
        row
        for row in rows
        if is_given(row) and row.division != EVERYBODY and beats_everybody(row)
    ]
    best = predicts(given[0]) if given else ""
    told = who(given[0].outcome) if given else ""
    keep = (
        f"For you: keep to a way that you have already. {starting_large(best)} {told} "
        "better than everybody as one group."
        if given
        else "For you: treat customers as one group for now: nothing predicts better."
    )
    return f"{_why_nothing(searched)} {keep}"


def _why_nothing(searched: Sequence[DivisionRow]) -> str:
    if not searched:
        return "No way of dividing customers anew could be judged."
    best = searched[0]
    told = who(best.outcome)
    tried = f"New ways to divide customers that were tried: {number(len(searched))}."
    if not beats_everybody(best):
        return (
            f"{tried} None surely predicts {told} better than everybody as one group."
        )
    return (
        f"{tried} Some predict "
        f"{told}, but each fails a check: it changes with every search, has a tiny "
        "segment, or cannot be told of new customers. The fold says which."
    )
