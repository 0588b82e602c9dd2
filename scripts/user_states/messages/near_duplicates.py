"""Texts that say almost the same as an earlier one."""

from __future__ import annotations

from collections.abc import Sequence

from datasketch import MinHash, MinHashLSH
from rapidfuzz import fuzz

from user_states.messages.own_words import shingles, words_of

# 16 bands of 8 hashes: of pairs with a Jaccard index of 0.85 they miss 6 in 1,000, of
# those with 0.9 fewer than 1, and of those with 0.5 they propose 6 in 100.
_N_BANDS, _N_HASHES = 16, 8
_N_PERMUTATIONS = _N_BANDS * _N_HASHES


def near_duplicates(
    texts: Sequence[str], *, min_jaccard: float = 0.85, min_ratio: float = 85
) -> list[int | None]:
    """Return for each text the earlier one that it nearly repeats.

    MinHash (Broder 1997) over shingles of three words proposes pairs. Of each the
    Jaccard index is computed exactly, and rapidfuzz confirms that the characters agree
    in their order, too. A text that nearly repeats one set aside is compared with that
    one's original, so that a chain of small changes does not join different texts.

    Parameters
    ----------
    texts : sequence of str
        In the order in which they were written.
    min_jaccard : float
        Least Jaccard index of the shingles.
    min_ratio : float
        Least `fuzz.ratio`, from 0 to 100.

    Returns
    -------
    list of int or None
        Position of the earliest kept text that it nearly repeats; None if it is kept.
    """
    index = MinHashLSH(num_perm=_N_PERMUTATIONS, params=(_N_BANDS, _N_HASHES))
    words = [words_of(text) for text in texts]
    parts = [shingles(each) for each in words]
    joined = [" ".join(each) for each in words]
    originals: list[int | None] = []
    for position, own_parts in enumerate(parts):
        hashes = MinHash(num_perm=_N_PERMUTATIONS, seed=1)
        hashes.update_batch(part.encode() for part in own_parts)
        original = next(
            (
                other
                for other in sorted(index.query(hashes))
                if _jaccard(own_parts, parts[other]) >= min_jaccard
                and fuzz.ratio(joined[position], joined[other]) >= min_ratio
            ),
            None,
        )
        if original is None:
            index.insert(position, hashes)
        originals.append(original)
    return originals


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    n_common = len(one & other)
    return n_common / (len(one) + len(other) - n_common)
