"""The recursions of a hidden Markov model for eight users at once, compiled.

With pi the start probabilities, A the transition matrix, and b the densities
divided by the largest of their week, exp(top_t), the scaled recursions (Rabiner
1989, Proceedings of the IEEE 77:257-286, section V.A) are

    a_t(j) = b_j(t) sum_i a_{t-1}(i) r_{t-1} A_ij     a_0(j) = pi_j b_j(0)
    r_t    = 1 / sum_j a_t(j)
    w_t(j) = b_j(t) beta_t(j) r_t                     beta_{T-1}(j) = 1
    beta_{t-1}(i) = sum_j A_ij w_t(j)

    log-likelihood                        sum_t top_t - log r_t
    P(state j in t | weeks up to t)       a_t(j) r_t
    P(state j in t | all weeks)           a_t(j) r_t beta_t(j)
    P(i in t - 1 and j in t | all weeks)  a_{t-1}(i) r_{t-1} A_ij w_t(j)

The last axis of the arrays is eight users ("lanes", see lanes.py) of about the same
length. In weeks after a user's last week, b is 1 and nothing is counted.

If the transition matrix has entries near 0, a path that is lost to underflow may later
turn out to be the only one. Then the product of the user's scales becomes tiny. Such a
user is reported as lost, and left out of all sums.
"""

from __future__ import annotations

import math

import numpy as np

from user_states.hmm.arrays import FloatArray, IntArray
from user_states.hmm.lanes import (
    WIDTH,
    Lanes,
    aligned_zeros,
    any_lane,
    choose,
    compiled,
    load,
    multiply_add,
    power_of_two,
    spread,
    store,
)

# exp(x) = 2^n exp(x - n log 2), with log 2 in two parts, and a Taylor series. The first
# omitted term is below 5e-18 for |x| < log(2) / 2.
_LOG2_OF_E = 1.4426950408889634
_LOG_2_HIGH, _LOG_2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10
_TO_INTEGER = 1.5 * 2.0**52
_TAYLOR = tuple(1.0 / math.factorial(n) for n in range(12, -1, -1))
_TAYLOR_13 = 1.0 / math.factorial(13)
# Below this, exp is 0 for all purposes.
_LEAST_EXPONENT = -708.0
# Scales are multiplied until their product is below this; then its logarithm is taken.
_SMALL = 1e-100


@compiled
def _exp(x: Lanes) -> Lanes:
    x = choose(x > spread(_LEAST_EXPONENT), x, spread(_LEAST_EXPONENT))
    shifted = multiply_add(x, spread(_LOG2_OF_E), spread(_TO_INTEGER))
    n = shifted - spread(_TO_INTEGER)
    rest = multiply_add(n, spread(-_LOG_2_HIGH), x)
    rest = multiply_add(n, spread(-_LOG_2_LOW), rest)
    series = spread(_TAYLOR_13)
    for coefficient in _TAYLOR:
        series = multiply_add(series, rest, spread(coefficient))
    result: Lanes = series * power_of_two(shifted)
    return result


@compiled
def _log_densities(
    values: FloatArray,
    first: int,
    n_weeks: int,
    constant: FloatArray,
    linear: FloatArray,
    quadratic: FloatArray,
    log_b: FloatArray,
    top: FloatArray,
) -> None:
    n_states, n_columns = linear.shape
    n_quadratic = quadratic.shape[1]
    for t in range(n_weeks):
        largest = spread(-np.inf)
        for k in range(n_states):
            density = spread(constant[k])
            for c in range(n_quadratic):
                x = load(values, (first + t, c))
                slope = multiply_add(spread(quadratic[k, c]), x, spread(linear[k, c]))
                density = multiply_add(slope, x, density)
            for c in range(n_quadratic, n_columns):
                x = load(values, (first + t, c))
                density = multiply_add(spread(linear[k, c]), x, density)
            store(log_b, (t, k), density)
            largest = choose(density > largest, density, largest)
        store(top, (t,), largest)


