"""Conversations of known kinds: in own words, or what one of six filters finds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

_VOCABULARY = """
    account again airport always answer app arrive ask bag bank bill blue book break
    bring broken bus buy call cancel car card cash change charge cheap child city
    clean close code cold come cost could country coupon customer day delay
    different door drive driver early easy email empty evening expensive explain
    fare fast feel find fine first forget free friend front full get give glad good
    great half happy hard hear help holiday home hotel hour house idea inside
    invoice job just keep key kind know language late leave left letter light like
    line long look lose lost lot love lunch make map maybe meet message minute miss
    money month morning move much music name near need never new next nice night
    nothing number offer office old only open order other outside paid paper park
    part pass pay people person phone pick place plan please point polite price
    problem public quick quiet quite rain reach read ready reason receipt refund
    ride right road room rude safe same save say school seat see send service share
    short show sign simple sit slow small smell soon sorry speak special stand start
    station stay still stop street sure take talk taxi tell thank thing think ticket
    time tired today together tomorrow tonight town traffic train travel trip try
    turn understand use usual very voucher wait walk want warm wash watch water way
    week welcome well window without woman wonder word work worry write wrong
    yesterday young
"""
_WORDS = tuple(_VOCABULARY.split())
_NAMES = (
    "Ada",
    "Ben",
    "Carla",
    "Dmitri",
    "Eve",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jo",
)
_LETTERS = (
    "Dear {name}, thank you for order {number}. You can follow it at {link}",
    "Hello {name}, your voucher {number} ends on {number}. Use it in the app",
    "Hi {name}, how was your trip of {number} euros? Tell us here: {link}",
    "{number} people looked at this offer today, see {link} before {number}",
)
_NOTICES = (
    "Your car arrives in {number} minutes. The driver is {name}",
    "Invoice {number} was paid. Receipt: {link}",
    "Code {number} is valid for {number} minutes",
)
SHARE_OF_EACH = 0.1


def planted_messages(n: int, seed: int) -> tuple[pd.DataFrame, pd.Series[str]]:
    """Return messages of `n` conversations, and what each conversation is.

    One in ten is of each of the six kinds that filters set aside; the others are empty.
    A repeat comes after what it repeats.
    """
    draw = np.random.default_rng(seed)
    n_each = int(n * SHARE_OF_EACH)
    own = [list(_own_messages(draw)) for _ in range(n - 6 * n_each)]
    long_ones = [each for each in own if sum(len(m.split()) for m in each) >= 55]
    rows: list[tuple[str, str | None, list[str]]] = [("", None, each) for each in own]
    for number in range(n_each):
        repeated = own[draw.integers(len(own))]
        nearly = long_ones[draw.integers(len(long_ones))]
        rows += [
            ("exact_duplicate", None, _as_other_signs(repeated)),
            ("near_duplicate", None, _with_another_word(nearly, draw)),
            ("quote_only", None, [_quote(draw)]),
            ("length", None, [_too_short_or_long(draw)]),
            ("template", None, [_filled(_LETTERS[number % len(_LETTERS)], draw)]),
            _automatic(number, draw),
        ]
    keys = [f"c{number:05d}" for number in range(len(rows))]
    truth = pd.Series([kind for kind, _, _ in rows], index=keys)
    frame = pd.DataFrame(
        [
            (key, author or f"a{key}", role, body)
            for key, (kind, who, bodies) in zip(keys, rows, strict=True)
            for author, role in [_author(kind, who)]
            for body in bodies
        ],
        columns=["conversation_key", "author_key", "author_role", "body"],
    )
    begin = pd.Timestamp("2024-03-04", tz="UTC")
    frame["sent_at"] = begin + pd.to_timedelta(np.arange(len(frame)), unit="min")
    return frame.sample(frac=1, random_state=seed), truth


def _author(kind: str, who: str | None) -> tuple[str | None, str | None]:
    if kind != "automatic_or_staff":
        return None, None
    return who, "staff" if who == "staff" else None


def _automatic(number: int, draw: np.random.Generator) -> tuple[str, str, list[str]]:
    """Return one of a notifier without a role, or an answer of staff in own words."""
    if number % 2:
        return "automatic_or_staff", "staff", list(_own_messages(draw))
    notice = _NOTICES[draw.integers(len(_NOTICES))]
    return "automatic_or_staff", f"notifier {number % 3}", [_filled(notice, draw)]


def _own_messages(draw: np.random.Generator) -> Iterator[str]:
    for number in range(draw.integers(1, 5)):
        words = [str(word) for word in draw.choice(_WORDS, draw.integers(5, 40))]
        if draw.random() < 0.2:
            words.insert(2, str(draw.integers(1000)))
        if draw.random() < 0.2:
            words.insert(3, str(draw.choice(_NAMES)))
        text = " ".join(words).capitalize() + str(draw.choice([".", "!", "?", ""]))
        # An answer below a quotation is the customer's own.
        yield (
            f"> {draw.choice(_WORDS)}\n{text}"
            if number and draw.random() < 0.1
            else text
        )


def _as_other_signs(bodies: list[str]) -> list[str]:
    return [f"  {body.upper()} …" if ">" not in body else body for body in bodies]


def _with_another_word(bodies: list[str], draw: np.random.Generator) -> list[str]:
    """Change a word: of 55 words it is in 3 of 53 shingles, a Jaccard index of 0.89."""
    texts = [body.split(" ") for body in bodies]
    message = texts[draw.integers(len(texts))]
    message[-1 if len(message) < 6 else draw.integers(3, len(message))] = "zebra"
    return [" ".join(words) for words in texts]


def _quote(draw: np.random.Generator) -> str:
    text = " ".join(str(word) for word in draw.choice(_WORDS, 12))
    return str(
        draw.choice(
            [
                f"RT @{draw.choice(_WORDS)}: {text}",
                f"Fwd: {text}\n{text}",
                f"> {text}\n> {text}\nthis",
                f"-----Original Message-----\nFrom: x\n{text}",
                f"See below\nOn Monday, 4 March 2024, Ada wrote:\n{text}",
            ]
        )
    )


def _too_short_or_long(draw: np.random.Generator) -> str:
    if draw.random() < 0.2:
        return " ".join(str(word) for word in draw.choice(_WORDS, 1200))
    return str(draw.choice(["ok", "thanks!", "👍👍", "yes please", "?", "..."]))


def _filled(text: str, draw: np.random.Generator) -> str:
    while "{number}" in text:
        text = text.replace("{number}", str(draw.integers(10, 100_000)), 1)
    link = f"https://x.example/{draw.integers(10**6)}"
    return text.format(name=draw.choice(_NAMES), link=link)
