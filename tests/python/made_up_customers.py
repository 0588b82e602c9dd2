"""Made-up rows about customers, as the marts have them, for tests of the page."""

from __future__ import annotations

import datetime
from itertools import product

from user_states.marts.customer_list_rows import CustomerListSizeRow
from user_states.marts.customer_rows import (
    BuyerRow,
    CohortRuleRow,
    CohortWeekRow,
    CustomerPeriodRow,
    CustomerSourceRow,
    EventOutcomeRow,
    ExampleCustomerIdRow,
    ExampleCustomerRow,
    ExampleStepRow,
    ExampleWeekRow,
    IdentifierCountRow,
    KnownCustomerRow,
    LinkRow,
    ReturnRow,
    SeveralSourcesRow,
)
from user_states.marts.mart_row import MartRow

N_COHORT_WEEKS = 30
# A name as long as one may be, and one that would break a page.
COHORTS = {
    "silent": "Silent for 30 days & <b>long</b>",
    "busy": "More than nine in ten customers, who are here often",
    "few": "A few",
    "none": "Nobody",
}


def customer_tables(
    week: datetime.date,
) -> dict[type[MartRow], tuple[MartRow, ...]]:
    """Return 1,000 customers: with accounts, with addresses, and visitors."""
    return {
        KnownCustomerRow: (
            KnownCustomerRow(False, False, 300),
            KnownCustomerRow(False, True, 200),
            KnownCustomerRow(True, False, 100),
            KnownCustomerRow(True, True, 400),
        ),
        IdentifierCountRow: (
            IdentifierCountRow("anonymous_id", 900),
            IdentifierCountRow("email", 600),
            IdentifierCountRow("loyalty_card", 12),
            IdentifierCountRow("user_id", 520),
        ),
        CustomerSourceRow: (
            CustomerSourceRow("web", 700, 400, 9000),
            CustomerSourceRow("product", 500, 100, 20_000),
            CustomerSourceRow("kiosk_in_town", 90, 10, 200),
        ),
        SeveralSourcesRow: (SeveralSourcesRow(1, 510), SeveralSourcesRow(2, 390)),
        CustomerPeriodRow: tuple(
            CustomerPeriodRow(
                weeks,
                week + datetime.timedelta(weeks=1 - weeks * (n + 1)),
                600 - 10 * n,
                40,
                450 - 10 * n,
                110,
                100,
            )
            for weeks, periods in ((1, 30), (4, 14))
            for n in reversed(range(periods))
        ),
        ReturnRow: tuple(
            ReturnRow(
                unit,
                week - datetime.timedelta(days=days * cohort),
                period,
                10 if cohort == 3 else 120 + cohort,
                5 if cohort == 3 else 90 - 3 * period,
            )
            for unit, days in (("month", 31), ("week", 7))
            for cohort in reversed(range(13))
            for period in range(cohort + 1)
        ),
        CustomerListSizeRow: (
            CustomerListSizeRow("cohort", "busy", "Busy", 90, 90),
            CustomerListSizeRow("cohort", "silent", "Silent", 400, 120),
            CustomerListSizeRow("drop_off", "checkout:product_view", "Stopped", 80, 3),
        ),
        CohortRuleRow: tuple(
            CohortRuleRow(name, title, f"The rule of {name} <in words>")
            for name, title in COHORTS.items()
        ),
        CohortWeekRow: tuple(
            CohortWeekRow(week - datetime.timedelta(weeks=n), name, size, 12, 10)
            for name, now in (("silent", 400), ("busy", 90), ("few", 7), ("none", 0))
            for n in reversed(range(N_COHORT_WEEKS))
            for size in (now and now - n % 4,)
        ),
        BuyerRow: tuple(
            BuyerRow(
                recency,
                frequency,
                value,
                n := 10 * frequency + 5 * value,
                float(100 * n * value),
                10 * (3 - recency),
                10 * (3 - recency) + 9,
                4 * frequency - 3,
                4 * frequency,
                float(50 * value),
                float(50 * value + 49),
            )
            if (recency, frequency) != (2, 1)
            else BuyerRow(recency, frequency, value, 0, 0.0, *[None] * 6)
            for recency, frequency, value in product((1, 2, 3), repeat=3)
        ),
        LinkRow: (
            LinkRow("", "email", "blocked", 2, 0, False),
            LinkRow("email", "anonymous_id", "", 300, 40, True),
            LinkRow("user_id", "email", "", 480, 0, True),
            LinkRow("user_id", "email", "a_new_reason", 9, 0, False),
        ),
        EventOutcomeRow: (
            EventOutcomeRow("kept", "", 29_000, False),
            EventOutcomeRow("kept, as rides", "", 5000, False),
            EventOutcomeRow("kept, with a replaced value", "", 200, False),
            EventOutcomeRow("set aside", "exact_repeat", 70, True),
            EventOutcomeRow("set aside", "no_identifier", 3, True),
        ),
        ExampleCustomerRow: tuple(
            ExampleCustomerRow(kind, 60, 2, 1, key, week if key else None)
            for kind, key in (("active", "key_1"), ("new", None), ("silent", "gone"))
        ),
        ExampleCustomerIdRow: (),
        ExampleWeekRow: tuple(
            ExampleWeekRow(
                kind,
                week - datetime.timedelta(weeks=n),
                source,
                event,
                "ios",
                1 + n % 4,
                1,
                value,
            )
            for kind in ("active", "new", "silent")
            for n in reversed(range(26))
            for source, event, value in (
                ("web", "page_view", None),
                ("web", "purchase", 9.5),
                ("product", "ride_completed", 4.0),
                ("product", "ride_cancelled", None),
            )
            if (n + len(event)) % 3 and not (kind == "silent" and n < 6)
        ),
        ExampleStepRow: tuple(
            ExampleStepRow(
                kind,
                number,
                week - datetime.timedelta(days=days),
                step,
                subject,
                from_type,
                event_type,
            )
            for kind in ("active", "new", "silent")
            for number, (days, step, subject, from_type, event_type) in enumerate(
                (
                    (300, "identifier", "anonymous_id", "", "page_view"),
                    (150, "identifier", "user_id", "", "page_view"),
                    (149, "joined", "anonymous_id", "user_id", None),
                    (120, "entered", "busy", "", "ride_cancelled"),
                    (60, "left", "busy", "", None),
                    (20, "entered", "silent", "", None),
                ),
                start=1,
            )
        ),
    }
