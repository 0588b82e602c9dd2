"""Audiences as the page tells them: who is meant, and what acting on them did."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from user_states.explorer.user_queries import Relation, users_to_act_on
from user_states.explorer.words import counted
from user_states.marts.mart_data import MartData
from user_states.marts.page_rows import AudienceEffect, AudienceSize
from user_states.marts.texts import percent, signed


@dataclass(frozen=True)
class AudienceView:
    """An audience, in words.

    Attributes
    ----------
    name : str
        As the marts call it.
    title, description : str
    n_members, n_held_out : int
        Users who are in it now, and those of them who are to be left alone.
    effects : list of str
        What acting on it did, in sentences; empty while that is not known.
    sql : str
        Gets the users to act on out of the warehouse.
    """

    name: str
    title: str
    description: str
    n_members: int
    n_held_out: int
    effects: list[str]
    sql: str

    @property
    def n_to_act_on(self) -> int:
        """Users who may be reached."""
        return self.n_members - self.n_held_out


def audience_views(data: MartData, relation: Relation) -> list[AudienceView]:
    """Return every audience that is defined, also one that nobody is in.

    Parameters
    ----------
    data : MartData
    relation : callable
        From a mart's name to how SQL calls it in this target.
    """
    sizes = {row.audience: row for row in data.audience_sizes}
    effects = {row.audience: row for row in data.audience_effects}
    views = []
    for definition in data.audience_definitions:
        name = definition.audience
        size = sizes.get(name, AudienceSize(name, 0, 0))
        views.append(
            AudienceView(
                name=name,
                title=name.replace("_", " ").capitalize(),
                description=definition.description,
                n_members=size.n_members,
                n_held_out=size.n_held_out,
                effects=effect_in_words(effects.get(name)),
                sql=users_to_act_on(name, relation),
            )
        )
    return views


def effect_in_words(effect: AudienceEffect | None) -> list[str]:
    """Say what acting on an audience did, and how far that can be relied on."""
    if effect is None:
        return []
    sides = (
        f"In the four weeks after they came in {percent(effect.rode_share_treated)} "
        f"of {counted(effect.n_treated, 'user')} who might be reached rode, and "
        f"{percent(effect.rode_share_held_out)} of {effect.n_held_out:,} left alone"
    )
    return [f"{sides}{_difference(effect)}", *_reached(effect)]


def _difference(effect: AudienceEffect) -> str:
    difference = effect.rode_share_difference
    if difference is None or not isfinite(difference):
        return "; with nobody on one of the sides there is nothing to compare."
    points = f": {signed(100 * difference)} points"
    low, high = effect.rode_share_difference_low, effect.rode_share_difference_high
    if low is None or high is None or not isfinite(low + high):
        return f"{points}."
    ends = f" (95% interval {signed(100 * low)} to {signed(100 * high)})"
    if low <= 0 <= high:
        return f"{points}{ends}, which may be chance."
    return f"{points}{ends}, which is more than chance does nineteen times of twenty."


def _reached(effect: AudienceEffect) -> list[str]:
    """Say who was reached: without anyone there is no effect, whatever the figures."""
    sentences = []
    if not effect.n_treated_exposed:
        sentences.append(
            "Nobody has been reached, as the log of exposures has it: so any "
            "difference is chance."
        )
    else:
        sentences.append(f"Reached were {effect.n_treated_exposed:,} of them.")
    if effect.n_held_out_exposed:
        sentences.append(
            f"{counted(effect.n_held_out_exposed, 'user')} of those to be left alone "
            "were reached all the same, which spoils the comparison."
        )
    return sentences
