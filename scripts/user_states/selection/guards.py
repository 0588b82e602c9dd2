"""Checks that a model must pass to be published."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from user_states.hmm.arrays import FloatArray
from user_states.hmm.fit_result import at_floor
from user_states.hmm.parameters import HMMParameters
from user_states.panel.features import Feature
from user_states.panel.log_gaps import LogGaps
from user_states.selection.dynamics import Dynamics
from user_states.selection.separation import Separation

DefectKind = Literal[
    "collapsed",
    "empty",
    "brief",
    "not_converged",
    "non_finite",
    "lone_optimum",
    "unstable",
    "not_separating",
    "no_dynamics",
    "empty_end",
    "empty_weeks",
]

# Defects as named in the explanation of the choice.
IN_SHORT: dict[DefectKind, str] = {
    "collapsed": "a state has collapsed onto one value",
    "empty": "a state is nearly empty",
    "brief": "users hardly stay in a state",
    "not_converged": "the fit did not converge",
    "non_finite": "its parameters are not numbers",
    "lone_optimum": "too few starts reached the same optimum",
    "unstable": "refits on resampled users give other states",
    "not_separating": "states do not predict next week's activity",
    "no_dynamics": "users who never change would explain next week as well",
    "empty_end": "the as-of week has hardly any rides",
    "empty_weeks": "weeks without any ride make everybody look silent",
}

# Defects that only other fits and other users show.
EVIDENCE_KINDS: tuple[DefectKind, ...] = (
    "lone_optimum",
    "unstable",
    "not_separating",
    "no_dynamics",
)

# Polished starts that must reach the best optimum.
MIN_STARTS_AT_BEST = 2

# Share of the usual rides that the as-of week may lack. As in the seed
# quality_thresholds, whose row only decides about a warning.
MAX_MISSING_AT_END = 0.9

# Greatest share of user-weeks in weeks without any ride. A shop that closes for two
# weeks a year stays below it.
MAX_EMPTY_SHARE = 0.05

# Greatest p-value at which states count as informative about next week's activity, and
# as telling it better than users who never change.
MAX_P_VALUE = 0.05


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong with a model.

    Attributes
    ----------
    kind : str
        `collapsed`: a feature hardly varies in the state; `empty`: hardly
        anyone is in the state; `not_converged`; `non_finite`: a parameter is
        NaN or infinite; `lone_optimum`: only one start reached the best optimum;
        `brief`: users leave the state after a week or so; `unstable`: refits on
        resampled users give other states; `not_separating`: states do not predict next
        week's activity; `no_dynamics`: they predict it no better than a model whose
        users never change; `empty_end`, `empty_weeks`: the log has hardly any rides in
        its last week, or none in many weeks, so that users look silent.
    state : int or None
        Number of the state, from 1; None if the defect is of the whole model.
    feature : str or None
    text : str
        The defect and its remedy, in words.
    """

    kind: DefectKind
    state: int | None
    feature: str | None
    text: str


def check_model(
    parameters: HMMParameters,
    features: Sequence[Feature],
    *,
    variance_floor: float | FloatArray,
    state_shares: FloatArray,
    min_state_share: float,
    median_stays: FloatArray,
    min_stay_weeks: float,
    converged: bool,
) -> list[Defect]:
    """Return every defect of the model itself.

    Parameters
    ----------
    parameters : HMMParameters
        States in the order of display, so that the texts number them as the
        marts do, from 1.
    features : sequence of Feature
        As many as densities. Only Gaussian ones can collapse: a probability may well
        be near 0 or 1.
    variance_floor : float or array, shape (P,)
        Of the fit, in squared scaled units.
    state_shares : array, shape (K,)
        Share of decoded user-weeks in each state.
    min_state_share : float
        A state with a smaller share counts as empty.
    median_stays : array, shape (K,)
        Median weeks of the decoded stays in each state, NaN for a state without stays.
    min_stay_weeks : float
        A state with shorter stays, decoded or expected, counts as brief.
    converged : bool
        Whether the fit converged.
    """
    return [
        *_non_finite(parameters, state_shares),
        *_collapsed(parameters, features, variance_floor),
        *_empty(state_shares, min_state_share),
        *_brief(parameters, median_stays, min_stay_weeks),
        *_not_converged(converged),
    ]


