"""Crossings of city and platform: what the filters of the page offer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from user_states.marts.crossing_rows import (
    NOT_KNOWN,
    OTHER_CITIES,
    CrossingRow,
    CrossingSizeRow,
)
from user_states.marts.marts import Marts

# As people call them; another platform is written as the log has it.
_PLATFORMS = {"ios": "iPhone", "android": "Android", "web": "Web"}


@dataclass(frozen=True)
class Crossing:
    """A city and a platform; an empty text means all of them.

    Attributes
    ----------
    city, platform : str
        As in the marts.
    n_users : int
        Users in the newest week.
    """

    city: str = ""
    platform: str = ""
    n_users: int = 0

    @property
    def is_everyone(self) -> bool:
        """Whether nothing is filtered."""
        return not self.city and not self.platform

    @property
    def words(self) -> str:
        """City and platform as people say them."""
        return ", ".join(filter(None, (self.city, platform_words(self.platform))))

    def has(self, row: CrossingRow) -> bool:
        """Return whether a row is about users of this crossing."""
        return (not self.city or row.home_city == self.city) and (
            not self.platform or row.platform == self.platform
        )


def platform_words(platform: str) -> str:
    """Return a platform as people call it."""
    return _PLATFORMS.get(platform.lower(), platform)


def all_crossings(marts: Marts, least_users: int, least_rest: int) -> list[Crossing]:
    """Return the crossings that the menus offer, everyone first, then by users.

    A crossing is left out if it has too few users, or if the difference between it and
    a larger one would show a group that is too small.

    Parameters
    ----------
    marts : Marts
    least_users : int
        Fewest users of a crossing.
    least_rest : int
        Fewest users of the rest of the same city, or of the same platform.
    """
    week = marts.as_of_week
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for row in marts.rows(CrossingSizeRow):
        if row.week_start == week:
            for city in ("", row.home_city):
                for platform in ("", row.platform):
                    counts[city, platform] += row.n_users

    def is_offered(city: str, platform: str, n_users: int) -> bool:
        if {city, platform} & {NOT_KNOWN, OTHER_CITIES} or n_users < least_users:
            return False
        rests = [counts[key] - n_users for key in ((city, ""), ("", platform))]
        return all(rest == 0 or rest >= least_rest for rest in rests)

    offered = [
        Crossing(city, platform, n)
        for (city, platform), n in counts.items()
        if (city or platform) and is_offered(city, platform, n)
    ]
    several = _of_several(offered)
    everyone = Crossing(n_users=counts["", ""])
    return [everyone, *sorted(several, key=lambda c: (-c.n_users, c.words))]


def has_all_cities(marts: Marts, offered: Collection[str]) -> bool:
    """Return whether no city of the newest week's users is missing."""
    return {
        row.home_city
        for row in marts.rows(CrossingSizeRow)
        if row.week_start == marts.as_of_week and row.n_users
    } <= {*offered, NOT_KNOWN}


def _of_several(crossings: Iterable[Crossing]) -> list[Crossing]:
    """Return the crossings without a menu that has only one city or platform."""
    found: Sequence[Crossing] = list(crossings)
    if len({crossing.city for crossing in found} - {""}) < 2:
        found = [crossing for crossing in found if not crossing.city]
    if len({crossing.platform for crossing in found} - {""}) < 2:
        found = [crossing for crossing in found if not crossing.platform]
    return list(found)