@compiled
def _scale_densities(
    n_weeks: int, lane_weeks: Lanes, log_b: FloatArray, top: FloatArray
) -> None:
    """Replace log b by b, and set `top` to 0 in weeks that a user does not have."""
    for t in range(n_weeks):
        is_there = spread(float(t)) < lane_weeks
        largest = load(top, (t,))
        for k in range(log_b.shape[1]):
            b = _exp(load(log_b, (t, k)) - largest)
            store(log_b, (t, k), choose(is_there, b, spread(1.0)))
        store(top, (t,), choose(is_there, largest, spread(0.0)))


@compiled
def _forward(
    n_weeks: int,
    start: FloatArray,
    transition: FloatArray,
    b: FloatArray,
    top: FloatArray,
    a: FloatArray,
    r: FloatArray,
    totals: FloatArray,
) -> None:
    """Fill `a` and `r`, and the totals: sums of top, and of -log r."""
    n_states = len(start)
    scale, tops, product = spread(1.0), spread(0.0), spread(1.0)
    totals[:] = 0.0
    for t in range(n_weeks):
        total = spread(0.0)
        for j in range(n_states):
            if t == 0:
                predicted = spread(start[j])
            else:
                predicted = spread(0.0)
                for i in range(n_states):
                    predicted = multiply_add(
                        load(a, (t - 1, i)), spread(transition[i, j]), predicted
                    )
            # The scale comes last, so that the product need not wait for the division.
            joint = predicted * (load(b, (t, j)) * scale)
            store(a, (t, j), joint)
            total = total + joint
        product = product * total
        # A lane that has underflowed continues with finite numbers.
        scale = spread(1.0) / choose(total > spread(0.0), total, spread(1.0))
        store(r, (t,), scale)
        tops = tops + load(top, (t,))
        if any_lane(product < spread(_SMALL)) or t == n_weeks - 1:
            store(totals, (2,), product)
            for lane in range(totals.shape[1]):
                totals[1, lane] += math.log(totals[2, lane])
            product = spread(1.0)
    store(totals, (0,), tops)


@compiled
def _backward(
    n_weeks: int,
    lane_weeks: Lanes,
    transition: FloatArray,
    b: FloatArray,
    r: FloatArray,
    a: FloatArray,
    beta: FloatArray,
    w: FloatArray,
    moves: FloatArray,
) -> None:
    """Replace `a` by the probabilities given all weeks, and add up the moves."""
    n_states = len(transition)
    for j in range(n_states):
        store(beta, (j,), spread(1.0))
    for t in range(n_weeks - 1, -1, -1):
        is_there = spread(float(t)) < lane_weeks
        scale = load(r, (t,))
        for j in range(n_states):
            scaled = load(beta, (j,)) * scale
            store(w, (j,), load(b, (t, j)) * scaled)
            both = choose(is_there, load(a, (t, j)) * scaled, spread(0.0))
            store(a, (t, j), both)
        if t == 0:
            break
        scale = choose(is_there, load(r, (t - 1,)), spread(0.0))
        for i in range(n_states):
            before = load(a, (t - 1, i)) * scale
            total = spread(0.0)
            for j in range(n_states):
                after = load(w, (j,))
                store(moves, (i, j), multiply_add(before, after, load(moves, (i, j))))
                total = multiply_add(spread(transition[i, j]), after, total)
            store(beta, (i,), total)


@compiled
def _add_up(
    values: FloatArray,
    first: int,
    n_weeks: int,
    probabilities: FloatArray,
    weight: FloatArray,
    value: FloatArray,
    square: FloatArray,
) -> None:
    """Add each state's probability, times each column, and times its square.

    Two weeks at a time, so that the sums are loaded and stored half as often. An odd
    last week is paired with a week of weight 0.
    """
    n_states, n_columns, _ = value.shape
    n_quadratic = square.shape[1]
    for t in range(0, n_weeks, 2):
        u = min(t + 1, n_weeks - 1)
        counts = spread(1.0 if u > t else 0.0)
        for k in range(n_states):
            p, q = load(probabilities, (t, k)), load(probabilities, (u, k)) * counts
            store(weight, (k,), load(weight, (k,)) + (p + q))
            for c in range(n_quadratic):
                x, y = load(values, (first + t, c)), load(values, (first + u, c))
                px, qy = p * x, q * y
                store(value, (k, c), load(value, (k, c)) + (px + qy))
                squares = multiply_add(px, x, load(square, (k, c)))
                store(square, (k, c), multiply_add(qy, y, squares))
            for c in range(n_quadratic, n_columns):
                x, y = load(values, (first + t, c)), load(values, (first + u, c))
                sums = multiply_add(p, x, load(value, (k, c)))
                store(value, (k, c), multiply_add(q, y, sums))