def check_evidence(
    *,
    n_polished: int,
    n_at_best: int,
    stability: float | None,
    min_stability: float,
    separation: Separation | None,
    dynamics: Dynamics | None = None,
    n_states: int | None = None,
) -> list[Defect]:
    """Return every defect that only other fits and other users show.

    Parameters
    ----------
    n_polished : int
        Starts that continued with all users; 0 if none has so far.
    n_at_best : int
        Polished starts that reached the best optimum, including the best one.
    stability : float or None
        From `mean_adjusted_rand`; None if it was not measured.
    min_stability : float
        Least stability that counts as stable.
    separation : Separation or None
        None if it could not be tested.
    dynamics : Dynamics or None
        None if it was not tested.
    n_states : int or None
        Number of states, K, if known. A model of one state has one optimum, is always
        stable, separates nothing and has no dynamics, so it has none of these defects.
    """
    if n_states == 1:
        return []
    return [
        *_lone_optimum(n_polished, n_at_best),
        *_unstable(stability, min_stability),
        *_not_separating(separation),
        *_no_dynamics(dynamics),
    ]


def check_log(gaps: LogGaps) -> list[Defect]:
    """Return every defect of the rides that the model was fitted on."""
    defects = []
    if gaps.missing_at_end is not None and gaps.missing_at_end > MAX_MISSING_AT_END:
        text = (
            f"the log stops before the as-of week, so all users look silent. "
            f"{gaps.end_text} Expected at least {1 - MAX_MISSING_AT_END:.0%} of the "
            "usual rides: correct the times of the late rides or set the var "
            "as_of_date, load missing rides, and fit again"
        )
        defects.append(Defect("empty_end", None, None, text))
    if gaps.empty_share > MAX_EMPTY_SHARE:
        text = (
            f"{gaps.empty_share:.1%} of the user-weeks are in weeks without any ride, "
            f"in which all users look silent. {gaps.gaps_text} Expected at most "
            f"{MAX_EMPTY_SHARE:.0%}: load the missing weeks, or leave out what comes "
            "before or after them (the vars earliest_ride_date and as_of_date)"
        )
        defects.append(Defect("empty_weeks", None, None, text))
    return defects


def _non_finite(parameters: HMMParameters, state_shares: FloatArray) -> list[Defect]:
    arrays = {
        "start_probabilities": parameters.start_probabilities,
        "transition_matrix": parameters.transition_matrix,
        "means": parameters.means,
        "variances": parameters.variances,
        "state_shares": state_shares,
    }
    defects = []
    for name, values in arrays.items():
        n_bad = int(np.count_nonzero(~np.isfinite(values)))
        if n_bad:
            text = f"{name}: {n_bad} of {values.size} values are NaN or infinite"
            defects.append(Defect("non_finite", None, None, text))
    return defects


def _collapsed(
    parameters: HMMParameters,
    features: Sequence[Feature],
    variance_floor: float | FloatArray,
) -> list[Defect]:
    # The variance of a binary feature follows from its mean. If every week counts, a
    # carried feature is the same week after week. At the floor, both are as expected.
    # In mixed emissions only the weeks count in which a feature was observed anew.
    every_week_counts = bool(parameters.is_gaussian.all())
    remedy = "fewer states, or leave the feature out (hmm.features)"
    if every_week_counts:
        remedy = "mixed emissions (hmm.emissions) or fewer states"
    floors = np.broadcast_to(variance_floor, parameters.means.shape[1:])
    floored = at_floor(parameters, variance_floor)
    defects = []
    for number, feature in enumerate(features):
        columns = parameters.columns(number)
        is_carried = every_week_counts and feature.silent_week == "carried"
        if feature.family == "binary" or is_carried:
            continue
        for state in np.flatnonzero(floored[:, columns].any(axis=1)).tolist():
            text = (
                f"state {state + 1}: {feature.name} has variance "
                f"{parameters.variances[state, columns].min():.4f}, at the floor of "
                f"{floors[columns].min():.4f}: the state has collapsed onto one value, "
                f"which overstates the likelihood: ask for {remedy}"
            )
            defects.append(Defect("collapsed", state + 1, feature.name, text))
    return sorted(defects, key=lambda defect: defect.state or 0)


