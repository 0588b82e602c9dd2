"""The words of the log: what people do in it, in place of rides.

Texts of the page, the figures and the names of lists are written about rides. The var
`log_words` says what the log is of. Then every text is put into the words of that log
where it leaves the project, in one place for each: so no text has a second version.
Tables and columns keep their names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

# By what a log is of: its words for those that texts are written in. A noun is the
# verb as well, as a ride and to ride are. Phrases are for what would sound wrong.
WORDS_OF_LOGS: Mapping[str, Mapping[str, str]] = {
    "rides": {},
    "purchases": {
        "ride": "purchase",
        "rides": "purchases",
        "rode": "bought",
        "ridden": "bought",
        "riding": "buying",
        "rider": "buyer",
        "riders": "buyers",
        "asked for a ride": "began a purchase",
        "not ride": "not buy",
        "will ride": "will buy",
        "probably ride": "probably buy",
        "to ride": "to buy",
        "users ride": "users buy",
        "who rides": "who buys",
        "ride again": "buy again",
        "ride already": "buy already",
        "ride now": "buy now",
        "bought or rode": "bought",
        "took a ride": "bought",
    },
    "orders": {
        "ride": "order",
        "rides": "orders",
        "rode": "ordered",
        "ridden": "ordered",
        "riding": "ordering",
        "rider": "customer",
        "riders": "customers",
        "asked for a ride": "began an order",
        "took a ride": "ordered",
    },
    "visits": {
        "ride": "visit",
        "rides": "visits",
        "rode": "came",
        "ridden": "come",
        "riding": "visiting",
        "rider": "visitor",
        "riders": "visitors",
        "asked for a ride": "began a visit",
        "took a ride": "came",
    },
}


@dataclass(frozen=True)
class LogWords:
    """Puts texts into the words of a log.

    Attributes
    ----------
    log : str
        What the log is of: a key of `WORDS_OF_LOGS`.
    """

    log: str = "rides"
    _words: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_words", WORDS_OF_LOGS[self.log])

    def within(self, text: str) -> str:
        """Return a text in the words of the log: `a ride` becomes `an order`."""
        return self._pattern.sub(self._replaced, text) if self._words else text

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._words, key=len, reverse=True)
        return re.compile(
            rf"\b(an? )?({'|'.join(longest_first)})\b", flags=re.IGNORECASE
        )

    def _replaced(self, found: re.Match[str]) -> str:
        article, word = found.groups(default="")
        new = self._words[word.lower()]
        if word[0].isupper():
            new = new[:1].upper() + new[1:]
        if article:
            article = f"{article[0]}n " if new[0] in "aeiou" else f"{article[0]} "
        return article + new


OF_RIDES = LogWords()
