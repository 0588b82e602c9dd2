"""Why customers will do it: what moves the forecast, and the likeliest customers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from user_states.explorer.parts.propensities_charts import chance_words, contradicts
from user_states.explorer.parts.propensities_words import plain
from user_states.explorer.scene import Scene
from user_states.explorer.words import listed, starting_large, with_closed_percent
from user_states.explorer.words.dates import date
from user_states.explorer.words.numbers import number, percent
from user_states.marts.marts import Marts
from user_states.marts.propensity_mart_rows import (
    CommonReasonRow,
    LikelyCustomerIdRow,
    LikelyCustomerRow,
    PropensityImportanceRow,
    PropensityModelRow,
    PropensityPointRow,
)
from user_states.marts.reason_words import ReasonWords, rising_features

REASONS_SHOWN, LIKELY_SHOWN = 6, 4
# A forecast that explains less than this has weak reasons.
LITTLE_EXPLAINED = 0.1
# Levels of a value that words can compare with the typical one.
COMPARED = ("high", "low")


@dataclass(frozen=True)
class ReasonBar:
    """What moves the forecast: `length` is of the longest bar, `share` of all."""

    name: str
    share: float
    length: float


@dataclass(frozen=True)
class Reasons:
    """The bars, and which reasons are most often the strongest."""

    title: str
    note: str
    bars: Sequence[ReasonBar]
    common: str


@dataclass(frozen=True)
class LikelyCustomer:
    """One of the likeliest: the chance, and the reasons in a sentence.

    `start` begins the sentences of several customers, and is said once for all.

    `chance` is what came of such customers where that contradicts the forecast.

    `customer_id` is empty unless the settings show it; `outcome_class` is empty where
    there is only one.
    """

    chance: str
    probability: float
    start: str
    sentence: str
    note: str
    outcome_class: str
    customer_id: str


def reasons_of(
    marts: Marts,
    model: PropensityModelRow,
    words: ReasonWords,
    *,
    is_one: bool,
    explained: float | None = None,
) -> Reasons | None:
    """Return what moves the forecast of a target most; None if nothing is published.

    Parameters
    ----------
    marts : Marts
    model : PropensityModelRow
    words : ReasonWords
    is_one : bool
        Whether one class is forecast. Then reasons say what speaks for it; otherwise
        the importances of the classes are added up.
    explained : float or None
        Share of what is uncertain that the forecast explains; None if not known.
    """
    weights: dict[str, float] = defaultdict(float)
    for row in marts.rows(PropensityImportanceRow):
        if row.target == model.target:
            weights[row.feature] += row.importance
    total = sum(weights.values())
    if not total:
        return None
    rising = {
        feature: is_rising
        for (target, _, feature), is_rising in rising_features(
            marts.rows(PropensityPointRow)
        ).items()
        if is_one and target == model.target
    }
    common = [r for r in marts.rows(CommonReasonRow) if r.target == model.target]
    speaks = known_at_all(common) if is_one else {}
    strongest = sorted(weights, key=lambda name: (-weights[name], name))
    shown = strongest[:REASONS_SHOWN]
    bars = [
        ReasonBar(
            starting_large(
                speaks.get(feature)
                or words.of(feature, is_high=rising.get(feature, True))
            ),
            weights[feature] / total,
            weights[feature] / weights[strongest[0]],
        )
        for feature in shown
    ]
    weak = ""
    if explained is not None and explained < LITTLE_EXPLAINED:
        weak = (
            f" The forecast explains only {percent(max(explained, 0.0))} of the "
            "uncertainty, so its reasons are weak, and some may seem to make no sense."
        )
    if not is_one:
        return Reasons(
            "What separates the groups",
            f"Shares of all that moves the forecasts, over all groups.{weak}",
            bars,
            "",
        )
    phrases = [bar.name[:1].lower() + bar.name[1:] for bar in bars[:2]]
    return Reasons(
        f"Most likely to {plain(model.words)}: who {listed(phrases)}",
        "What speaks for it. Bars: shares of all that moves the forecast, for or "
        f"against.{weak}",
        bars,
        _common(common, words, speaks),
    )


def _common(
    rows: Sequence[CommonReasonRow], words: ReasonWords, speaks: Mapping[str, str]
) -> str:
    """Return which reasons are most often a customer's strongest, in a sentence."""
    found: list[str] = []
    for direction, start in (("for", "Most often for it"), ("against", "against it")):
        counts: dict[str, int] = defaultdict(int)
        for row in rows:
            if row.direction == direction:
                counts[_said(row, words, speaks)] += row.n_customers
        own = sorted(counts.items(), key=lambda pair: -pair[1])
        # The second reason is shown if it is at least a third as common as the first.
        told = [(text, n) for text, n in own[:2] if 3 * n >= own[0][1]]
        if told:
            each = [f"{text} ({number(n)})" for text, n in told]
            each[0] = each[0].replace(")", " customers)") if not found else each[0]
            found.append(f"{start}: {', '.join(each)}")
    return f"{starting_large('; '.join(found))}." if found else ""


