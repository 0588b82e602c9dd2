"""The words of a text: those that its author wrote, and how they compare."""

from __future__ import annotations

import re
import unicodedata

# Characters of scripts that do not put spaces between words: kana, Han and Thai. Each
# counts as a word.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(
    rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])+(?:['’-](?:(?![{_UNSPACED}])[^\W_])+)*"
)
# What follows such a line was written by somebody else.
_FORWARDED = re.compile(
    r"^(?:"
    r"rt @\w+.*"
    r"|(?:fwd?|wg|tr): .*"
    r"|[-_=]{2,} ?(?:original message|forwarded message|begin forwarded).*"
    r"|begin forwarded message:.*"
    r"|on .{4,120} wrote:"
    r")$",
    re.IGNORECASE,
)
_QUOTED_LINE = re.compile(r"^\s*>")

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)@\w+")
# A number with letters around it, such as an order's, is one number.
_NUMBER = re.compile(r"(?<![\w-])[\w-]*\d[\w.,:/-]*")
_NAMED = r"[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:[ -][A-ZÀ-ÖØ-Þ][^\W\d_]+)*"
# A capital letter makes a name after a greeting, and inside a sentence.
_GREETED_NAME = re.compile(
    rf"\b((?i:hi|hello|hey|dear|thanks|thank you|regards|sincerely)),? {_NAMED}"
)
_INNER_NAME = re.compile(rf"(?<=[a-zà-ÿ0-9,;§] ){_NAMED}")


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def normalised(text: str) -> str:
    """Return the words of a text with a space between them.

    A text without words, such as one of emojis, is compared as it is, without white
    space.
    """
    return " ".join(words_of(text)) or "".join(text.split())


def own_text(body: str) -> tuple[str, bool]:
    """Return what an author wrote, and whether the message holds more than that.

    A retweet, a forwarded message and lines that begin with `>` are somebody else's.

    Parameters
    ----------
    body : str

    Returns
    -------
    tuple of str and bool
        The text without what was quoted or forwarded; whether anything was.
    """
    own: list[str] = []
    has_quoted = False
    for line in body.splitlines():
        if _FORWARDED.match(line.strip()):
            has_quoted = True
            break
        if _QUOTED_LINE.match(line):
            has_quoted = True
        else:
            own.append(line)
    return "\n".join(own).strip(), has_quoted


def skeleton(text: str) -> str:
    """Return a text with its numbers, names, addresses and links masked.

    Texts with one skeleton were filled into one template. It is a text of words and
    masks with a space between them.
    """
    masked = _LINK.sub("§link", text)
    masked = _ADDRESS.sub("§address", masked)
    masked = _NUMBER.sub("§number", masked)
    masked = _GREETED_NAME.sub(r"\1 §name", masked)
    masked = _INNER_NAME.sub("§name", masked)
    return " ".join(re.findall(r"§?\w+", masked.casefold()))


def shingles(words: list[str], n_words: int = 3) -> frozenset[str]:
    """Return each `n_words` words in a row, once; fewer words are one shingle."""
    return frozenset(
        " ".join(words[start : start + n_words])
        for start in range(max(1, len(words) - n_words + 1))
    )
