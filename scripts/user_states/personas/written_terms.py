"""Words of texts, and the terms of one or two words that are counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from user_states.hmm.arrays import BoolArray

# Characters of scripts that put no space between words, and pictures.
_ALONE = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\u2600-\u27bf\U0001f300-\U0001faff"
# A word of letters and digits, also with an apostrophe inside; or one such character.
_WORD = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}]+(?:['’][^\W\d_{_ALONE}]+)*")
# Forms that the list of stop words lacks, and words in it that customers write about.
_MORE_STOP_WORDS = {"did", "does", "doing"}
_NO_STOP_WORDS = {"amount", "bill", "bottom", "call", "detail", "empty", "fill", "fire"}
_NO_STOP_WORDS |= {"full", "interest", "move", "name", "serious", "side", "system"}
_STOP_WORDS = (ENGLISH_STOP_WORDS | _MORE_STOP_WORDS) - _NO_STOP_WORDS
# More of a text is not read: nobody writes so much in a conversation.
_MOST_CHARACTERS = 100_000


def words_of(text: str) -> list[str]:
    """Return the words of a text, in lower case.

    In scripts without spaces, such as Chinese, each character counts as a word: pairs
    of them then serve as words. Pictures (emoji) count as words too.
    """
    read = text[:_MOST_CHARACTERS].casefold().replace("’", "'")
    return _WORD.findall(read)


@dataclass(frozen=True, eq=False)
class TermCounts:
    """How often each term is in each text.

    Attributes
    ----------
    terms : tuple of str
        One word, or two in a row with a space between them; in order of the alphabet.
    counts : sparse array of int, shape (n_texts, n_terms)
    """

    terms: tuple[str, ...]
    counts: csr_matrix

    @property
    def is_telling(self) -> BoolArray:
        """Whether each term tells something, as of `is_telling`."""
        return np.array([is_telling(term) for term in self.terms], dtype=np.bool_)

    @property
    def is_one_word(self) -> BoolArray:
        """Whether a term has one word."""
        return np.array([" " not in term for term in self.terms], dtype=np.bool_)


def count_terms(
    texts: Sequence[str], least_texts: int = 2, most_terms: int = 20_000
) -> TermCounts:
    """Count the terms of one and two words.

    Parameters
    ----------
    texts : sequence of str
    least_texts : int
        Terms in fewer texts are left out.
    most_terms : int
        The most frequent are kept.
    """
    vectorizer = CountVectorizer(
        analyzer=_terms_of, min_df=least_texts, max_features=most_terms, dtype=np.int64
    )
    if not any(_WORD.search(text) for text in texts):
        return TermCounts((), csr_matrix((len(texts), 0), dtype=np.int64))
    try:
        counts = vectorizer.fit_transform(texts)
    except ValueError:
        # No term is in so many texts.
        return TermCounts((), csr_matrix((len(texts), 0), dtype=np.int64))
    return TermCounts(tuple(vectorizer.get_feature_names_out().tolist()), counts)


def is_telling(term: str) -> bool:
    """Return whether a term has no stop word and no number at its ends."""
    words = term.split(" ")
    if len(set(words)) < len(words):
        return False
    return not any(_is_filler(word) for word in (words[0], words[-1]))


def _terms_of(text: str) -> list[str]:
    words = words_of(text)
    return words + [f"{a} {b}" for a, b in pairwise(words)]


def _is_filler(word: str) -> bool:
    # "don't" and "i'm" are made of stop words too.
    return (
        word in _STOP_WORDS
        or "'" in word
        or word.isdecimal()
        or (len(word) == 1 and word.isascii())
    )
