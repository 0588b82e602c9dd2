"""Made-up rows about propensities that hang together, as the marts have them.

Two targets are published, one is no better than recency, frequency and value, one was
refused because too few customers did it, and one has several classes.
"""

from __future__ import annotations

import datetime
import math

import numpy as np

from user_states.marts.mart_row import MartRow
from user_states.marts.propensity_mart_rows import (
    CommonReasonRow,
    LikelyCustomerIdRow,
    LikelyCustomerRow,
    PropensityCandidateRow,
    PropensityImportanceRow,
    PropensityLeakRow,
    PropensityModelRow,
    PropensityPointRow,
    PropensitySumRow,
    PropensityTenthRow,
    PropensityWeekRow,
    SecondOpinionRow,
)

# Customers with a forecast, and the share of them who will do it.
N_CUSTOMERS = 9800
RATES = {"purchase": 0.12, "churn": 0.31}
TITLES = {
    "purchase": ("Who will buy?", "buy within 4 weeks", 4),
    "ride": ("Who will ride?", "ride within 4 weeks", 4),
    "churn": ("Who will leave?", "leave (do nothing for 4 weeks)", 4),
    "conversion": (
        "Who will convert to a sale?",
        "convert to a sale within 4 weeks",
        4,
    ),
    "crm_segment": ("Which segment of the CRM?", "belong to the CRM segment", 0),
}
CLASSES = {
    "Enterprise & <b>large</b>": 0.2,
    "Small business": 0.5,
    "Self-employed": 0.3,
}
# Strength of each feature, and whether much of it speaks for a purchase.
FEATURES = {
    "avg_time_per_session": (0.9, True),
    "n_website_views": (0.5, False),
    "converted_to_sale": (0.3, True),
    "state_key_1": (0.2, True),
}
N_POINTS = 120
REFUSED = (
    "found 61 customers with the outcome; expected at least 100: wait, or choose a "
    "longer horizon"
)


def model(
    target: str,
    *,
    base: float = 0.4,
    over_rfm: tuple[float, float, float] | None = (0.02, 0.012, 0.028),
    is_published: bool = True,
    is_tried: bool = True,
    refusal: str | None = None,
    sentence: str = "Chosen: gradient boosting, which forecasts best.",
    rate: float = 0.12,
) -> PropensityModelRow:
    """Return a target whose newest model gains so much over the simple rules, in nats.

    Recency alone is 0.02 worse than RFM, and one rate for everybody 0.05.
    """
    title, words, horizon = TITLES[target]
    gain, low, high = over_rfm or (None, None, None)

    def over(more: float) -> tuple[float | None, float | None, float | None]:
        if gain is None or low is None or high is None:
            return (None, None, None)
        return gain + more, low + more, high + more

    ends = ("", "_low", "_high")
    rivals = {"base": over(0.05), "recency": over(0.02), "rfm": over(0.0)}
    gains = {
        f"gain_over_{name}{end}": value
        for name, values in rivals.items()
        for end, value in zip(ends, values, strict=True)
    }
    has_model = is_tried and gain is not None
    return PropensityModelRow(
        target=target,
        title=title,
        words=words,
        horizon_weeks=horizon,
        population="everybody",
        is_tried=is_tried,
        refusal=refusal,
        is_published=is_published if is_tried else None,
        sentence=sentence if is_tried else None,
        n_customers=N_CUSTOMERS if has_model else None,
        n_rows=8 * N_CUSTOMERS if has_model else None,
        n_positives=int(rate * N_CUSTOMERS) if has_model and horizon else None,
        base_rate=rate if has_model else None,
        chosen="boosting" if has_model else None,
        log_loss=base - gain - 0.05 if gain is not None else None,
        auc=0.83 if has_model else None,
        calibration_error=0.008 if has_model else None,
        champion_run_id=f"run_of_{target}" if is_published and is_tried else None,
        as_of_week_start=None,
        **gains,
    )