@compiled
def _write_rows(
    probabilities: FloatArray,
    n_weeks: int,
    lane_weeks: FloatArray,
    lane_start: IntArray,
    rows: FloatArray,
) -> None:
    """Write the probabilities to the users' rows."""
    for t in range(n_weeks):
        for k in range(rows.shape[1]):
            for lane in range(len(lane_weeks)):
                if t < lane_weeks[lane]:
                    # Rounding may give a little more than 1.
                    p = min(probabilities[t, k, lane], 1.0)
                    rows[lane_start[lane] + t, k] = p


@compiled
def smooth_groups(
    data: tuple[FloatArray, IntArray, IntArray, FloatArray, IntArray],
    model: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    least_log_scale: float,
    buffers: tuple[FloatArray, ...],
    sums: tuple[FloatArray, ...],
    log_likelihood: FloatArray,
    is_lost: FloatArray,
    rows: FloatArray,
) -> None:
    """Add up what the M-step needs, or write each row's probabilities.

    Parameters
    ----------
    data : tuple
        Packed values, and first row, weeks, users' weeks and users' first rows
        of each group: see `PackedSequences`.
    model : tuple
        Start probabilities, transition matrix, constant, linear and quadratic
        coefficients: see `Coefficients`.
    least_log_scale : float
        A user with a smaller log of the product of scales is lost.
    buffers : tuple
        As `make_buffers` returns them.
    sums : tuple
        First weeks (K, 8), moves (K, K, 8) still to be multiplied by the
        transition matrix, weight (K, 8), value (K, C, 8) and square (K, Q, 8):
        added to, the last three only without `rows`.
    log_likelihood, is_lost : array, shape (n_groups, 8)
        Written; the log-likelihood of a lost user is 0.
    rows : array, shape (n_rows, K), or (0, K) if not wanted
        Written.
    """
    values, first_row, n_weeks, lane_weeks, lane_start = data
    start, transition, constant, linear, quadratic = model
    b, a, top, r, beta, w, totals, counted = buffers
    starts, moves, weight, value, square = sums
    for g in range(len(first_row)):
        first, weeks = first_row[g], n_weeks[g]
        _log_densities(values, first, weeks, constant, linear, quadratic, b, top)
        _scale_densities(weeks, load(lane_weeks, (g,)), b, top)
        _forward(weeks, start, transition, b, top, a, r, totals)
        for lane in range(lane_weeks.shape[1]):
            lost = totals[1, lane] < least_log_scale
            is_lost[g, lane] = lost
            counted[0, lane] = 0.0 if lost else lane_weeks[g, lane]
            log_likelihood[g, lane] = 0.0 if lost else totals[0, lane] + totals[1, lane]
            if lost:
                # Its beta would overflow, and 0 times infinity is NaN.
                r[:weeks, lane] = 0.0
        _backward(weeks, load(counted, (0,)), transition, b, r, a, beta, w, moves)
        for k in range(len(start)):
            store(starts, (k,), load(starts, (k,)) + load(a, (0, k)))
        if len(rows) > 0:
            _write_rows(a, weeks, counted[0], lane_start[g], rows)
        else:
            _add_up(values, first, weeks, a, weight, value, square)


