"""Why customers will do it: what moves the forecast, and the likeliest customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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

    `chance` is what came of such customers where that contradicts the forecast.

    `customer_id` is empty unless the settings show it; `outcome_class` is empty where
    there is only one.
    """

    chance: str
    probability: float
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
    strongest = sorted(weights, key=lambda name: (-weights[name], name))
    shown = strongest[:REASONS_SHOWN]
    bars = [
        ReasonBar(
            starting_large(words.of(feature, is_high=rising.get(feature, True))),
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
        _common(marts.rows(CommonReasonRow), model.target, words, rising),
    )


def _common(
    rows: Sequence[CommonReasonRow],
    target: str,
    words: ReasonWords,
    rising: dict[str, bool],
) -> str:
    """Return which reasons are most often a customer's strongest, in a sentence."""
    found = []
    for direction, start in (("for", "Most often for it"), ("against", "against it")):
        row = next(
            (r for r in rows if r.target == target and r.direction == direction), None
        )
        if row is not None:
            is_high = rising.get(row.feature, True) == (direction == "for")
            found.append(
                f"{start}: {words.of(row.feature, is_high=is_high)} "
                f"({number(row.n_customers)} customers)"
            )
    return f"{starting_large('; '.join(found))}." if found else ""


def likely_customers(scene: Scene, target: str) -> list[LikelyCustomer]:
    """Return the likeliest customers of a target; of several classes one of each."""
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
        found += [
            LikelyCustomer(
                chance=chance_words(
                    row.past_rate or 0.0
                    if contradicts(row.probability, row.past_rate, row.n_past)
                    else row.probability
                ),
                probability=row.probability,
                sentence=scene.money.within(with_closed_percent(row.sentence)),
                note=f"Reasons as of the week of {date(row.explained_as_of)}."
                if row.explained_as_of
                else "Reasons are not worked out yet: ask your analyst for them.",
                outcome_class=name if len(classes) > 1 else "",
                customer_id=ids.get((row.outcome_class, row.number), ""),
            )
            for row in own[:each]
        ]
    return found
