"""Automatic names of segments of customers: in what their members differ most.

A name is made of phrases of the seed `customer_features`, such as "Visits the site
more, uses more features", and is relative: it compares the members of a segment with
all customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.naming.automatic_name import (
    SEPARATOR,
    AutomaticName,
    distinct_levels,
    free_name,
)

# Distance from the mean of all customers, in standard deviations, from which a phrase
# is used in a new name, and from which it may stay in a name.
PHRASE_GIVEN_FROM, PHRASE_KEPT_FROM = 0.5, 0.25
# Share of the members of whom a yes-or-no phrase must be true, to be said of them all.
SHARE_OF_MOST = 0.8
# Phrases in a name, unless the name is taken; features in a description.
PHRASES_IN_NAME, MOST_DESCRIBED = 2, 5

# Names of segments whose members differ in nothing, and without members.
LIKE_MOST, NOBODY = "Like most customers", "Nobody"


@dataclass(frozen=True)
class FeaturePhrases:
    """What is said of customers with more, and with less, of a feature than others.

    Attributes
    ----------
    feature, family : str
        Of the features of a family, a short name has the most telling one only.
    high, low : str
    is_share : bool
        Whether its mean is a share of customers, and is shown in percent.
    unknown : str
        What is said of customers without a value; empty if everybody has one.
    """

    feature: str
    family: str
    high: str
    low: str
    is_share: bool = False
    unknown: str = ""

    def phrase(self, deviation: float, mean: float, known: float = 1.0) -> str:
        """Return what is said of members with a mean so far from that of all customers.

        What some of them are and others are not, is said as more or less often. Where
        most have no value, as if not in the CRM, that is said. The model
        segment_profiles has the same rule.

        Parameters
        ----------
        deviation, mean : float
        known : float
            Share of the members who have a value; the others count in the mean as 0.
        """
        if self.unknown and 1 - known >= SHARE_OF_MOST:
            return self.unknown
        is_more = deviation > 0
        words = self.high if is_more else self.low
        if not self.is_share or (mean if is_more else known - mean) >= SHARE_OF_MOST:
            return words
        return f"{'more' if is_more else 'less'} often {self.high}"

    def value(self, mean: float) -> str:
        """Return a mean as text."""
        if self.is_share:
            return f"{mean:.0%}"
        return f"{mean:.3g}" if abs(mean) < 100 else f"{mean:,.0f}"


def name_segments(
    phrases: Sequence[FeaturePhrases],
    deviations: FloatArray,
    means: FloatArray,
    means_of_everyone: FloatArray,
    known: FloatArray | None = None,
) -> tuple[AutomaticName, ...]:
    """Return a name for each segment; no two have the same.

    Parameters
    ----------
    phrases : sequence of FeaturePhrases, length P
    deviations : array, shape (K, P)
        Mean of the members less that of all customers, in standard deviations of all
        customers, as models read the features. NaN for a segment without members.
    means : array, shape (K, P)
        In natural units.
    means_of_everyone : array, shape (P,)
        In natural units.
    known : array, shape (K, P), or None
        Share of the members who have a value; None if all have one.
    """
    shares = np.ones_like(means) if known is None else known
    candidates = [
        _candidate_names(phrases, own, natural, share)
        for own, natural, share in zip(deviations, means, shares, strict=True)
    ]
    taken: set[str] = set()
    result = []
    levels = distinct_levels(candidates)
    for names, level, own, natural, share in zip(
        candidates, levels, deviations, means, shares, strict=True
    ):
        name = free_name(names[level:], taken)
        taken.add(name)
        kept = [
            each.phrase(deviation, mean, has_value)
            for each, deviation, mean, has_value in zip(
                phrases, own.tolist(), natural.tolist(), share.tolist(), strict=True
            )
            if abs(deviation) >= PHRASE_KEPT_FROM
        ]
        result.append(
            AutomaticName(
                name,
                tuple(other for other in names[level:] if other != name),
                _differences(phrases, own, natural, means_of_everyone),
                frozenset(kept) | set(names[0].casefold().split(SEPARATOR)),
            )
        )
    return tuple(result)


def _candidate_names(
    phrases: Sequence[FeaturePhrases],
    deviations: FloatArray,
    means: FloatArray,
    known: FloatArray,
) -> list[str]:
    """Return the possible names, from the shortest to the most exact."""
    if np.isnan(deviations).any():
        return [NOBODY]
    told = [
        place
        for place in _farthest(deviations)
        if abs(deviations[place]) >= PHRASE_GIVEN_FROM
    ]
    if not told:
        return [LIKE_MOST]
    families = [phrases[place].family for place in told]
    # The first of each family, then the others.
    order = sorted(range(len(told)), key=lambda i: families[i] in families[:i])
    # Several features may be unknown for the same reason.
    places = [told[i] for i in order]
    words = list(
        dict.fromkeys(
            phrases[place].phrase(
                float(deviations[place]), float(means[place]), float(known[place])
            )
            for place in places
        )
    )
    shortest = min(PHRASES_IN_NAME, len(set(families)))
    names = [SEPARATOR.join(words[:n]) for n in range(shortest, len(words) + 1)]
    return [name[:1].upper() + name[1:] for name in names]


def _differences(
    phrases: Sequence[FeaturePhrases],
    deviations: FloatArray,
    means: FloatArray,
    means_of_everyone: FloatArray,
) -> str:
    """Return the features in which a segment differs most, with figures."""
    if np.isnan(deviations).any():
        return "No customer was in this segment."
    told = [
        f"{phrases[place].feature.removeprefix('n_').replace('_', ' ')} "
        f"{phrases[place].value(float(means[place]))} "
        f"({phrases[place].value(float(means_of_everyone[place]))})"
        for place in _farthest(deviations)[:MOST_DESCRIBED]
    ]
    return f"Means, with those of all customers in brackets: {', '.join(told)}."


def _farthest(deviations: FloatArray) -> list[int]:
    """Return the features, those with the greatest distance first."""
    order: list[int] = np.argsort(-np.abs(deviations), kind="stable").tolist()
    return order
