"""How a persona writes: the traits that set it apart most, as a fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1

from markupsafe import Markup

from user_states.explorer.svg.elements import chart, dot, horizontal, vertical
from user_states.explorer.svg.scales import Scale
from user_states.explorer.words.numbers import about, fine_percent, percent
from user_states.marts.persona_rows import PersonaTraitRow

# Traits as the page names them, and what their numbers are.
SHARE, MINUTES, COUNT, LOG_COUNT, PER_100_WORDS = "s", "m", "n", "l", "d"
_TRAITS = {
    "night_share": ("Messages at night, 0 to 6", SHARE),
    "morning_share": ("Messages in the morning, 6 to 12", SHARE),
    "afternoon_share": ("Messages in the afternoon, 12 to 18", SHARE),
    "evening_share": ("Messages in the evening, 18 to 24", SHARE),
    "weekend_share": ("Messages on Saturday and Sunday", SHARE),
    "log_duration": ("Time from first to last message", MINUTES),
    "log_median_gap": ("Pause between messages", MINUTES),
    "log_days": ("Days on which they write", LOG_COUNT),
    "log_messages": ("Messages in a conversation", LOG_COUNT),
    "conversation_share": ("Their part of the messages", SHARE),
    "log_participants": ("People in the conversation", LOG_COUNT),
    "reply_depth_max": ("Longest thread of answers", COUNT),
    "reply_depth_mean": ("Depth in a thread of answers", COUNT),
    "is_starter": ("They begin the conversation", SHARE),
    "reply_share": ("Messages that answer somebody", SHARE),
    "replied_to_share": ("Messages that get an answer", SHARE),
    "mention_density": ("Mentions in 100 words", PER_100_WORDS),
    "link_density": ("Links in 100 words", PER_100_WORDS),
    "question_share": ("Messages that ask something", SHARE),
    "log_first_response": ("Time until they answer", MINUTES),
    "log_words_mean": ("Words in a message", LOG_COUNT),
    "characters_per_word": ("Characters in a word", COUNT),
    "exclamation_density": ("Exclamation marks in 100 words", PER_100_WORDS),
    "question_density": ("Question marks in 100 words", PER_100_WORDS),
    "ellipsis_density": ("Ellipses (…) in 100 words", PER_100_WORDS),
    "comma_density": ("Commas in 100 words", PER_100_WORDS),
    "upper_case_share": ("Capital letters", SHARE),
    "digit_share": ("Digits", SHARE),
    "emoji_density": ("Emojis in 100 words", PER_100_WORDS),
    "lexical_diversity": ("Variety of words", SHARE),
    "quote_share": ("Messages that quote somebody", SHARE),
}
N_TRAITS = 6
# In standard deviations of conversations: the least finding, and the ends of a line.
NOTABLE, REACH = 0.2, 2.0
HEIGHT = 15


@dataclass(frozen=True)
class TraitLine:
    """A trait: its name, its place against all conversations, and both values."""

    name: str
    drawing: Markup
    value: str
    of_all: str


def trait_lines(rows: Sequence[PersonaTraitRow]) -> list[TraitLine]:
    """Return the traits that differ most from all conversations.

    Sines and cosines have no words; the hours of the day show what they hold.
    """
    told = [
        row
        for row in rows
        if row.trait in _TRAITS and abs(row.difference or 0.0) >= NOTABLE
    ]
    told.sort(key=lambda row: (-abs(row.difference or 0.0), row.trait))
    return [_line(row) for row in told[:N_TRAITS]]


def _line(row: PersonaTraitRow) -> TraitLine:
    name, kind = _TRAITS[row.trait]
    difference = row.difference or 0.0
    scale = Scale(-REACH, REACH, 4, 96)
    place = min(max(difference, -REACH), REACH)
    drawing = chart(
        HEIGHT,
        "",
        horizontal(HEIGHT / 2, ""),
        vertical(scale.across(0), 1, HEIGHT - 1, "axis everyone"),
        dot(scale.across(place), HEIGHT / 2, 5, "back"),
        kind="meter",
    )
    value, of_all = _value(row.mean_value, kind), _value(row.mean_of_all, kind)
    if value == of_all and kind == SHARE:
        value, of_all = (
            fine_percent(row.mean_value or 0),
            fine_percent(row.mean_of_all or 0),
        )
    return TraitLine(name, drawing, value, of_all)


def _value(value: float | None, kind: str) -> str:
    if value is None:
        return "–"
    if kind == SHARE:
        return percent(value)
    if kind == PER_100_WORDS:
        return about(100 * value) if value else "0"
    if kind == MINUTES:
        return _duration(expm1(value))
    return about(expm1(value) if kind == LOG_COUNT else value)


def _duration(minutes: float) -> str:
    if minutes < 90:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    return f"{about(hours)} h" if hours < 48 else f"{about(hours / 24)} days"