def _said(row: CommonReasonRow, words: ReasonWords, speaks: Mapping[str, str]) -> str:
    """Return what the customers of a row have in common: it is true of each."""
    if row.feature in speaks and row.direction == "for" and row.level != "unknown":
        return speaks[row.feature]
    if row.level in COMPARED:
        return words.of(row.feature, is_high=row.level == "high")
    return re.sub(r" \((typical|most)[^()]*\)$", "", row.reason)


def known_at_all(rows: Sequence[CommonReasonRow]) -> dict[str, str]:
    """Return the features of which any value speaks for it, and only none against it.

    A customer who is in the CRM may be likelier to buy, as a buyer or not. Then what
    counts is to be in the CRM, not to be a buyer.

    Returns
    -------
    dict of str to str
        What speaks for it, by feature: `is in the CRM`.
    """
    balances: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    without: dict[str, str] = {}
    for row in rows:
        sign = 1 if row.direction == "for" else -1
        balances[row.feature][row.level] += sign * row.n_customers
        if row.level == "unknown":
            without[row.feature] = re.sub(r" \([^()]*\)$", "", row.reason)
    found = {}
    for feature, text in without.items():
        unknown = balances[feature]["unknown"]
        others = [n for level, n in balances[feature].items() if level != "unknown"]
        if unknown < 0 and len(others) > 1 and min(others) > 0:
            found[feature] = _opposite(text)
    return {feature: text for feature, text in found.items() if text}


def _opposite(text: str) -> str:
    """Return what is true of the others; empty if the words do not show it."""
    for start, other in (("not ", "is "), ("never ", "was ")):
        if text.startswith(start):
            return other + text.removeprefix(start)
    return text.replace(" not known", " known") if " not known" in text else ""


def likely_customers(scene: Scene, target: str) -> list[LikelyCustomer]:
    """Return the likeliest customers of a target; of several classes one of each.

    Of those with the same reasons for it, only the first is shown.
    """
    rows = [r for r in scene.marts.rows(LikelyCustomerRow) if r.target == target]
    ids = {
        (row.outcome_class, row.number): row.customer_id
        for row in scene.marts.rows(LikelyCustomerIdRow)
        if row.target == target
    }
    classes = list(dict.fromkeys(row.outcome_class for row in rows))
    each = LIKELY_SHOWN if len(classes) == 1 else 1
    found = []
    for name in classes:
        own = sorted(
            (row for row in rows if row.outcome_class == name),
            key=lambda row: row.number,
        )
        of_each: dict[str, LikelyCustomerRow] = {}
        for row in own:
            of_each.setdefault(row.sentence.partition(" Against it: ")[0], row)
        starts = {row.sentence.partition(": ")[0] for row in of_each.values()}
        start = starts.pop() if len(starts) == 1 < len(of_each) else ""
        found += [
            LikelyCustomer(
                chance=chance_words(
                    row.past_rate or 0.0
                    if contradicts(row.probability, row.past_rate, row.n_past)
                    else row.probability
                ),
                probability=row.probability,
                start=with_closed_percent(start),
                sentence=scene.money.within(
                    with_closed_percent(
                        _explaining(row.sentence.removeprefix(f"{start}: "))
                    )
                ),
                note=f"Reasons as of the week of {date(row.explained_as_of)}."
                if row.explained_as_of
                else "Reasons are not worked out yet: ask your analyst for them.",
                outcome_class=name if len(classes) > 1 else "",
                customer_id=ids.get((row.outcome_class, row.number), ""),
            )
            for row in list(of_each.values())[:each]
        ]
    return found


def _explaining(sentence: str) -> str:
    """Return a sentence without reasons against it that are typical of everybody."""
    text, _, against = sentence.partition(" Against it: ")
    told = [
        each
        for each in against.rstrip(".").split("; ")
        if each and not each.endswith("(typical)")
    ]
    return starting_large(f"{text} Against it: {'; '.join(told)}." if told else text)
