"""Words for the features: what a state is called that is high in one, or low."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TraitWords:
    """How people speak of a feature.

    Attributes
    ----------
    trait : str
        What it is about. Of several features of one trait one is told.
    high, low : str
        In a name; empty where nothing short can be said.
    label : str
        In a description, before the figure.
    is_share : bool
        Shown in percent.
    high_from, low_to : float
        In the feature's unit: the least mean of which `high` is said, and the
        largest of which `low` is. "Cash" of a state in which a third pay cash would
        mislead, also where hardly anyone else does. Unbounded where a word only
        compares with everyone, as "cheaper rides" does.
    """

    trait: str
    high: str
    low: str
    label: str
    is_share: bool = False
    high_from: float = -np.inf
    low_to: float = np.inf

    def word(
        self, deviation: float, value: float, least: float, slack: float = 0.0
    ) -> str | None:
        """Return what a state is called by this feature; None where nothing is true.

        Parameters
        ----------
        deviation : float
            From everyone, in standard deviations; NaN where nothing is known.
        value : float
            The state's mean, in the feature's unit.
        least : float
            Least deviation that counts.
        slack : float
            Share by which every condition may be missed.
        """
        if not abs(deviation) >= least * (1 - slack):
            return None
        if deviation > 0:
            return self.high if value >= self.high_from * (1 - slack) else None
        return self.low if value <= self.low_to * (1 + slack) else None


# What depends on how often someone rides is told by that alone, and has no words.
HOW_OFTEN = frozenset(
    {
        "is_active", "n_rides", "n_requests", "n_cancellations",
        "n_painful_cancellations", "weeks_since_last_ride", "avg_days_between_rides",
    }
)  # fmt: skip

# From here on, and up to here, rides are mostly at such times.
HALF = 0.5
# From here on something holds for most weeks, and up to here for few: "one city" of a
# state of which half have been in several would mislead.
MOST, FEW = 0.6, 0.4

WORDS = {
    "weekend_share": TraitWords(
        "day", "weekends", "workdays", "weekend rides",
        is_share=True, high_from=HALF, low_to=HALF,
    ),
    "evening_share": TraitWords(
        "hour", "evenings", "daytime", "evening rides",
        is_share=True, high_from=HALF, low_to=HALF,
    ),
    "is_cash": TraitWords(
        "payment", "cash", "cashless", "paid in cash",
        is_share=True, high_from=MOST, low_to=FEW,
    ),
    "cash_share": TraitWords(
        "payment", "cash", "cashless", "paid in cash",
        is_share=True, high_from=MOST, low_to=FEW,
    ),
    "is_ios": TraitWords(
        "phone", "iPhone", "no iPhone", "on an iPhone",
        is_share=True, high_from=MOST, low_to=FEW,
    ),
    "has_used_multiple_cities": TraitWords(
        "cities", "several cities", "one city", "in several cities",
        is_share=True, high_from=MOST, low_to=FEW,
    ),
    "rolling_avg_price": TraitWords(
        "price", "pricier rides", "cheaper rides", "mean price"
    ),
    "mean_surge_multiplier": TraitWords(
        "surge", "busier hours", "quieter hours", "mean surge multiplier"
    ),
    "coupon_share": TraitWords(
        "coupons", "more coupons", "fewer coupons", "with a coupon", is_share=True
    ),
    "cancellation_share": TraitWords(
        "cancelling", "cancels more", "cancels less", "requests cancelled",
        is_share=True,
    ),
    # A quarter, and a year: beside a log of years a mean of five months is early,
    # and yet nobody calls such a user new.
    "weeks_on_platform": TraitWords(
        "tenure", "long-standing", "newcomers", "weeks on the platform",
        high_from=52.0, low_to=13.0,
    ),
}  # fmt: skip

# Two traits that read better as one, by (day, hour).
TOGETHER = {
    ("weekends", "evenings"): "weekend evenings",
    ("weekends", "daytime"): "weekend days",
    ("workdays", "evenings"): "workday evenings",
    ("workdays", "daytime"): "workday daytime",
}


def words_of(feature: str, *, is_binary: bool) -> TraitWords:
    """Return the words of a feature; of one without any, made from its name."""
    if feature in WORDS:
        return WORDS[feature]
    about = feature
    for prefix in ("is_", "has_", "n_", "mean_", "avg_"):
        about = about.removeprefix(prefix)
    is_share = about.endswith("_share")
    about = about.removesuffix("_share").replace("_", " ")
    if is_binary:
        high, low = about, f"no {about}"
    elif feature.startswith("n_"):
        high, low = f"many {about}", f"few {about}"
    elif is_share:
        high, low = f"often {about}", f"seldom {about}"
    else:
        high, low = f"high {about}", f"low {about}"
    is_share = is_share or is_binary
    if is_binary:
        return TraitWords(feature, high, low, about, is_share, MOST, FEW)
    return TraitWords(feature, high, low, about, is_share)
