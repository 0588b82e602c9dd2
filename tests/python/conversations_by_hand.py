"""The 36 behavioural columns of conversations, by plain Python loops."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

_APOSTROPHES = "'’-"
Message = Mapping[str, Any]


def features_by_hand(messages: Sequence[Message]) -> dict[tuple[str, str], list[float]]:
    """Return the columns by conversation and author, in the order of the mart.

    Parameters
    ----------
    messages : sequence of mappings
        message_id, conversation_id, author, sent_at (in the default time zone),
        reply_to_id and body.
    """
    found = {}
    for conversation in sorted({m["conversation_id"] for m in messages}):
        ordered = sorted(
            (m for m in messages if m["conversation_id"] == conversation),
            key=lambda m: (m["sent_at"], m["message_id"]),
        )
        answers = _answers(ordered)
        for author in {m["author"] for m in ordered}:
            own = [m for m in ordered if m["author"] == author]
            found[conversation, author] = [
                *_times(own),
                *_interactions(own, ordered, answers),
                *_styles([_without_links(m["body"]) for m in own]),
            ]
    return found


def _times(own: Sequence[Message]) -> list[float]:
    sent = [m["sent_at"] for m in own]
    angles = [2 * math.pi * at.hour / 24 for at in sent]
    weekdays = [2 * math.pi * at.weekday() / 7 for at in sent]
    gaps = [_minutes(*pair) for pair in itertools.pairwise(sent)]
    return [
        statistics.fmean(map(math.sin, angles)),
        statistics.fmean(map(math.cos, angles)),
        *(_share(at.hour // 6 == part for at in sent) for part in range(4)),
        statistics.fmean(map(math.sin, weekdays)),
        statistics.fmean(map(math.cos, weekdays)),
        _share(at.weekday() in (5, 6) for at in sent),
        math.log1p(_minutes(sent[0], sent[-1])),
        math.log1p(statistics.median(gaps) if gaps else 0),
        math.log1p(len({at.date() for at in sent})),
    ]


def _answers(ordered: Sequence[Message]) -> dict[str, Message | None]:
    """Return the message of somebody else that each one answers, if any."""
    found: dict[str, Message | None] = {}
    for number, message in enumerate(ordered):
        named = _parent(message, ordered)
        answered = named or (ordered[number - 1] if number else None)
        is_own = answered is None or answered["author"] == message["author"]
        found[message["message_id"]] = None if is_own else answered
    return found


def _parent(message: Message, ordered: Sequence[Message]) -> Message | None:
    earlier = ordered[: list(ordered).index(message)]
    return next((m for m in earlier if m["message_id"] == message["reply_to_id"]), None)


def _depth(message: Message, ordered: Sequence[Message]) -> int:
    parent = _parent(message, ordered)
    return 0 if parent is None else 1 + _depth(parent, ordered)


def _interactions(
    own: Sequence[Message],
    ordered: Sequence[Message],
    answers: Mapping[str, Message | None],
) -> list[float]:
    depths = [_depth(m, ordered) for m in own]
    answered_ids = {m["message_id"] for m in answers.values() if m}
    replies = [(m, answers[m["message_id"]]) for m in own]
    waits = [_minutes(other["sent_at"], m["sent_at"]) for m, other in replies if other]
    texts = [_without_links(m["body"]) for m in own]
    n_words = max(1, sum(len(_words(text)) for text in texts))
    n_links = sum(m["body"].count("https://") for m in own)
    return [
        math.log1p(len(own)),
        len(own) / len(ordered),
        math.log1p(len({m["author"] for m in ordered})),
        max(depths),
        statistics.fmean(depths),
        float(own[0] is ordered[0]),
        _share(other is not None for _, other in replies),
        _share(m["message_id"] in answered_ids for m in own),
        sum(len(re.findall(r"(?:^|\s)@\w", text)) for text in texts) / n_words,
        n_links / n_words,
        _share("?" in text for text in texts),
        math.log1p(waits[0] if waits else 0),
    ]


def _styles(texts: Sequence[str]) -> list[float]:
    words = [word for text in texts for word in _words(text)]
    logs = [math.log1p(len(_words(text))) for text in texts]
    characters = [c for text in texts for c in text if not c.isspace()]
    letters = [c for c in characters if c.isalpha()]
    n_words = max(1, len(words))

    def density(*signs: str) -> float:
        return sum(text.count(sign) for sign in signs for text in texts) / n_words

    return [
        statistics.fmean(logs),
        statistics.pstdev(logs),
        sum(c.isalnum() for c in characters) / n_words,
        density("!"),
        density("?"),
        density("...", "…"),
        density(","),
        sum(c.isupper() for c in letters) / max(1, len(letters)),
        sum(c.isdigit() for c in characters) / max(1, len(characters)),
        density("😀", "🚕"),
        _diversity([word.lower() for word in words]),
        _share(text.startswith(">") or '"' in text for text in texts),
    ]


def _words(text: str) -> list[str]:
    words, word = [], ""
    for place, sign in enumerate(text + " "):
        is_inside = (
            sign in _APOSTROPHES and word and text[place + 1 : place + 2].isalnum()
        )
        if sign.isalnum() or is_inside:
            word += sign
        elif word:
            words.append(word)
            word = ""
    return words


def _diversity(words: Sequence[str]) -> float:
    if not words:
        return 0
    size = min(20, len(words))
    windows = [words[start : start + size] for start in range(len(words) - size + 1)]
    return statistics.fmean(len(set(window)) / size for window in windows)


def _without_links(body: str) -> str:
    return re.sub(r"https://\S+", "", body)


def _minutes(earlier: dt.datetime, later: dt.datetime) -> float:
    return (later - earlier).total_seconds() / 60


def _share(flags: Any) -> float:
    return statistics.fmean(map(float, flags))
