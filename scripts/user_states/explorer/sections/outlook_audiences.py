"""Audiences: their users, and the effect of contacting them, as text."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from user_states.explorer.section import NameInSql
from user_states.explorer.user_queries import users_to_act_on
from user_states.explorer.words import counted
from user_states.marts.audience_rows import (
    AudienceDefinitionRow,
    AudienceEffectRow,
    AudienceSizeRow,
)
from user_states.marts.marts import Marts
from user_states.marts.texts import percent, signed


@dataclass(frozen=True)
class AudienceView:
    """An audience, as text.

    Attributes
    ----------
    name : str
        Its name in the marts.
    title, description : str
    n_members, n_held_out : int
        Users who are in it now, and how many of them are in the hold-out.
    effects : list of str
        Sentences about the effect of contacting its users; empty until it is known.
    sql : str
        Returns the users to contact from the warehouse.
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
        """Users who may be contacted."""
        return self.n_members - self.n_held_out


def audience_views(marts: Marts, name_in_sql: NameInSql) -> list[AudienceView]:
    """Return every audience that is defined, even without users."""
    sizes = {row.audience: row for row in marts.rows(AudienceSizeRow)}
    effects = {row.audience: row for row in marts.rows(AudienceEffectRow)}
    views = []
    for definition in marts.rows(AudienceDefinitionRow):
        name = definition.audience
        size = sizes.get(name, AudienceSizeRow(name, 0, 0))
        views.append(
            AudienceView(
                name=name,
                title=name.replace("_", " ").capitalize(),
                description=definition.description,
                n_members=size.n_members,
                n_held_out=size.n_held_out,
                effects=effect_in_words(effects.get(name)),
                sql=users_to_act_on(name, name_in_sql),
            )
        )
    return views


def effect_in_words(effect: AudienceEffectRow | None) -> list[str]:
    """Describe the effect of contacting an audience, and how reliable it is."""
    if effect is None:
        return []
    sides = (
        "In the four weeks after joining, "
        f"{percent(effect.rode_share_treated)} of {counted(effect.n_treated, 'user')} "
        f"to contact rode, and {percent(effect.rode_share_held_out)} of "
        f"{effect.n_held_out:,} in the hold-out"
    )
    return [f"{sides}{_difference(effect)}", *_reached(effect)]


def _difference(effect: AudienceEffectRow) -> str:
    difference = effect.rode_share_difference
    if difference is None or not isfinite(difference):
        return ". One of the groups is empty, so there is nothing to compare."
    points = f": {signed(100 * difference)} points"
    low, high = effect.rode_share_difference_low, effect.rode_share_difference_high
    if low is None or high is None or not isfinite(low + high):
        return f"{points}."
    ends = f" (95% interval {signed(100 * low)} to {signed(100 * high)})"
    if low <= 0 <= high:
        return f"{points}{ends}, which may be chance."
    return f"{points}{ends}, which is unlikely to be chance."


def _reached(effect: AudienceEffectRow) -> list[str]:
    """Describe who was contacted: if nobody was, any difference is chance."""
    sentences = []
    if not effect.n_treated_exposed:
        sentences.append(
            "According to the log of exposures nobody has been contacted, so any "
            "difference is chance."
        )
    else:
        sentences.append(
            f"{effect.n_treated_exposed:,} of the users to contact were contacted."
        )
    if effect.n_held_out_exposed:
        sentences.append(
            f"{counted(effect.n_held_out_exposed, 'user')} of the hold-out "
            f"{'was' if effect.n_held_out_exposed == 1 else 'were'} contacted by "
            "mistake, which spoils the comparison."
        )
    return sentences
