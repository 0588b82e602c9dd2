"""A whole page in the words of its log: its texts and tips, but no code in it."""

from __future__ import annotations

import re

from user_states.marts.log_words import OF_RIDES, LogWords

# What stays as it is, then tags, whose attributes may hold a text that is read.
_PIECES = re.compile(
    r"(?P<code><(?P<element>script|style|code|pre)\b.*?</(?P=element)>)"
    r"|(?P<tag><[^>]*>)|(?P<text>[^<]+)",
    flags=re.DOTALL,
)
_READ_ATTRIBUTES = re.compile(r'(?<=\s)(?:aria-label|data-tip|title)="[^"]*"')


def in_words_of_log(html: str, words: LogWords) -> str:
    """Return HTML whose texts are in the words of the log.

    Scripts, styles and code stay, and so do all tags but for labels and tips.
    """

    def changed(piece: re.Match[str]) -> str:
        if piece["tag"]:
            return _READ_ATTRIBUTES.sub(
                lambda label: words.within(label[0]), piece["tag"]
            )
        return piece["code"] or words.within(piece["text"])

    return html if words == OF_RIDES else _PIECES.sub(changed, html)
