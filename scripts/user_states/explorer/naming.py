"""States in sentences: how they are called, and what is true of their users."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.words import in_reading_order, starting_large
from user_states.marts.state_rows import ShownState, WordRow

# A sentence about a state is true of at least this share of its users.
LEAST_TRUE = 0.8

# What each word of a name means, as the end of a sentence about users. For any other
# word the mart's own meaning is shown.
_SENTENCES = {
    "daily": "ride at least five times a week",
    "very frequent": "ride at least three times a week",
    "frequent": "ride at least three times in two weeks",
    "weekly": "ride about once a week (0.5 to 2.5 times)",
    "fortnightly": "ride about every second week (0.3 to 0.8 times a week)",
    "monthly": "ride about once a month (0.1 to 0.4 times a week)",
    "regular": "ride at least once in two weeks",
    "occasional": "ride, but less than once a week",
    "rare": "ride less than once in four weeks",
    "infrequent": "ride less than once a week",
    "silent for months": "have not ridden for eight weeks or more",
    "silent for weeks": "have not ridden for three weeks or more",
    "briefly active": "started to ride within the past four weeks",
    "active": "rode within the past four weeks",
    "commuting": "most rides from 6 to 10 or 16 to 20 on Monday to Thursday",
    "weekend nights": "most rides on Friday to Sunday between 20 and 6",
    "weekend evenings": "most rides on Friday to Sunday after 16",
    "weekend daytime": "most rides on Friday to Sunday from 6 to 16",
    "workday daytime": "most rides on Monday to Thursday from 6 to 16",
    "workday evenings": "most rides on Monday to Thursday after 16",
    "nights": "most rides between 20 and 6",
    "evenings": "most rides after 16",
    "mornings": "most rides from 6 to 10",
    "daytime": "most rides from 6 to 16",
    "weekends": "most rides on Friday to Sunday",
    "travelling": "most rides in a city that is not their usual one",
    "with coupons": "a coupon on every fourth ride or more",
}
NOT_STARTED = "Asked for a ride, but have not completed one yet."


@dataclass(frozen=True)
class Sentence:
    """One sentence about a state.

    Attributes
    ----------
    text : str
    true_share : float or None
        Share of users of whom it is true; None where that is not measured.
    """

    text: str
    true_share: float | None


def called(state: ShownState) -> Markup:
    """Return a state's short name for a sentence, on a ground of the state's colour.

    So any name stands apart from the words around it, also one with commas. Sentences
    are put together with `Markup.format`, which keeps the other texts escaped.
    """
    return Markup('<span class="state-name k{}">{}</span>').format(
        state.place, in_reading_order(state.state_short_name)
    )


def sentence_about(state: ShownState, words: Iterable[WordRow]) -> Sentence:
    """Return what is true of at least 80% of a state's users, as far as it is known."""
    if state.family is None:
        return Sentence(NOT_STARTED, None)
    true = [
        row
        for row in words
        if row.state_id == state.state_id
        and row.is_in_name
        and row.true_share >= LEAST_TRUE
    ]
    if not true:
        return Sentence(_by_numbers(state), None)
    # What people do comes before when and where they do it.
    known = sorted(
        (_SENTENCES.get(row.word, row.meaning) for row in true),
        key=lambda text: not text.startswith(("ride", "have", "started", "rode")),
    )
    text = starting_large(", ".join(known))
    return Sentence(f"{text}.", min(row.true_share for row in true))


def _by_numbers(state: ShownState) -> str:
    if state.active_share is None:
        return "No user has been in it yet."
    return f"Ride in {100 * state.active_share:.0f} of 100 weeks, on average."