@compiled
def filter_groups(
    data: tuple[FloatArray, IntArray, IntArray, FloatArray, IntArray],
    model: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    least_log_scale: float,
    buffers: tuple[FloatArray, ...],
    log_likelihood: FloatArray,
    is_lost: FloatArray,
    rows: FloatArray,
) -> None:
    """Write each row's probabilities given the weeks up to it.

    Parameters as of `smooth_groups`. With `rows` of shape (0, K), only the
    log-likelihood is written.
    """
    values, first_row, n_weeks, lane_weeks, lane_start = data
    start, transition, constant, linear, quadratic = model
    b, a, top, r, _, _, totals, _ = buffers
    for g in range(len(first_row)):
        first, weeks = first_row[g], n_weeks[g]
        _log_densities(values, first, weeks, constant, linear, quadratic, b, top)
        _scale_densities(weeks, load(lane_weeks, (g,)), b, top)
        _forward(weeks, start, transition, b, top, a, r, totals)
        for lane in range(lane_weeks.shape[1]):
            lost = totals[1, lane] < least_log_scale
            is_lost[g, lane] = lost
            log_likelihood[g, lane] = 0.0 if lost else totals[0, lane] + totals[1, lane]
        if len(rows) > 0:
            for t in range(weeks):
                for k in range(len(start)):
                    store(a, (t, k), load(a, (t, k)) * load(r, (t,)))
            _write_rows(a, weeks, lane_weeks[g], lane_start[g], rows)


@compiled
def best_path_groups(
    data: tuple[FloatArray, IntArray, IntArray, FloatArray, IntArray],
    model: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    buffers: tuple[FloatArray, ...],
    log_probability: FloatArray,
    states: IntArray,
) -> None:
    """Write each user's most probable path (Viterbi) and its log-probability.

    delta_t(j) = log b_j(t) + max_i delta_{t-1}(i) + log A_ij; of equal values the first
    wins. Parameters as of `smooth_groups`, but `start` and `transition` are logarithms,
    `states` has shape (n_rows,), and no user is lost.
    """
    values, first_row, n_weeks, lane_weeks, lane_start = data
    start, transition, constant, linear, quadratic = model
    log_b, came_from, top, _, delta, before, _, _ = buffers
    n_states = len(start)
    for g in range(len(first_row)):
        first, weeks = first_row[g], n_weeks[g]
        _log_densities(values, first, weeks, constant, linear, quadratic, log_b, top)
        for j in range(n_states):
            store(delta, (j,), spread(start[j]) + load(log_b, (0, j)))
        for t in range(1, weeks):
            is_there = spread(float(t)) < load(lane_weeks, (g,))
            for j in range(n_states):
                store(before, (j,), load(delta, (j,)))
            for j in range(n_states):
                best = load(before, (0,)) + spread(transition[0, j])
                best_i = spread(0.0)
                for i in range(1, n_states):
                    score = load(before, (i,)) + spread(transition[i, j])
                    is_better = score > best
                    best = choose(is_better, score, best)
                    best_i = choose(is_better, spread(float(i)), best_i)
                best = choose(is_there, best + load(log_b, (t, j)), load(before, (j,)))
                store(delta, (j,), best)
                store(came_from, (t, j), best_i)
        for lane in range(lane_weeks.shape[1]):
            last = int(lane_weeks[g, lane]) - 1
            state = 0
            for j in range(1, n_states):
                if delta[j, lane] > delta[state, lane]:
                    state = j
            log_probability[g, lane] = delta[state, lane] if last >= 0 else 0.0
            for t in range(last, -1, -1):
                states[lane_start[g, lane] + t] = state
                if t > 0:
                    state = int(came_from[t, state, lane])


def make_buffers(n_weeks: int, n_states: int) -> tuple[FloatArray, ...]:
    """Return buffers: b, a, top, r, beta, w, totals, counted."""
    by_week_and_state, by_state = (n_weeks, n_states, WIDTH), (n_states, WIDTH)
    return aligned_zeros(
        by_week_and_state,
        by_week_and_state,
        (n_weeks, WIDTH),
        (n_weeks, WIDTH),
        by_state,
        by_state,
        (3, WIDTH),
        (1, WIDTH),
    )


def make_sums(
    n_states: int, n_columns: int, n_quadratic: int
) -> tuple[FloatArray, ...]:
    """Return sums of 0: starts, moves, weight, value, square."""
    return aligned_zeros(
        (n_states, WIDTH),
        (n_states, n_states, WIDTH),
        (n_states, WIDTH),
        (n_states, n_columns, WIDTH),
        (n_states, n_quadratic, WIDTH),
    )
