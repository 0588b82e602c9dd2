"""Made-up rows about ways to divide customers, as the marts have them."""

from __future__ import annotations

import datetime
from dataclasses import replace

from user_states.marts.mart_row import MartRow
from user_states.marts.segment_rows import (
    ComponentRow,
    CustomerFeatureRow,
    DivisionRow,
    SegmentCertaintyRow,
    SegmentPointRow,
    SegmentProfileRow,
    SegmentRow,
    SegmentStateRow,
    SegmentWatchRow,
)

# What a customer-week is uncertain by, in nats, if everybody is one group.
UNCERTAINTY = 0.5
N_SEGMENTS = 6
NAMES = (
    "Views many pages, buys often",
    "Has long sessions & <b>uses many features of the product every day</b>",
    "Is older",
    "Much like all customers",
    "Reads many whitepapers",
    "Is a buyer in the CRM",
)
FEATURES = (
    (
        *("avg_time_per_session", "double precision"),
        *("has long sessions", "has short ones", "minutes", "sessions last {}"),
    ),
    (
        *("converted_to_sale", "boolean"),
        *("is a buyer in the CRM", "is no buyer", "yes_no", None),
    ),
    (
        *("n_website_views", "integer", "views many pages", "views few pages"),
        *("number", "{} pages in the last {window} days"),
    ),
)


def division(
    name: str,
    gain: float,
    half_width: float = 0.005,
    *,
    n_segments: int = 6,
    label: str = "",
    kind: str = "",
    setting: int | None = None,
    is_published: bool = False,
    why_not: str | None = "it exists already, and is compared only",
) -> DivisionRow:
    """Return a way to divide customers with this gain over everybody."""
    return DivisionRow(
        division=name,
        label=label or name,
        kind=kind or name,
        setting=setting,
        n_segments=n_segments,
        smallest_share=0.04,
        coverage=1.0,
        inertia=9000.0 / setting if setting else None,
        silhouette=0.3 - 0.01 * abs(setting - 4) if setting else None,
        stability=0.81 if setting else None,
        is_elbow=setting == 5,
        is_best_silhouette=setting == 4,
        outcome="active_next_week",
        n_customers=400,
        n_customer_weeks=3200,
        log_score=gain - UNCERTAINTY,
        gain_over_base=gain,
        gain_over_base_low=gain - half_width,
        gain_over_base_high=gain + half_width,
        gain_over_rfm=gain - 0.02,
        gain_over_rfm_low=gain - 0.02 - half_width,
        gain_over_rfm_high=gain - 0.02 + half_width,
        is_published=is_published,
        why_not=None if is_published else why_not,
    )


def everybody() -> DivisionRow:
    """Return everybody as one group, which has no gain over itself."""
    row = division("everybody", 0.0, n_segments=1, label="everybody as one group")
    return replace(
        row, gain_over_base=None, gain_over_base_low=None, gain_over_base_high=None
    )


def divisions(*, is_published: bool = True) -> tuple[DivisionRow, ...]:
    """Return what exists, and k-means with 2 to 12 segments."""
    return (
        everybody(),
        division("rfm", 0.02, n_segments=27, label="RFM"),
        division("states", 0.071, n_segments=4, label="the states"),
        division("cohorts", 0.03, n_segments=8, label="the cohorts"),
        *(
            division(
                f"k_means_{size}",
                0.04 - 0.004 * abs(size - N_SEGMENTS),
                n_segments=size,
                label=f"k-means with {size} segments",
                kind="k_means",
                setting=size,
                is_published=is_published and size == N_SEGMENTS,
                why_not="refits on resampled customers agree at 0.412",
            )
            for size in range(2, 13)
        ),
    )


def segment_tables(
    week: datetime.date,
) -> dict[type[MartRow], tuple[MartRow, ...]]:
    """Return six published segments; the last has a few customers."""
    sizes = (400, 250, 160, 110, 68, 12)
    return {
        DivisionRow: divisions(),
        SegmentRow: tuple(
            SegmentRow(
                number,
                NAMES[number - 1],
                sizes[number - 1],
                sizes[number - 1] / 1000,
                week,
                "views many pages, buys often, has long sessions",
                "Invite them into the product: they come back to the site, and look.",
                week - datetime.timedelta(weeks=3),
            )
            for number in range(1, N_SEGMENTS + 1)
        ),
        SegmentProfileRow: tuple(
            SegmentProfileRow(
                number,
                feature,
                sizes[number - 1],
                sizes[number - 1] - 2,
                0.1 * number if data_type == "boolean" else 12.5 * number,
                0.3 if data_type == "boolean" else 40.0,
                (number - 3) * (0.1, 0.2, 0.9)[place],
            )
            for number in range(1, N_SEGMENTS + 1)
            for place, (feature, data_type, *_) in enumerate(FEATURES)
        ),
        CustomerFeatureRow: tuple(CustomerFeatureRow(*words) for words in FEATURES),
        SegmentPointRow: tuple(
            SegmentPointRow(
                number,
                3.0 * (number % 3) + 0.9 * ((7 * place) % 11) / 11,
                2.0 * (number // 3) + 0.9 * ((5 * place) % 13) / 13,
            )
            for number in range(1, N_SEGMENTS + 1)
            for place in range(60)
        ),
        ComponentRow: (ComponentRow(1, 0.31), ComponentRow(2, 0.14)),
        SegmentStateRow: tuple(
            SegmentStateRow(number, key, n, n / (sizes[number - 1] // 2 + 4), 0.23)
            for number in range(1, N_SEGMENTS + 1)
            for key, n in (("key_1", sizes[number - 1] // 2), ("key_2", 4))
        ),
        SegmentWatchRow: (SegmentWatchRow(week, 0.93, False, None),),
        SegmentCertaintyRow: tuple(
            SegmentCertaintyRow(number, None) for number in range(1, N_SEGMENTS + 1)
        ),
    }
