"""Features in words, with their unit: what pictures say of `n_rides` and the like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["share", "number", "price"]


@dataclass(frozen=True)
class FeatureLabel:
    """How a feature is named and its means are written.

    Attributes
    ----------
    text : str
        Name in words.
    unit : str
        Of its means.
    kind : str
        `share` is written in percent, `price` and `number` with few digits.
    """

    text: str
    unit: str
    kind: Kind

    def value(self, mean: float | None) -> str:
        """Return a mean as text, without its unit but for the percent sign."""
        if mean is None or mean != mean:
            return "–"
        if self.kind == "share":
            return f"{mean:.0%}"
        digits = 0 if abs(mean) >= 100 else 1 if abs(mean) >= 10 else 2
        return f"{mean:,.{digits}f}"


_LABELS = {
    "is_active": FeatureLabel("Rode in the week", "of weeks", "share"),
    "n_rides": FeatureLabel("Rides", "a week", "number"),
    "n_requests": FeatureLabel("Requests", "a week", "number"),
    "n_cancellations": FeatureLabel("Cancellations", "a week", "number"),
    "n_painful_cancellations": FeatureLabel(
        "Cancellations after a long wait", "a week", "number"
    ),
    # At the var lapse_after_weeks: in fact it is longer ago.
    "weeks_since_last_ride": FeatureLabel(
        "Since the last ride", "weeks (capped)", "number"
    ),
    "weeks_on_platform": FeatureLabel("On the platform for", "weeks", "number"),
    "weekend_share": FeatureLabel("At weekends (Fri–Sun)", "of rides so far", "share"),
    "evening_share": FeatureLabel("In the evening", "of rides so far", "share"),
    "cancellation_share": FeatureLabel("Cancelled", "of requests so far", "share"),
    "cash_share": FeatureLabel("Paid in cash", "of a week's rides", "share"),
    "coupon_share": FeatureLabel("With a coupon", "of rides so far", "share"),
    "rolling_avg_price": FeatureLabel("Price of the last rides", "", "price"),
    "avg_days_between_rides": FeatureLabel("Between rides", "days", "number"),
    "mean_surge_multiplier": FeatureLabel("Surge", "times the price", "number"),
    "is_cash": FeatureLabel("Last ride in cash", "of weeks", "share"),
    "is_ios": FeatureLabel("Last ride from iOS", "of weeks", "share"),
    "has_used_multiple_cities": FeatureLabel("In several cities", "of weeks", "share"),
}


def feature_label(feature: str, currency: str) -> FeatureLabel:
    """Return how a feature is shown.

    One that was added to the var `features` is read by the names of this project:
    `is_` and `has_` for what is true or not, `_share` for a share, `n_` for a count a
    week.

    Parameters
    ----------
    feature : str
        Name of a column of the panel.
    currency : str
        ISO code of every price.
    """
    known = _LABELS.get(feature)
    if known is None:
        text = feature.replace("_", " ").capitalize()
        if feature.startswith(("is_", "has_")):
            known = FeatureLabel(text, "of weeks", "share")
        elif feature.endswith("_share"):
            known = FeatureLabel(text, "", "share")
        elif feature.startswith("n_"):
            known = FeatureLabel(text[2:].capitalize(), "a week", "number")
        else:
            kind: Kind = "price" if "price" in feature else "number"
            known = FeatureLabel(text, "", kind)
    if known.kind == "price":
        return FeatureLabel(known.text, currency, "price")
    return known