def candidates(
    row: PropensityModelRow, base: float = 0.4
) -> list[PropensityCandidateRow]:
    """Return two models and three simple rules whose losses fit the gains of a row."""
    if row.log_loss is None or row.gain_over_rfm is None:
        return []
    losses = {
        "boosting": ("gradient boosting", row.log_loss),
        "logistic": ("a logistic regression", row.log_loss + 0.006),
        "base_rate": ("the rate of everybody", base),
        "recency_bucket": ("the rate of customers with such a recency", base - 0.03),
        "rfm": ("recency, frequency and value alone", row.log_loss + row.gain_over_rfm),
    }
    return [
        PropensityCandidateRow(
            target=row.target,
            candidate=name,
            label=label,
            is_rival=name in ("base_rate", "recency_bucket", "rfm"),
            has_belief=False,
            is_chosen=name == "boosting",
            n_customers=N_CUSTOMERS,
            n_rows=8 * N_CUSTOMERS,
            log_loss=loss,
            auc=None if name == "base_rate" else 0.9 - loss / 4,
            brier=loss / 3,
            calibration_error=0.008,
            chosen_gain=loss - row.log_loss if loss != row.log_loss else None,
            chosen_gain_low=loss - row.log_loss - 0.004,
            chosen_gain_high=loss - row.log_loss + 0.004,
        )
        for name, (label, loss) in losses.items()
    ]


def tenths(
    target: str, outcome_class: str, rate: float, *, came: float = 1.0
) -> list[PropensityTenthRow]:
    """Return tenths around a rate; `came` times as many did it as was said."""
    odds = rate / (1 - rate)
    said = [odds * math.exp(0.5 * (k - 5.5)) for k in range(1, 11)]
    said = [each / (1 + each) for each in said]
    return [
        PropensityTenthRow(
            target,
            outcome_class,
            k,
            0.9 * p,
            min(1.1 * p, 1.0),
            800,
            p,
            round(800 * min(came * p, 1.0)) / 800,
        )
        for k, p in enumerate(said, start=1)
    ]


def weeks(
    target: str, rate: float, newest: datetime.date, *, n_live: int = 3
) -> list[PropensityWeekRow]:
    """Return eight weeks; the newest were forecast as published."""
    return [
        PropensityWeekRow(
            target,
            "yes",
            newest - datetime.timedelta(weeks=ago),
            "live" if ago < n_live else "at_the_fit",
            N_CUSTOMERS if ago < n_live else 900,
            rate * (1 + 0.02 * (ago % 3)),
            rate * (1 + 0.05 * math.sin(ago)),
            0.012,
        )
        for ago in range(8)
    ]


def points(target: str, outcome_class: str, seed: int) -> list[PropensityPointRow]:
    """Return what features add for single customers, the strongest feature first."""
    rng = np.random.default_rng(seed)
    found = []
    for feature, (strength, is_rising) in FEATURES.items():
        places = rng.random(N_POINTS)
        added = strength * ((places - 0.5) * (2 if is_rising else -2))
        added += 0.1 * strength * rng.normal(size=N_POINTS)
        found += [
            PropensityPointRow(
                target,
                outcome_class,
                feature,
                None if number % 20 == 0 else float(place),
                float(value),
            )
            for number, (place, value) in enumerate(zip(places, added, strict=True))
        ]
    return found


def importances(target: str, outcome_class: str) -> list[PropensityImportanceRow]:
    """Return the importance of each feature."""
    return [
        PropensityImportanceRow(target, outcome_class, feature, strength / 2, place)
        for place, (feature, (strength, _)) in enumerate(FEATURES.items(), start=1)
    ]


