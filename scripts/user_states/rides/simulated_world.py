"""The parameters of the simulator: states, countries, prices, errors.

Every number that shapes a simulated log is here; `simulation.py` draws from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# --- Hours of a day -------------------------------------------------------

# Relative weights of the local hours 0 to 23.
_COMMUTE = (0, 0, 0, 0, 0, 2, 6, 14, 16, 7, 2, 1, 2, 2, 2, 3, 5, 12, 15, 8, 4, 2, 1, 1)
_ALL_DAY = (1, 1, 0, 0, 0, 1, 2, 4, 5, 5, 5, 5, 6, 6, 5, 5, 6, 7, 7, 6, 5, 4, 3, 2)
_NIGHT = (12, 11, 9, 6, 4, 2, 1, 0, 0, 0, 1, 1, 2, 2, 1, 1, 1, 2, 3, 5, 7, 9, 11, 12)
_EVENING = (1, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 6, 9, 11, 11, 9, 6, 3)
_AIRPORT = (2, 1, 1, 2, 5, 8, 9, 8, 6, 4, 3, 3, 4, 4, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4)

# --- Hidden states --------------------------------------------------------


@dataclass(frozen=True)
class Habit:
    """The behaviour of a user in a state.

    Attributes
    ----------
    name : str
    start : float
        Probability of joining in this state.
    weekly_requests : float
        Mean ride requests a week, before the user's own level of activity.
    weekdays : tuple of 7 floats
        Relative weight of each local day, Monday first.
    hours : tuple of 24 floats
        Relative weight of each local hour.
    price_level : float
        Price relative to the city's usual one, for longer or better rides.
    away_share : float
        Share of requests outside the home city.
    cancel_share : float
        Share of requests that are cancelled when there is no surge.
    coupon_share : float
        Share of requests with a coupon.
    cash_pull : float
        Share of requests paid in cash, whatever mode the user prefers.
    """

    name: str
    start: float
    weekly_requests: float
    weekdays: tuple[float, ...]
    hours: tuple[float, ...]
    price_level: float
    away_share: float
    cancel_share: float
    coupon_share: float
    cash_pull: float


_WORKDAYS = (5.0, 5.4, 5.4, 5.4, 5.0, 1.2, 0.9)
_WEEKEND = (0.2, 0.2, 0.3, 0.6, 3.6, 5.0, 2.2)
_ANY_DAY = (3.0, 3.0, 3.0, 3.2, 3.6, 3.4, 2.8)

STATES = (
    Habit("commuter", 0.20, 3.4, _WORKDAYS, _COMMUTE, 0.85, 0.01, 0.07, 0.05, 0.00),
    Habit("heavy_regular", 0.06, 6.2, _ANY_DAY, _ALL_DAY, 1.00, 0.05, 0.08, 0.06, 0.00),
    Habit("weekend_partier", 0.18, 1.5, _WEEKEND, _NIGHT, 1.15, 0.03, 0.14, 0.10, 0.05),
    Habit("cash_saver", 0.14, 1.2, _ANY_DAY, _EVENING, 0.70, 0.01, 0.11, 0.40, 0.75),
    Habit("occasional", 0.32, 0.45, _ANY_DAY, _ALL_DAY, 1.00, 0.03, 0.10, 0.15, 0.02),
    Habit("traveller", 0.06, 1.7, _ANY_DAY, _AIRPORT, 1.90, 0.75, 0.07, 0.02, 0.00),
    Habit("pausing", 0.04, 0.06, _ANY_DAY, _ALL_DAY, 1.00, 0.03, 0.16, 0.25, 0.05),
    Habit("lapsed", 0.00, 0.003, _ANY_DAY, _ALL_DAY, 1.00, 0.03, 0.25, 0.50, 0.05),
)

START_PROBABILITIES: Floats = np.array([state.start for state in STATES])

# From one week (row) to the next (column), in the order of STATES. Stays are geometric
# with mean 1 / (1 - diagonal) weeks: from 3 (traveller) to 125 (lapsed, so that most
# lapsed users never return and some do).
TRANSITION_MATRIX: Floats = np.array(
    [
        # comm.  heavy  party  saver  occas. travel pause  lapsed
        [0.9430, 0.0140, 0.0060, 0.0050, 0.0130, 0.0090, 0.0070, 0.0030],
        [0.0350, 0.9230, 0.0120, 0.0030, 0.0080, 0.0130, 0.0040, 0.0020],
        [0.0070, 0.0060, 0.9390, 0.0060, 0.0190, 0.0070, 0.0100, 0.0060],
        [0.0070, 0.0020, 0.0060, 0.9440, 0.0190, 0.0020, 0.0130, 0.0070],
        [0.0130, 0.0030, 0.0130, 0.0110, 0.9280, 0.0070, 0.0160, 0.0090],
        [0.1000, 0.0500, 0.0500, 0.0100, 0.1000, 0.6600, 0.0250, 0.0050],
        [0.0300, 0.0050, 0.0300, 0.0250, 0.0500, 0.0100, 0.8200, 0.0300],
        [0.0015, 0.0003, 0.0017, 0.0012, 0.0025, 0.0003, 0.0005, 0.9920],
    ]
)

# --- Countries and cities -------------------------------------------------


@dataclass(frozen=True)
class City:
    """A city, with its IANA time zone and its share of the country's users."""

    name: str
    time_zone: str
    share: float


