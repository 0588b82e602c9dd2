"""Words for the features: what a state is called that is high in one, or low."""

from __future__ import annotations

from dataclasses import dataclass


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
    needs_majority : bool
        Said only where it holds for most: "cash" of a state in which a third pay
        cash would mislead, also where hardly anyone else does.
    """

    trait: str
    high: str
    low: str
    label: str
    is_share: bool = False
    needs_majority: bool = False


# What depends on how often someone rides is told by that alone, and has no words.
HOW_OFTEN = frozenset(
    {
        "is_active", "n_rides", "n_requests", "n_cancellations",
        "n_painful_cancellations", "weeks_since_last_ride", "avg_days_between_rides",
    }
)  # fmt: skip

WORDS = {
    "weekend_share": TraitWords(
        "day", "weekends", "workdays", "weekend rides", is_share=True
    ),
    "evening_share": TraitWords(
        "hour", "evenings", "daytime", "evening rides", is_share=True
    ),
    "is_cash": TraitWords(
        "payment", "cash", "cashless", "paid in cash",
        is_share=True, needs_majority=True,
    ),
    "cash_share": TraitWords(
        "payment", "cash", "cashless", "paid in cash",
        is_share=True, needs_majority=True,
    ),
    "is_ios": TraitWords(
        "phone", "iPhone", "no iPhone", "on an iPhone",
        is_share=True, needs_majority=True,
    ),
    "has_used_multiple_cities": TraitWords(
        "cities", "several cities", "one city", "in several cities",
        is_share=True, needs_majority=True,
    ),
    "rolling_avg_price": TraitWords(
        "price", "expensive rides", "cheap rides", "mean price"
    ),
    "mean_surge_multiplier": TraitWords(
        "surge", "busy hours", "quiet hours", "mean surge multiplier"
    ),
    "coupon_share": TraitWords(
        "coupons", "coupons", "full price", "with a coupon", is_share=True
    ),
    "cancellation_share": TraitWords(
        "cancelling", "cancels often", "cancels little", "requests cancelled",
        is_share=True,
    ),
    "weeks_on_platform": TraitWords(
        "tenure", "long-standing", "newcomers", "weeks on the platform"
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
    return TraitWords(
        feature, high, low, about,
        is_share=is_binary or is_share, needs_majority=is_binary,
    )  # fmt: skip
