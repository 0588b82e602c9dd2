"""What simulated users, staff and programs write, message by message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from user_states.messages.simulated_conversations import (
    DAY_SECONDS,
    MessageSettings,
    StartedConversations,
)
from user_states.messages.simulated_topics import (
    BOOKING_LETTER,
    CAMPAIGN_LETTERS,
    CITY_NAMES,
    CLOSINGS,
    NOTICE,
    OPENINGS,
    SHORT_WORDS,
    SLOTS,
    TOPICS,
    Topic,
)
from user_states.rides.simulated_population import Generator

CUSTOMER, AGENT, BOT = "user", "agent", "bot"
# Shares of conversations that get a notice, an answer, a second message before an
# answer, and one after it; of users without capital letters.
_NOTICE_SHARE, _ANSWER_SHARE, _MORE_SHARE, _LATER_SHARE = 0.35, 0.6, 0.2, 0.6
_SMALL_LETTERS_SHARE, _POLITE_SHARE = 0.15, 0.5
_CHANNELS = ("chat", "email", "in_app")
# Of a conversation in own words: the number of others that filters set aside.
_EXACT_SHARE, _NEAR_SHARE, _QUOTE_SHARE = 0.03, 0.03, 0.02
_LENGTH_SHARE, _TEMPLATE_SHARE = 0.04, 0.03
_LONG_SHARE, _LONG_SENTENCES = 0.1, 130
# Shorter texts differ too much by one more word.
_LEAST_WORDS_OF_NEAR_COPIES = 20
_MORE_WORDS = ("again", "please", "urgent", "soon", "today", "really")
_BOOKINGS = 8
_N_AGENTS = 6
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class WrittenMessage:
    """One message.

    Attributes
    ----------
    second : int
        Since the first Monday, UTC.
    role : str
    agent : int or None
        Who of the staff wrote it.
    answers : int or None
        Place in the conversation of the message that it answers.
    """

    second: int
    role: str
    body: str
    agent: int | None = None
    answers: int | None = None


@dataclass(frozen=True)
class WrittenConversation:
    """One conversation of a user, and what it is.

    Attributes
    ----------
    user : int
    messages : tuple of WrittenMessage
    topic : str or None
        None for a text about nothing.
    filter_name : str or None
        The filter that should set it aside; None for a user's own words.
    """

    user: int
    channel: str
    messages: tuple[WrittenMessage, ...]
    topic: str | None = None
    filter_name: str | None = None
    is_before_lapse: bool = False


def write_conversations(
    rng: Generator,
    started: StartedConversations,
    currencies: Sequence[str],
    settings: MessageSettings,
) -> Iterator[WrittenConversation]:
    """Write what users say, what is answered, and what filters set aside.

    Parameters
    ----------
    started : StartedConversations
    currencies : sequence of str
        In words, by user.
    """
    columns = (started.user, started.topic, started.second, started.is_before_lapse)
    is_small: dict[int, bool] = {}
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for user, number, second, before in rows:
        small = is_small.setdefault(user, rng.random() < _SMALL_LETTERS_SHARE)
        pen = _Pen(rng, currencies[user], is_small=small)
        topic = TOPICS[number]
        own = WrittenConversation(
            user,
            _picked(rng, _CHANNELS),
            tuple(_messages(pen, topic, second)),
            topic.name,
            is_before_lapse=before,
        )
        yield own
        if settings.has_copies:
            yield from _set_aside(pen, own, topic)


def write_bookings(
    rng: Generator, user: int, n_weeks: int, first_week: int
) -> Iterator[WrittenConversation]:
    """Write letters that a hotel's program sends by the account of a user."""
    pen = _Pen(rng, "euros", is_small=False)
    begin, end = first_week * 7 * DAY_SECONDS, n_weeks * 7 * DAY_SECONDS
    for _ in range(_BOOKINGS):
        message = WrittenMessage(
            int(rng.integers(begin, end)), CUSTOMER, pen.filled(BOOKING_LETTER)
        )
        yield WrittenConversation(
            user, "in_app", (message,), filter_name="automatic_or_staff"
        )


class _Pen:
    """Fills sentences, in the style of one user."""

    def __init__(self, rng: Generator, currency: str, *, is_small: bool) -> None:
        self.rng = rng
        self._currency = currency
        self._is_small = is_small
        # One conversation is about one driver and one thing.
        self._same = {name: self.picked(SLOTS[name]) for name in ("driver", "thing")}

    def picked(self, options: Sequence[str]) -> str:
        return _picked(self.rng, options)

    def filled(self, text: str) -> str:
        return _SLOT.sub(lambda found: self._word(found[1]), text)

    def sentence(self, text: str, topic: Topic) -> str:
        text = self.filled(text)
        if not text.endswith("?"):
            text += "!" if self.rng.random() < topic.exclaims else "."
        text = text[0].upper() + text[1:]
        return text.lower() if self._is_small else text

    def some(self, options: Sequence[str], most: int) -> list[str]:
        count = int(self.rng.integers(1, most + 1))
        places = self.rng.permutation(len(options))[:count]
        return [options[place] for place in places.tolist()]

    def _word(self, name: str) -> str:
        rng = self.rng
        if name in self._same:
            return self._same[name]
        if name in SLOTS:
            return self.picked(SLOTS[name])
        if name == "amount":
            return f"{rng.uniform(5, 60):.2f} {self._currency}"
        if name == "minutes":
            return str(rng.integers(5, 60))
        if name == "digit":
            return str(rng.integers(1, 9))
        if name == "name":
            return self.picked(CITY_NAMES)
        if name == "link":
            return f"https://ride.example/{rng.integers(10**6)}"
        return str(rng.integers(1_000, 100_000))