@dataclass(frozen=True)
class Country:
    """A country and the habits of its users.

    Attributes
    ----------
    code : str
        ISO 3166 code.
    share : float
        Share of all users.
    currency : str
        ISO 4217 code.
    fare : float
        Median price of a ride in the first week, in that currency.
    inflation : float
        Yearly rise of prices: 0.03 is 3 %.
    payment_shares : tuple of 4 floats
        Shares of users who prefer each of PAYMENT_MODES.
    ios_share : float
        Share of users with an iPhone.
    """

    code: str
    share: float
    currency: str
    fare: float
    inflation: float
    payment_shares: tuple[float, float, float, float]
    ios_share: float
    cities: tuple[City, ...]


PAYMENT_MODES = ("cash", "card", "wallet", "corporate")

COUNTRIES = (
    Country(
        *("ES", 0.30, "EUR", 9.50, 0.030, (0.10, 0.60, 0.28, 0.02), 0.34),
        cities=(
            City("Madrid", "Europe/Madrid", 0.58),
            City("Barcelona", "Europe/Madrid", 0.32),
            City("Las Palmas", "Atlantic/Canary", 0.10),
        ),
    ),
    Country(
        *("GB", 0.20, "GBP", 10.50, 0.040, (0.05, 0.55, 0.36, 0.04), 0.52),
        cities=(
            City("London", "Europe/London", 0.72),
            City("Manchester", "Europe/London", 0.28),
        ),
    ),
    Country(
        *("MX", 0.28, "MXN", 92.00, 0.048, (0.48, 0.38, 0.13, 0.01), 0.24),
        cities=(
            City("Ciudad de México", "America/Mexico_City", 0.60),
            City("Guadalajara", "America/Mexico_City", 0.25),
            City("Tijuana", "America/Tijuana", 0.15),
        ),
    ),
    Country(
        *("BR", 0.22, "BRL", 21.00, 0.046, (0.30, 0.44, 0.25, 0.01), 0.19),
        cities=(
            City("São Paulo", "America/Sao_Paulo", 0.60),
            City("Rio de Janeiro", "America/Sao_Paulo", 0.28),
            City("Recife", "America/Recife", 0.12),
        ),
    ),
)

# Standard deviation of the logarithm of a ride's price, and of a user's price level.
PRICE_SPREAD, USER_PRICE_SPREAD = 0.45, 0.25
# Standard deviation of the logarithm of the charged over the estimated price.
ESTIMATE_SPREAD = 0.06
# Activity over the year: amplitude around the mean, and the week of the peak.
SEASON_RISE, SEASON_PEAK_WEEK = 0.10, 49
# Shape of the gamma distribution (mean 1) of a user's own level of activity.
ACTIVITY_SHAPE = 5.0
# Shares of users who joined before the log begins, who never complete a ride (they make
# few requests, all cancelled), who never request one, and who change the platform of
# their phone once. Shares of requests from the web, and of those paid in another mode
# than the preferred one.
ON_BOARD_SHARE = 0.30
NEVER_COMPLETES_SHARE, NEVER_COMPLETES_ACTIVITY = 0.03, 0.15
NEVER_REQUESTS_SHARE = 0.01
PLATFORM_CHANGE_SHARE, WEB_SHARE = 0.08, 0.01
OTHER_PAYMENT_SHARE = 0.08
# Share of trips that stay in the country.
SAME_COUNTRY_TRIP_SHARE = 0.7

