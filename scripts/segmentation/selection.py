"""How many states: a table of candidates, and the rule that chooses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from segmentation.arrays import FloatArray
from segmentation.fitting import FitResult, count_parameters


@dataclass(frozen=True)
class SelectionRow:
    """One candidate number of states.

    Attributes
    ----------
    n_states : int
        K.
    start : int
        The start that its fit came from.
    log_likelihood : float
        Of all rows, in nats.
    n_parameters : int
        Free parameters, see `count_parameters`.
    aic : float
        -2 log L + 2 p (Akaike 1974, IEEE Transactions on Automatic Control 19).
    bic : float
        -2 log L + p log n (Schwarz 1978, Annals of Statistics 6), with n the
        number of user-weeks (Zucchini, MacDonald and Langrock 2016, Hidden
        Markov Models for Time Series, section 6.1).
    min_state_share : float
        Share of decoded user-weeks of the smallest state.
    n_floor_hits : int
        Variances at the floor.
    n_defects : int
        Guards that the model failed.
    n_iterations : int
        EM iterations on all rows.
    converged : bool
    """

    n_states: int
    start: int
    log_likelihood: float
    n_parameters: int
    aic: float
    bic: float
    min_state_share: float
    n_floor_hits: int
    n_defects: int
    n_iterations: int
    converged: bool


@dataclass(frozen=True)
class Choice:
    """The chosen number of states, and why, in words."""

    n_states: int
    explanation: str


def selection_row(
    fit: FitResult, state_shares: FloatArray, n_defects: int
) -> SelectionRow:
    """Return the row of the selection table for a fit.

    Parameters
    ----------
    fit : FitResult
    state_shares : array, shape (K,)
        Share of decoded user-weeks in each state.
    n_defects : int
        Number of defects that `check_model` found.
    """
    parameters = fit.parameters
    n_parameters = count_parameters(parameters.n_states, parameters.n_features)
    return SelectionRow(
        n_states=parameters.n_states,
        start=fit.start,
        log_likelihood=fit.log_likelihood,
        n_parameters=n_parameters,
        aic=-2.0 * fit.log_likelihood + 2.0 * n_parameters,
        bic=-2.0 * fit.log_likelihood + n_parameters * math.log(fit.n_rows),
        min_state_share=float(state_shares.min()),
        n_floor_hits=fit.n_floor_hits,
        n_defects=n_defects,
        n_iterations=fit.n_iterations,
        converged=fit.converged,
    )


def choose_n_states(candidates: Sequence[SelectionRow]) -> Choice:
    """Choose the number of states: least BIC among models without defects.

    Where every model has a defect, the least BIC of all. BIC alone tends to ask
    for more states than anyone can name, since every state more also mends what
    the Gaussian shape gets wrong (Pohle, Langrock, van Beest and Schmidt 2017,
    Journal of Agricultural, Biological and Environmental Statistics 22:270-293);
    the explanation says so where it happened.

    Parameters
    ----------
    candidates : sequence of SelectionRow
        At least one, each with another number of states.

    Raises
    ------
    ValueError
        If there is none, or a number of states comes twice.
    """
    rows = sorted(candidates, key=lambda row: row.n_states)
    if not rows or len({row.n_states for row in rows}) < len(rows):
        raise ValueError(
            "expected at least one candidate, each with another number of states"
        )
    if len(rows) == 1:
        return Choice(
            rows[0].n_states, f"{_states(rows[0])}, as asked: nothing to choose from."
        )
    sound = [row for row in rows if row.n_defects == 0]
    chosen = min(sound or rows, key=lambda row: row.bic)
    sentences = [
        _reason(chosen, len(rows), len(sound)),
        _least_bic_of_all(rows, chosen),
        _end_of_range(rows),
    ]
    return Choice(chosen.n_states, " ".join(filter(None, sentences)))


def _reason(chosen: SelectionRow, n_rows: int, n_sound: int) -> str:
    if n_sound == 0:
        return (
            f"{_states(chosen)}: BIC is least ({chosen.bic:.0f}), but all {n_rows} "
            "models failed their guards."
        )
    return (
        f"{_states(chosen)}: BIC is least ({chosen.bic:.0f}) among the {n_sound} of "
        f"{n_rows} models that pass their guards."
    )


def _least_bic_of_all(rows: Sequence[SelectionRow], chosen: SelectionRow) -> str:
    least = min(rows, key=lambda row: row.bic)
    if least is chosen:
        return ""
    return (
        f"{_states(least)} would have a lower one ({least.bic:.0f}), but that model "
        f"has {least.n_defects} defect{'s' if least.n_defects > 1 else ''}."
    )


def _end_of_range(rows: Sequence[SelectionRow]) -> str:
    if min(rows, key=lambda row: row.bic) is not rows[-1]:
        return ""
    return (
        f"BIC still falls at {rows[-1].n_states} states, the end of the range, as it "
        "often does on many rows: it does not say where to stop, so judge by whether "
        "the states can be told apart and named."
    )


def _states(row: SelectionRow) -> str:
    return f"{row.n_states} state{'' if row.n_states == 1 else 's'}"