def _messages(pen: _Pen, topic: Topic, second: int) -> Iterator[WrittenMessage]:
    """Write what a user says about a topic, and what is answered."""
    rng = pen.rng
    yield WrittenMessage(second, CUSTOMER, _first_text(pen, topic))
    place = 0
    if rng.random() < _NOTICE_SHARE:
        place += 1
        yield WrittenMessage(second + 5, BOT, pen.filled(NOTICE), answers=0)
    if rng.random() < _MORE_SHARE:
        second += int(rng.integers(30, 300))
        place += 1
        yield WrittenMessage(
            second, CUSTOMER, pen.sentence(pen.picked(topic.details), topic)
        )
    if rng.random() >= _ANSWER_SHARE:
        return
    second += _delay(rng, 2_400)
    agent = int(rng.integers(_N_AGENTS))
    answer = f"Hello, {pen.filled(pen.picked(topic.answers))}. Best regards"
    yield WrittenMessage(second, AGENT, answer, agent=agent, answers=place)
    place += 1
    if rng.random() < _LATER_SHARE:
        text = pen.sentence(pen.picked(topic.later), topic)
        second += _delay(rng, 1_800)
        yield WrittenMessage(second, CUSTOMER, text, answers=place)


def _first_text(pen: _Pen, topic: Topic) -> str:
    rng = pen.rng
    parts = [pen.sentence(pen.picked(topic.problems), topic)]
    parts += [pen.sentence(text, topic) for text in pen.some(topic.details, 3)]
    if rng.random() < 0.7:
        parts.append(pen.sentence(pen.picked(topic.wishes), topic))
    if rng.random() < _POLITE_SHARE:
        parts.insert(0, pen.picked(OPENINGS) + ",")
    if rng.random() < _POLITE_SHARE:
        parts.append(pen.picked(CLOSINGS))
    if topic.emojis and rng.random() < 0.5:
        parts.append(pen.picked(topic.emojis))
    return " ".join(parts)


def _set_aside(
    pen: _Pen, own: WrittenConversation, topic: Topic
) -> Iterator[WrittenConversation]:
    """Write conversations of the same user that filters should find."""
    rng = pen.rng
    text = "\n".join(m.body for m in own.messages if m.role == CUSTOMER)
    begin = own.messages[-1].second
    shares = {
        "exact_duplicate": _EXACT_SHARE,
        "near_duplicate": _NEAR_SHARE,
        "quote_only": _QUOTE_SHARE,
        "length": _LENGTH_SHARE,
        "template": _TEMPLATE_SHARE,
    }
    for name, share in shares.items():
        if rng.random() >= share:
            continue
        if name == "near_duplicate" and (
            len(text.split()) < _LEAST_WORDS_OF_NEAR_COPIES
        ):
            continue
        is_copy = name in ("exact_duplicate", "near_duplicate")
        body = _body_set_aside(pen, name, text, topic)
        second = begin + int(rng.integers(DAY_SECONDS, 4 * DAY_SECONDS))
        yield WrittenConversation(
            own.user,
            "survey" if name == "length" else own.channel,
            (WrittenMessage(second, CUSTOMER, body),),
            own.topic if is_copy else None,
            name,
            own.is_before_lapse and is_copy,
        )


def _body_set_aside(pen: _Pen, name: str, text: str, topic: Topic) -> str:
    rng = pen.rng
    if name == "exact_duplicate":
        return text.upper() if rng.random() < 0.3 else f"{text} ..."
    if name == "near_duplicate":
        return f"{text} {pen.picked(_MORE_WORDS)}"
    if name == "quote_only":
        quoted = pen.filled(pen.picked(topic.problems))
        return pen.picked(
            (f"Fwd: {quoted}\n{quoted}", f"> {quoted}\n> Regards\nsee this")
        )
    if name == "template":
        return pen.filled(pen.picked(CAMPAIGN_LETTERS))
    if rng.random() < _LONG_SHARE:
        sentences = (pen.picked(topic.details) for _ in range(_LONG_SENTENCES))
        return ". ".join(pen.filled(sentence) for sentence in sentences)
    return pen.picked(SHORT_WORDS)


def _delay(rng: Generator, median: int) -> int:
    return int(median * rng.lognormal(0, 0.8)) + 20


def _picked(rng: Generator, options: Sequence[str]) -> str:
    return options[int(rng.random() * len(options))]
