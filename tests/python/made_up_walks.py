"""Made-up journeys: people who walk through a shop, and the same by plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

STEPS = (
    *("home", "catalog", "product_view", "add_to_cart", "shipping_details"),
    *("payment_details", "purchase", "support_chat"),
)
# What the seed calls them, where it is another name.
RENAMED = {"support_chat": "support_contact"}
PLATFORMS = ("web", "mobile", "tablet")
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
N_DAYS = 90
# After these two steps the third depends on both: the walks have a memory.
_MEMORY = {("product_view", "add_to_cart"): "shipping_details"}


@dataclass(frozen=True)
class WalkedEvent:
    """An event of a made-up log; those of nobody have no user."""

    user: str | None
    session: str
    step: str
    moment: datetime
    platform: str


def walks(n_users: int = 160, seed: int = 3) -> list[WalkedEvent]:
    """Return the events of people who walk at random; some at the same instant."""
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(len(STEPS) + 1, 0.6), len(STEPS))
    events = []
    for user in range(n_users):
        for visit in range(1 + rng.poisson(2)):
            moment = BEGIN + timedelta(seconds=int(rng.integers(N_DAYS * 86_400)))
            platform = PLATFORMS[rng.integers(len(PLATFORMS))]
            before, step = "", int(rng.integers(3))
            for _ in range(25):
                name = STEPS[step]
                events.append(
                    WalkedEvent(
                        user=f"user_{user}",
                        session=f"{user} {visit}",
                        step=name,
                        moment=moment,
                        platform=platform,
                    )
                )
                # One in ten comes at the same instant as the one before.
                moment += timedelta(seconds=int(rng.integers(0, 10) > 0) * 40)
                forced = _MEMORY.get((before, name))
                if forced and rng.random() < 0.7:
                    before, step = name, STEPS.index(forced)
                    continue
                before, step = name, int(rng.choice(len(STEPS) + 1, p=chances[step]))
                if step == len(STEPS):
                    break
    return events


Path = list[tuple[str, datetime]]


def paths_of(events: list[WalkedEvent], unit: str, order: list[str]) -> dict[str, Path]:
    """Return the steps of every journey with their moments, in order.

    Parameters
    ----------
    events : list of WalkedEvent
        No two of a journey have the same moment and step.
    unit : str
        `session` or `person`.
    order : list of str
        Which of two steps at the same instant comes first.
    """
    found: defaultdict[str, Path] = defaultdict(list)
    for event in events:
        whose = event.session if unit == "session" else event.user
        if whose is not None:
            step = RENAMED.get(event.step, event.step)
            found[whose].append((step, event.moment))
    return {
        whose: sorted(path, key=lambda item: (item[1], order.index(item[0])))
        for whose, path in found.items()
    }


def transitions(paths: dict[str, Path]) -> Counter[tuple[str, str]]:
    """Count what comes after each step."""
    counts: Counter[tuple[str, str]] = Counter()
    for path in paths.values():
        steps = ["start", *(step for step, _ in path), "exit"]
        counts.update(pairwise(steps))
    return counts


def reached(path: Path, funnel: list[set[str]], counting: str, hours: float) -> int:
    """Return how far one journey comes, by trying every beginning."""
    places = [
        next((k for k, steps in enumerate(funnel) if step in steps), -1)
        for step, _ in path
    ]
    best = 0
    for begin in range(len(path)):
        until = path[begin][1] + timedelta(hours=hours)
        inside = [
            place
            for place, (_, moment) in zip(places[begin:], path[begin:], strict=True)
            if moment <= until
        ]
        if counting == "any":
            best = max(best, len(set(inside) - {-1}) if places[begin] >= 0 else 0)
            continue
        if places[begin] != 0:
            continue
        length = 0
        for place in inside:
            if place == length:
                length += 1
            elif counting == "strict":
                break
        best = max(best, length)
    return best


def drop_offs(
    path: Path, funnel: list[set[str]], hours: float, log_end: datetime
) -> set[tuple[int, datetime]]:
    """Return place and moment of every drop-off of one journey."""
    found = set()
    for number, (step, moment) in enumerate(path):
        place = next((k for k, steps in enumerate(funnel) if step in steps), -1)
        until = moment + timedelta(hours=hours)
        if place < 0 or place == len(funnel) - 1 or until > log_end:
            continue
        since = moment - timedelta(hours=hours)
        recent = [item for item in path[: number + 1] if item[1] >= since]
        if reached_ending_at(recent, funnel, place) and not any(
            any(later in steps for steps in funnel[place:]) and then <= until
            for later, then in path[number + 1 :]
        ):
            found.add((place + 1, until))
    return found


def reached_ending_at(path: Path, funnel: list[set[str]], place: int) -> bool:
    """Return whether the last step of a path is reached in the order of a funnel."""
    length = 0
    for step, _ in path[:-1]:
        if length < place and step in funnel[length]:
            length += 1
    return length == place and path[-1][0] in funnel[place]