def _empty(state_shares: FloatArray, min_state_share: float) -> list[Defect]:
    return [
        Defect(
            "empty",
            state + 1,
            None,
            f"state {state + 1}: has {share:.3%} of the decoded user-weeks, less than "
            f"{min_state_share:.3%} and too few for reliable figures: ask for fewer "
            "states",
        )
        for state, share in enumerate(state_shares.tolist())
        if share < min_state_share
    ]


def _brief(
    parameters: HMMParameters, median_stays: FloatArray, min_stay_weeks: float
) -> list[Defect]:
    """Return the states in which users hardly stay.

    The expected stay is 1 / (1 - A_kk) weeks, the mean of a geometric distribution. A
    single state is never left.
    """
    if parameters.n_states == 1:
        return []
    leaving = 1.0 - np.diag(parameters.transition_matrix)
    expected = (1.0 / leave if leave > 0 else math.inf for leave in leaving.tolist())
    defects = []
    for state, (stay, median) in enumerate(
        zip(expected, median_stays.tolist(), strict=True), start=1
    ):
        if stay < min_stay_weeks or median < min_stay_weeks:
            decoded = "" if math.isnan(median) else f", half of them {median:g} or less"
            text = (
                f"state {state}: users stay for {stay:.1f} weeks on average{decoded}; "
                f"expected at least {min_stay_weeks:g} (hmm.min_stay_weeks), because "
                "weeks that stand alone are no state: ask for fewer states"
            )
            defects.append(Defect("brief", state, None, text))
    return defects


def _not_converged(converged: bool) -> list[Defect]:
    if converged:
        return []
    text = (
        "the fit did not converge: raise hmm.max_iterations or hmm.tolerance, or "
        "ask for fewer states"
    )
    return [Defect("not_converged", None, None, text)]


def _lone_optimum(n_polished: int, n_at_best: int) -> list[Defect]:
    if n_polished == 0 or n_at_best >= MIN_STARTS_AT_BEST:
        return []
    if n_polished == 1:
        found = (
            "only one start was polished, so no other start confirms its optimum: ask "
            "for more starts (hmm.starts and hmm.polished_starts, at least 2 each)"
        )
    else:
        found = (
            f"{n_at_best} of {n_polished} polished starts reached the best optimum; "
            f"expected at least {MIN_STARTS_AT_BEST}, because another fit may find "
            "other, better states: ask for fewer states or more starts (hmm.starts, "
            "hmm.polished_starts)"
        )
    return [Defect("lone_optimum", None, None, found)]


def _unstable(stability: float | None, min_stability: float) -> list[Defect]:
    # Written so that NaN counts as unstable.
    if stability is None or stability >= min_stability:
        return []
    text = (
        "refits on resampled users give other states: they agree at an adjusted Rand "
        f"index of {stability:.3f}; expected at least {min_stability:.3f} "
        "(hmm.min_stability): ask for fewer states, or fit on more users "
        "(hmm.sample_users)"
    )
    return [Defect("unstable", None, None, text)]


def _not_separating(separation: Separation | None) -> list[Defect]:
    if separation is None or separation.p_value <= MAX_P_VALUE:
        return []
    text = (
        "states predict next week's activity no better than other users' states: "
        f"{separation.information:.6f} nats a user-week, p = {separation.p_value:.3f} "
        f"of {separation.n_shuffles} shuffles; expected at most {MAX_P_VALUE}: ask for "
        "another number of states, or let the model read other features "
        "(hmm.features)"
    )
    return [Defect("not_separating", None, None, text)]


def _no_dynamics(dynamics: Dynamics | None) -> list[Defect]:
    if dynamics is None or dynamics.p_value <= MAX_P_VALUE:
        return []
    gain = dynamics.gain
    text = (
        f"states tell next week no better than {dynamics.rival}: by {gain.mean:.6f} "
        f"nats a user-week, with a standard error of {gain.standard_error:.6f}, "
        f"p = {dynamics.p_value:.3f}; expected at most {MAX_P_VALUE}: let "
        "one state be among the candidates (hmm.states), or let the model read other "
        "features (hmm.features)"
    )
    return [Defect("no_dynamics", None, None, text)]
