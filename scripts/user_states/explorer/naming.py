"""States in sentences: how they are called, and what is true of their users."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor

from markupsafe import Markup

from user_states.explorer.words import in_reading_order, starting_large
from user_states.explorer.words.numbers import percent
from user_states.marts.state_rows import ShownState, WordRow

# A word of a sentence about a state is true of at least this share of its users.
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
    "steady": "in at least four of five weeks",
    "in bursts": (
        "1.5 times or more in weeks with a ride, and not in over a fifth of weeks"
    ),
    "one at a time": "fewer than 1.5 times in weeks with a ride",
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
    is_least : bool
        Whether the share is a lower bound: each word of the sentence was tested by
        itself.
    whom : str
        Of which users, as the end of a sentence, such as ` of those four weeks or
        longer in it`; empty if of all users of the state.
    has_own_shares : bool
        Whether each word has its own share, because all at once are true of too few.
    """

    text: str
    true_share: float | None
    is_least: bool = False
    whom: str = ""
    has_own_shares: bool = False

    @property
    def true_of(self) -> str:
        """Of whom the sentence is true: `True of at least 73%.`; may be empty."""
        if self.true_share is None:
            return ""
        least = "at least " if self.is_least else ""
        # A bound must not be rounded up.
        share = floor(100 * self.true_share) / 100 if least else self.true_share
        start = "All of it is true" if self.has_own_shares else "True"
        return f"{start} of {least}{percent(share)}{self.whom}."


def called(state: ShownState) -> Markup:
    """Return a state's short name for a sentence, on a ground of the state's colour.

    So any name stands apart from the words around it, also one with commas. Sentences
    are put together with `Markup.format`, which keeps the other texts escaped.
    """
    return Markup('<span class="state-name k{}">{}</span>').format(
        state.place, in_reading_order(state.state_name)
    )


def sentence_about(state: ShownState, words: Iterable[WordRow]) -> Sentence:
    """Return what is true of a state's users, as far as it is known.

    Each word is true of at least 80% of the users on whom it could be tested. Of how
    many of them a sentence of several words is true was counted at the fit; for runs of
    earlier versions only a lower bound is known: a user of whom the sentence is false
    is counted by a word that is false.

    Parameters
    ----------
    state : ShownState
    words : iterable of WordRow
        Of any states.
    """
    if state.family is None:
        return Sentence(NOT_STARTED, None)
    of_name = [
        row for row in words if row.state_id == state.state_id and row.is_in_name
    ]
    true = [row for row in of_name if row.true_share >= LEAST_TRUE]
    if not true:
        return Sentence(_by_numbers(state), None)
    # What people do comes before when and where they do it.
    known = sorted(
        ((_SENTENCES.get(row.word, row.meaning), row.true_share) for row in true),
        key=lambda pair: not pair[0].startswith(("ride", "have", "started", "rode")),
    )
    text = starting_large(", ".join(words for words, _ in known))
    joint = true[0].name_true_share
    if len(true) == len(of_name) and joint is not None:
        if len(true) == 1 or joint >= LEAST_TRUE:
            return Sentence(f"{text}.", joint, whom=_whom(true))
        parts = [f"{words} ({percent(share)} of them)" for words, share in known]
        text = starting_large(", ".join(parts))
        return Sentence(f"{text}.", joint, whom=_whom(true), has_own_shares=True)
    n_tested = min(row.n_users_tested for row in true)
    n_false = sum((1 - row.true_share) * row.n_users_tested for row in true)
    share = max(1 - n_false / n_tested, 0.0) if n_tested else None
    return Sentence(f"{text}.", share, len(true) > 1, _whom(true))


def _whom(words: Sequence[WordRow]) -> str:
    """Return on which users all words were tested: not on those in short stays."""
    left_out = [row for row in words if row.n_users_in_shorter_stays]
    if not left_out:
        return ""
    if any(row.word_kind in ("tempo", "spread") for row in left_out):
        return " of those four weeks or longer in it"
    return " of those four weeks or longer in it, or with a ride since they came"


def _by_numbers(state: ShownState) -> str:
    if state.active_share is None:
        return "No user has been in it yet."
    return f"Ride in {100 * state.active_share:.0f} of 100 weeks, on average."