def likely(target: str, week: datetime.date) -> list[LikelyCustomerRow]:
    """Return five customers, with their sentences."""
    words = "buy within 4 weeks" if target == "purchase" else "leave"
    return [
        LikelyCustomerRow(
            target,
            "yes",
            place,
            0.93 - 0.02 * place,
            0.9 - 0.02 * place,
            800,
            f"Likely to {words} ({93 - 2 * place} %; of such customers "
            f"{90 - 2 * place} of 100 did): {12 - place} sessions in the last 7 days "
            "(most have 2), a "
            "mean session of 14 minutes (most have 3); against it: 45 days since the "
            "last purchase (most have 20).",
            week,
        )
        for place in range(1, 6)
    ]


def sums(
    target: str, outcome_class: str, rate: float, week: datetime.date
) -> PropensitySumRow:
    """Return how many are expected; the likeliest tenth is four times as likely."""
    n_likeliest = N_CUSTOMERS // 10
    return PropensitySumRow(
        target,
        outcome_class,
        week,
        N_CUSTOMERS,
        rate * N_CUSTOMERS,
        n_likeliest,
        min(4 * rate, 0.9) * n_likeliest,
    )


def propensity_tables(
    week: datetime.date,
) -> dict[type[MartRow], tuple[MartRow, ...]]:
    """Return five targets, three of them with a forecast."""
    models = (
        model("churn", base=0.6, rate=0.31),
        model(
            "conversion",
            over_rfm=None,
            is_tried=False,
            refusal=REFUSED,
        ),
        model("crm_segment", base=1.0),
        model("purchase"),
        model("ride", over_rfm=(0.001, -0.003, 0.005), is_published=False),
    )
    bases = {"churn": 0.6, "crm_segment": 1.0}
    judged = [
        row for target, rate in RATES.items() for row in tenths(target, "yes", rate)
    ] + [
        row
        for name, share in CLASSES.items()
        for row in tenths("crm_segment", name, share)
    ]
    compared_at = datetime.datetime(2025, 6, 9, 7, tzinfo=datetime.UTC)
    return {
        PropensityModelRow: models,
        PropensityCandidateRow: tuple(
            row
            for each in models
            for row in candidates(each, bases.get(each.target, 0.4))
        ),
        PropensityImportanceRow: tuple(
            row
            for target, names in _classes().items()
            for name in names
            for row in importances(target, name)
        ),
        PropensityPointRow: tuple(
            row
            for target, names in _classes().items()
            for seed, name in enumerate(names)
            for row in points(target, name, seed)
        ),
        PropensityTenthRow: tuple(judged),
        PropensityWeekRow: tuple(
            row
            for target, rate in RATES.items()
            for row in weeks(target, rate, week - datetime.timedelta(weeks=5))
        ),
        PropensitySumRow: (
            *(sums(target, "yes", rate, week) for target, rate in RATES.items()),
            *(
                sums("crm_segment", name, share, week)
                for name, share in CLASSES.items()
            ),
        ),
        LikelyCustomerRow: tuple(
            row for target in RATES for row in likely(target, week)
        ),
        LikelyCustomerIdRow: (),
        CommonReasonRow: tuple(
            CommonReasonRow(target, "yes", direction, feature, level, reason, n)
            for target in RATES
            for direction, feature, level, reason, n in (
                ("against", "n_website_views", "none", "no page (typically 3)", 3100),
                ("against", "n_website_views", "high", "9 pages (typically 3)", 90),
                ("for", "avg_time_per_session", "high", "3 minutes", 2400),
            )
        ),
        SecondOpinionRow: (
            SecondOpinionRow("purchase", "lime", 200, 0.71, None, None, compared_at),
            SecondOpinionRow(
                "purchase",
                "permutation",
                None,
                None,
                0.84,
                "ELI5 cannot explain this kind of model.",
                compared_at,
            ),
        ),
        PropensityLeakRow: (),
    }


def _classes() -> dict[str, list[str]]:
    return {"churn": ["yes"], "crm_segment": list(CLASSES), "purchase": ["yes"]}
