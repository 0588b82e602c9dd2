"""Which conversations were read for personas, and which were set aside, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.parts.what_they_write_words import FEWEST_PEOPLE
from user_states.explorer.svg.bars import meter
from user_states.explorer.words import starting_large
from user_states.explorer.words.numbers import number, percent
from user_states.marts.persona_rows import ConversationFilterRow

KEPT = "kept"
_FILTERS = {
    KEPT: "Read, and in a persona",
    "automatic_or_staff": "Written by staff or by a program",
    "quote_only": "Only quoted or forwarded, with no words of their own",
    "length": "Fewer than three words, or far too long to be written by hand",
    "exact_duplicate": "The same words as an earlier one",
    "near_duplicate": "Nearly the same words as an earlier one",
    "template": "Filled into a form: only names and numbers differ",
    "no_customer": "By somebody who is no known customer",
    "not_looked_at": "New since the last search for personas",
}


@dataclass(frozen=True)
class FilterLine:
    """What became of some conversations: how many, a bar, and their share."""

    name: str
    bar: Markup
    n: str
    share: str


@dataclass(frozen=True)
class ConversationOutcomes:
    """How many there are and were read, and all of them by what became of them."""

    n_in: int
    n_kept: int
    lines: Sequence[FilterLine]

    @property
    def n_aside(self) -> int:
        """How many were not read."""
        return self.n_in - self.n_kept

    @property
    def finding(self) -> str:
        """How many were read: `3,006 of 4,100`."""
        return f"{number(self.n_kept)} of {number(self.n_in)}"


def read_conversations(
    rows: Sequence[ConversationFilterRow],
) -> ConversationOutcomes | None:
    """Return what became of the conversations; None if there are none."""
    told = [row for row in rows if row.n_conversations]
    if not told:
        return None
    return ConversationOutcomes(
        n_in=sum(row.n_conversations for row in told),
        n_kept=sum(row.n_conversations for row in told if row.filter_name == KEPT),
        lines=[
            FilterLine(
                name=_FILTERS.get(
                    row.filter_name, starting_large(row.filter_name.replace("_", " "))
                ),
                bar=meter(
                    row.conversation_share, "ink" if row.filter_name == KEPT else "back"
                ),
                n=number(row.n_conversations)
                if row.n_conversations >= FEWEST_PEOPLE
                else f"under {FEWEST_PEOPLE}",
                share=percent(row.conversation_share),
            )
            for row in told
        ],
    )
