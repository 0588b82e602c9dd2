"""Which features are traits: they say who a user is, and not what a user does.

States are for what changes. A feature that hardly changes in half a year divides users,
not weeks, and a model that reads it finds states that nobody enters or leaves. The
measure is how much of the correlation of adjacent weeks is left after 26 weeks:

    ratio = r(t, t + 26) / r(t, t + 1)

over pairs of weeks of one user in which both values are known. Behaviour that comes in
spells gives a small ratio; a trait, blurred by what happens in a single week, gives
nearly the same correlation at both distances, and a ratio near 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.panel.features import Feature
from user_states.panel.user_weeks import Sample, UserWeeks
from user_states.panel.weekly_values import weekly_values

# Weeks between the two values that are compared: half a year.
LAG_WEEKS = 26
# With fewer calendar weeks, hardly any pair is that far apart.
LEAST_WEEKS = 30
# With fewer pairs at the longer distance, chance alone moves the ratio.
_LEAST_PAIRS = 1_000
# A smaller correlation after half a year is no trait, whatever the ratio.
_LEAST_CORRELATION = 0.03


@dataclass(frozen=True)
class TraitRatio:
    """How lasting a feature is.

    Attributes
    ----------
    feature : Feature
    after_a_week, after_half_a_year : float
        Correlations of its weekly values 1 and 26 weeks apart.
    """

    feature: Feature
    after_a_week: float
    after_half_a_year: float

    @property
    def ratio(self) -> float:
        """Correlation after half a year as a share of that after a week."""
        return self.after_half_a_year / self.after_a_week

    def is_above(self, max_ratio: float) -> bool:
        """Whether the feature is a trait."""
        return self.after_half_a_year > _LEAST_CORRELATION and self.ratio > max_ratio


@dataclass(frozen=True, eq=False)
class TraitReport:
    """What the guard against traits found.

    Attributes
    ----------
    ratios : tuple of TraitRatio
        Of the features that could be measured.
    traits : tuple of TraitRatio
        Those above the limit.
    lines, warnings : tuple of str
        To log.
    """

    ratios: tuple[TraitRatio, ...]
    traits: tuple[TraitRatio, ...]
    lines: tuple[str, ...]
    warnings: tuple[str, ...]


def without_traits(
    sample: Sample, max_ratio: float, *, drops: bool
) -> tuple[Sample, TraitReport]:
    """Measure the features of a sample, and leave traits out if that is wanted.

    Measured on the users who are not held out, in natural units. Counts are not
    measured: how often a user rides is what states are about. Neither is activity,
    which says the same in less detail.

    Parameters
    ----------
    sample : Sample
    max_ratio : float
        The var hmm.max_trait_ratio.
    drops : bool
        Leave a trait out of the sample; otherwise only warn. It stays if nothing
        would be left.

    Returns
    -------
    sample : Sample
        Without the traits that are left out.
    report : TraitReport
    """
    weeks = _learned_from(sample)
    measured = [
        feature
        for feature in weeks.features
        if feature.family != "count" and feature.name != "is_active"
    ]
    if weeks.n_weeks < LEAST_WEEKS:
        line = (
            f"traits: not measured, because the log has {weeks.n_weeks} weeks; that "
            f"takes {LEAST_WEEKS}"
        )
        return sample, TraitReport((), (), (line,) if measured else (), ())
    ratios = tuple(filter(None, (trait_ratio(weeks, one) for one in measured)))
    traits = tuple(one for one in ratios if one.is_above(max_ratio))
    named = {one.feature.name for one in traits}
    kept = [feature for feature in weeks.features if feature.name not in named]
    if not traits:
        return sample, TraitReport(ratios, (), (), ())
    if drops and kept:
        lines = tuple(f"left out of the model: {_described(one)}" for one in traits)
        return sample.select(kept), TraitReport(ratios, traits, lines, ())
    found = ", ".join(f"{one.feature.name} ({one.ratio:.2f})" for one in traits)
    warning = (
        f"warning: the model reads traits: {found}. Expected at most {max_ratio:g} of "
        f"the correlation from week to week to be left after {LAG_WEEKS} weeks "
        "(hmm.max_trait_ratio), because states made of traits divide users rather than "
        "weeks: take them out of hmm.features"
    )
    return sample, TraitReport(ratios, traits, (), (warning,))


def trait_ratio(weeks: UserWeeks, feature: Feature) -> TraitRatio | None:
    """Return how lasting a feature is; None if too little is known to tell.

    Only weeks in which the feature can change count: every week if it is evidence in
    every week, otherwise weeks with a completed ride, or with a request. A user's first
    week does not count: the usual city, for one, is that of the same week's rides then,
    and in a young log half of the earlier weeks are first ones. For parts, the
    covariances of all shares are added up before the correlation is taken.

    Parameters
    ----------
    weeks : UserWeeks
        In natural units.
    feature : Feature
    """
    values = weekly_values(weeks, feature)
    is_known = _changes_in(weeks, feature) & np.isfinite(values).all(axis=1)
    is_known &= ~weeks.is_first
    user = weeks.user
    near = _correlation(values, is_known, user, 1)
    far = _correlation(values, is_known, user, LAG_WEEKS)
    if near is None or far is None or near <= 0:
        return None
    return TraitRatio(feature, near, far)


def _changes_in(weeks: UserWeeks, feature: Feature) -> BoolArray:
    if feature.evidence in ("week", "later_week"):
        return np.ones(weeks.n_rows, dtype=np.bool_)
    return weeks.has_request if feature.evidence == "request" else weeks.is_active


def _correlation(
    values: FloatArray, is_known: BoolArray, user: IntArray, lag: int
) -> float | None:
    """Return the correlation of values some weeks apart, over all users.

    `values` has a row for each week and a column for each part; the sum of their
    covariances is divided by that of their variances.
    """
    is_pair = is_known[:-lag] & is_known[lag:] & (user[:-lag] == user[lag:])
    if np.count_nonzero(is_pair) < _LEAST_PAIRS:
        return None
    earlier, later = values[:-lag][is_pair], values[lag:][is_pair]
    earlier = earlier - earlier.mean(axis=0)
    later = later - later.mean(axis=0)
    scale = float(np.sqrt((earlier**2).sum() * (later**2).sum()))
    return float((earlier * later).sum()) / scale if scale > 0 else None


def _learned_from(sample: Sample) -> UserWeeks:
    """Return the weeks of the users who are not held out; of all if all are."""
    if sample.is_held_out.all():
        return sample.weeks
    return sample.weeks.of_users(~sample.is_held_out)


def _described(one: TraitRatio) -> str:
    return (
        f"{one.feature.name} is a trait: {one.ratio:.0%} of its correlation from week "
        f"to week is left after {LAG_WEEKS} weeks"
    )