# --- Surge, cancellations and the app -------------------------------------

# Probability of surge by the kind of hour, and its strength.
SURGE_SHARE_RUSH, SURGE_SHARE_NIGHT, SURGE_SHARE_ELSE = 0.30, 0.40, 0.05
SURGE_LEVELS = (1.2, 1.4, 1.7, 2.1, 2.6)
SURGE_WEIGHTS = (0.40, 0.28, 0.18, 0.10, 0.04)
# Added to the share of cancellations per unit of surge above 1.
SURGE_CANCELLATION = 0.08


@dataclass(frozen=True)
class Cancellation:
    """A reason to cancel: its share, the status, and the share with a long wait."""

    reason: str
    share: float
    status: str
    painful_share: float


CANCELLATIONS = (
    Cancellation("changed_plans", 0.34, "cancelled_by_rider", 0.00),
    Cancellation("long_wait", 0.22, "cancelled_by_rider", 1.00),
    Cancellation("driver_too_far", 0.16, "cancelled_by_driver", 0.50),
    Cancellation("no_driver_found", 0.14, "cancelled", 0.60),
    Cancellation("wrong_address", 0.08, "cancelled_by_rider", 0.00),
    Cancellation("rider_not_there", 0.06, "no_show", 0.00),
)
# Share of cancelled rides with a fee, and the fee as a share of the estimated price.
FEE_SHARE, FEE_LEVEL = 0.15, 0.25
# Share of requests that are neither completed nor cancelled: the payment failed.
FAILED_SHARE = 0.003
STOPOVER_MEAN = 0.06
# Days between releases of the app; mean days until a user installs one.
RELEASE_DAYS, UPDATE_LAG_DAYS = 14, 20.0

# --- Accounts that are not customers, and errors --------------------------

# Also listed in seeds/excluded_users.csv, which excludes them.
TEST_ACCOUNTS = ("staff-0001", "staff-0002", "staff-0003", "test-0001", "test-0002")

# Kinds of errors and their relative weights; a ride has at most one. A ride for which a
# kind is impossible (a negative price if it has none) gets an exact duplicate instead.
DIRT_WEIGHTS = {
    "exact_duplicate": 3.0,
    "conflicting_duplicate": 1.0,
    "null_ride_id": 1.0,
    "null_user_id": 1.0,
    "platform_spelling": 3.0,
    "status_spelling": 2.0,
    "negative_price": 1.0,
    "future_date": 1.0,
    "unknown_time_zone": 1.0,
    "unknown_currency": 1.0,
}
DIRTY_PLATFORMS = {"ios": "IPHONE", "android": "android "}
UNKNOWN_TIME_ZONE, UNKNOWN_CURRENCY = "Mars/Olympus_Mons", "XXX"
# Days by which a wrong clock is ahead.
FUTURE_DAYS = 75 * 365

# --- A campaign -----------------------------------------------------------


@dataclass(frozen=True)
class Offer:
    """What the demo's company sends to an audience.

    Attributes
    ----------
    audience : str
        As in the seed audience_definitions.
    text : str
    extra_rides : float
        Mean number of rides that a user who is reached takes in addition, in the four
        weeks after the campaign's Monday.
    """

    audience: str
    text: str
    extra_rides: float


# Sent this many weeks before the log ends. Nothing is sent to other audiences, so their
# effect is not measured yet.
CAMPAIGN_WEEKS = 6
OFFERS = (
    Offer("likely_to_lapse", "20% off the next two rides", 2.0),
    Offer("ready_to_ride", "your next ride, booked in one tap", 2.0),
    Offer("win_back", "A coupon for the first ride back", 0.0),
)
# Share of the users of a list who can be reached: some have switched messages off.
REACHED_SHARE = 0.9
# Shares of the extra rides in the first, second and third week.
EXTRA_RIDE_WEEKS = (0.5, 0.3, 0.2)
# An extra ride repeats one of so many last rides of the user.
RIDES_REPEATED = 20
