"""Made-up rows about journeys, as the marts have them."""

from __future__ import annotations

import datetime

from user_states.marts.journey_rows import (
    AnyStepRow,
    FunnelPlaceRow,
    IncidentRow,
    JourneyTypeRow,
    NextStepRow,
    OpenDropOffRow,
    OrderTestRow,
    PathRow,
    PhaseStepRow,
    StepReachRow,
    StepTransitionRow,
)
from user_states.marts.mart_row import MartRow

PLACES = ("Look at a product", "Put it into the <b>cart</b>", "Buy")
REACHED = {"person": (600, 410, 150), "session": (2900, 900, 160)}


def incident(
    time_number: int, *, is_strongest: bool, is_current: bool, cause: str | None
) -> IncidentRow:
    """Return an incident; the later ones have larger numbers."""
    begin = datetime.date(2025, 1, 6) + datetime.timedelta(days=40 * time_number)
    return IncidentRow(
        funnel="checkout",
        position=2,
        platform="mobile" if is_strongest else "all platforms",
        suspected_on=begin,
        first_alarm_on=begin + datetime.timedelta(days=6),
        last_alarm_on=begin + datetime.timedelta(days=20),
        title=PLACES[1],
        n_sessions=50,
        n_further=12,
        share=0.24,
        share_before=0.79,
        risen_step=cause,
        risen_share=0.47 if cause else None,
        risen_share_before=0.02 if cause else None,
        time_number=time_number,
        is_strongest=is_strongest,
        is_current=is_current,
    )


def funnel_places() -> tuple[FunnelPlaceRow, ...]:
    """Return a funnel of three places, of people and of sessions."""
    return tuple(
        FunnelPlaceRow(
            funnel="checkout",
            unit=unit,
            position=place + 1,
            steps="step",
            title=PLACES[place],
            n_reached=n,
            n_dropped=numbers[place - 1] - n if place else None,
            share_of_first=n / numbers[0],
            share_of_step_before=n / numbers[place - 1] if place else None,
        )
        for unit, numbers in REACHED.items()
        for place, n in enumerate(numbers)
    )


def journey_tables() -> dict[type[MartRow], tuple[MartRow, ...]]:
    """Return rows of every class that the page reads about journeys."""
    return {
        FunnelPlaceRow: funnel_places(),
        AnyStepRow: (AnyStepRow("checkout", 640),),
        OpenDropOffRow: (OpenDropOffRow("checkout", 1, "product_view", 80),),
        IncidentRow: (
            incident(2, is_strongest=True, is_current=False, cause="payment_error"),
            incident(1, is_strongest=False, is_current=False, cause=None),
            incident(1, is_strongest=True, is_current=False, cause=None),
        ),
        StepTransitionRow: (
            StepTransitionRow("add_to_cart", "exit", 500, 900, 5 / 9),
            StepTransitionRow("add_to_cart", "purchase", 400, 900, 4 / 9),
            StepTransitionRow("start", "product_view", 2900, 2900, 1.0),
        ),
        StepReachRow: (StepReachRow("purchase", "add_to_cart", 900, 400, 0.44, 0.31),),
        PathRow: (
            PathRow("exit", "home > help", 2, 90, 60, 0.67, 0.2, 3.3, 2.8, 3.7),
            PathRow("purchase", "view > cart", 2, 90, 60, 0.67, 0.2, 3.3, 2.8, 3.7),
            PathRow("purchase", "a > view > cart", 3, 40, 25, 0.6, 0.2, 3.1, 2.5, 3.9),
            PathRow("purchase", "home > view", 2, 90, 20, 0.22, 0.2, 1.1, 0.8, 1.6),
        ),
        JourneyTypeRow: (
            JourneyTypeRow(1, "home > view", "home > view", 700, 0.7, 4.2, 0.05),
            JourneyTypeRow(2, "view > cart", "view > cart > buy", 300, 0.3, None, None),
        ),
        NextStepRow: (
            NextStepRow("chain_of_order_1", None, 6000, 2.216, None, None, False),
            NextStepRow("phases_2", 2, 6000, 2.28, 0.064, 0.006, True),
            NextStepRow("base_rates", None, 6000, 2.48, 0.26, 0.008, False),
        ),
        PhaseStepRow: (
            PhaseStepRow(1, "home, view", 0.8, 0.1, "home", 0.7, 1.2),
            PhaseStepRow(2, "cart, buy", 0.2, 0.4, "cart", 0.9, 4.0),
        ),
        OrderTestRow: (OrderTestRow("session", 31_000, 7430.0, 2127, 0.0, 0.13),),
    }
