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

With several levels (see levels.py) all this is done for each. The densities differ by
one factor, exp(log_tilt_kc), in weeks with an observed count; what is the same for all
states of a level, the term n log a_c - least_c, is added at the end. The probabilities
of a level are multiplied by that of the level given all weeks, w_c L_c / sum_c w_c L_c,
and added up.

Users who never leave their state (the transition matrix is the identity) need no
recursion: sums of log-densities say which state a user is in.

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
# No level becomes less probable than this, so that later weeks can raise it again.
_LEAST_BELIEF = 1e-300


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
    is_static: bool, n_weeks: int, lane_weeks: Lanes, log_b: FloatArray, top: FloatArray
) -> None:
    """Replace log b by b, and set `top` to 0 in weeks that a user does not have."""
    if is_static:
        return
    for t in range(n_weeks):
        is_there = spread(float(t)) < lane_weeks
        largest = load(top, (t,))
        for k in range(log_b.shape[1]):
            b = _exp(load(log_b, (t, k)) - largest)
            store(log_b, (t, k), choose(is_there, b, spread(1.0)))
        store(top, (t,), choose(is_there, largest, spread(0.0)))


@compiled
def _forward(
    c: int,
    n_weeks: int,
    counts: FloatArray,
    first: int,
    start: FloatArray,
    transition: FloatArray,
    tilts: FloatArray,
    b: FloatArray,
    top: FloatArray,
    a: FloatArray,
    r: FloatArray,
    totals: FloatArray,
) -> None:
    """Fill `a` and `r` of a level, and its totals: sums of top, and of -log r."""
    n_levels, n_states = tilts.shape
    scale, tops, product = spread(1.0), spread(0.0), spread(1.0)
    totals[c] = 0.0
    for t in range(n_weeks):
        total = spread(0.0)
        is_observed = load(counts, (first + t, 1)) if n_levels > 1 else spread(0.0)
        for j in range(n_states):
            if t == 0:
                predicted = spread(start[j])
            else:
                predicted = spread(0.0)
                for i in range(n_states):
                    predicted = multiply_add(
                        load(a, (c, t - 1, i)), spread(transition[i, j]), predicted
                    )
            density = load(b, (t, j))
            if n_levels > 1:
                tilt = spread(tilts[c, j])
                density = choose(is_observed > spread(0.0), density * tilt, density)
            # The scale comes last, so that the product need not wait for the division.
            joint = predicted * (density * scale)
            store(a, (c, t, j), joint)
            total = total + joint
        product = product * total
        # A lane that has underflowed continues with finite numbers.
        scale = spread(1.0) / choose(total > spread(0.0), total, spread(1.0))
        store(r, (c, t), scale)
        tops = tops + load(top, (t,))
        if any_lane(product < spread(_SMALL)) or t == n_weeks - 1:
            store(totals, (c, 2), product)
            for lane in range(totals.shape[2]):
                totals[c, 1, lane] += math.log(totals[c, 2, lane])
            product = spread(1.0)
    store(totals, (c, 0), tops)


@compiled
def _backward(
    c: int,
    n_weeks: int,
    lane_weeks: Lanes,
    counts: FloatArray,
    first: int,
    transition: FloatArray,
    tilts: FloatArray,
    b: FloatArray,
    r: FloatArray,
    a: FloatArray,
    beta: FloatArray,
    w: FloatArray,
    moves: FloatArray,
    level: Lanes,
) -> None:
    """Replace a level's `a` by probabilities given all weeks; add up the moves.

    The moves, but not the probabilities, are multiplied by the level's probability.
    """
    n_levels, n_states = tilts.shape
    for j in range(n_states):
        store(beta, (j,), spread(1.0))
    for t in range(n_weeks - 1, -1, -1):
        is_there = spread(float(t)) < lane_weeks
        scale = load(r, (c, t))
        is_observed = load(counts, (first + t, 1)) if n_levels > 1 else spread(0.0)
        for j in range(n_states):
            scaled = load(beta, (j,)) * scale
            density = load(b, (t, j))
            if n_levels > 1:
                tilt = spread(tilts[c, j])
                density = choose(is_observed > spread(0.0), density * tilt, density)
            store(w, (j,), density * scaled)
            both = choose(is_there, load(a, (c, t, j)) * scaled, spread(0.0))
            store(a, (c, t, j), both)
        if t == 0:
            break
        scale = choose(is_there, load(r, (c, t - 1)) * level, spread(0.0))
        for i in range(n_states):
            before = load(a, (c, t - 1, i)) * scale
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
    a: FloatArray,
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
            p, q = load(a, (0, t, k)), load(a, (0, u, k)) * counts
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
def _forward_static(
    c: int,
    n_weeks: int,
    lane_weeks: Lanes,
    counts: FloatArray,
    first: int,
    start: FloatArray,
    tilts: FloatArray,
    log_b: FloatArray,
    a: FloatArray,
    r: FloatArray,
    totals: FloatArray,
    sums: FloatArray,
) -> None:
    """Fill what `_forward` does, if no state is ever left; `log_b` are logarithms.

    The probability of a state is proportional to pi_k times the product of its
    densities so far, so no number underflows that could matter later.
    """
    n_states = len(start)
    for k in range(n_states):
        store(sums, (k,), spread(math.log(start[k])))
    best, total = spread(0.0), spread(1.0)
    for t in range(n_weeks):
        is_there = spread(float(t)) < lane_weeks
        is_observed = load(counts, (first + t, 1)) if len(tilts) > 1 else spread(0.0)
        best_before, total_before = best, total
        best, total = spread(-np.inf), spread(0.0)
        for k in range(n_states):
            tilt = is_observed * spread(math.log(tilts[c, k]))
            density = choose(is_there, load(log_b, (t, k)) + tilt, spread(0.0))
            so_far = load(sums, (k,)) + density
            store(sums, (k,), so_far)
            best = choose(so_far > best, so_far, best)
        for k in range(n_states):
            weight = _exp(load(sums, (k,)) - best)
            store(a, (c, t, k), weight)
            total = total + weight
        # The likelihood of this week given those before, and a so that a r is
        # normalised.
        of_week = total / total_before * _exp(best - best_before)
        store(r, (c, t), spread(1.0) / of_week)
        scale = of_week / total
        for k in range(n_states):
            store(a, (c, t, k), load(a, (c, t, k)) * scale)
    store(totals, (c, 0), best)
    store(totals, (c, 2), total)
    for lane in range(totals.shape[2]):
        totals[c, 1, lane] = math.log(totals[c, 2, lane])


@compiled
def _backward_static(
    c: int,
    n_weeks: int,
    lane_weeks: Lanes,
    r: FloatArray,
    a: FloatArray,
    moves: FloatArray,
    level: Lanes,
) -> None:
    """Do what `_backward` does, if no state is ever left."""
    n_moves = lane_weeks - spread(1.0)
    n_moves = choose(n_moves > spread(0.0), n_moves, spread(0.0)) * level
    scale = load(r, (c, n_weeks - 1))
    for k in range(len(moves)):
        p = load(a, (c, n_weeks - 1, k)) * scale
        store(moves, (k, k), multiply_add(p, n_moves, load(moves, (k, k))))
        for t in range(n_weeks):
            is_there = spread(float(t)) < lane_weeks
            store(a, (c, t, k), choose(is_there, p, spread(0.0)))


@compiled
def _weigh_levels(
    g: int,
    counts: FloatArray,
    first: int,
    n_weeks: int,
    log_weights: FloatArray,
    log_effects: FloatArray,
    least: FloatArray,
    totals: FloatArray,
    posterior: FloatArray,
) -> None:
    """Write the levels' probabilities given all weeks.

    Also replace the first level's totals: the sum of the first and of the logarithm of
    the third is then the log-likelihood of the users.
    """
    n_levels = len(log_weights)
    rides, observed = spread(0.0), spread(0.0)
    for t in range(n_weeks):
        rides = rides + load(counts, (first + t, 0))
        observed = observed + load(counts, (first + t, 1))
    best = spread(-np.inf)
    for c in range(n_levels):
        common = rides * spread(log_effects[c]) - observed * spread(least[c])
        score = load(totals, (c, 0)) + load(totals, (c, 1))
        score = score + (common + spread(log_weights[c]))
        store(posterior, (g, c), score)
        best = choose(score > best, score, best)
    total = spread(0.0)
    for c in range(n_levels):
        weight = _exp(load(posterior, (g, c)) - best)
        store(posterior, (g, c), weight)
        total = total + weight
    store(totals, (0, 0), best)
    store(totals, (0, 2), total)
    for c in range(n_levels):
        store(posterior, (g, c), load(posterior, (g, c)) / total)


@compiled
def _finish_forward(
    g: int,
    counts: FloatArray,
    first: int,
    n_weeks: int,
    lane_weeks: FloatArray,
    log_weights: FloatArray,
    log_effects: FloatArray,
    least: FloatArray,
    least_log_scale: float,
    totals: FloatArray,
    posterior: FloatArray,
    log_likelihood: FloatArray,
    is_lost: FloatArray,
) -> None:
    """Write who is lost, the log-likelihoods, and the levels' probabilities."""
    n_levels = len(log_weights)
    for lane in range(lane_weeks.shape[1]):
        is_lost[g, lane] = 0.0
        for c in range(n_levels):
            if totals[c, 1, lane] < least_log_scale:
                is_lost[g, lane] = 1.0
        log_likelihood[g, lane] = totals[0, 0, lane] + totals[0, 1, lane]
        posterior[g, 0, lane] = 1.0
    if n_levels > 1:
        _weigh_levels(
            g,
            counts,
            first,
            n_weeks,
            log_weights,
            log_effects,
            least,
            totals,
            posterior,
        )
    for lane in range(lane_weeks.shape[1]):
        if n_levels > 1:
            total = totals[0, 0, lane] + math.log(totals[0, 2, lane])
            log_likelihood[g, lane] = total if lane_weeks[g, lane] > 0.0 else 0.0
        if is_lost[g, lane] > 0.0:
            log_likelihood[g, lane] = 0.0
            posterior[g, :, lane] = 0.0


@compiled
def _weigh(g: int, n_weeks: int, posterior: FloatArray, a: FloatArray) -> None:
    """Multiply the probabilities of each level by that of the level."""
    for c in range(len(a)):
        level = load(posterior, (g, c))
        for t in range(n_weeks):
            for k in range(a.shape[2]):
                store(a, (c, t, k), load(a, (c, t, k)) * level)


@compiled
def _join_levels(
    g: int,
    counts: FloatArray,
    first: int,
    n_weeks: int,
    posterior: FloatArray,
    a: FloatArray,
    weeks: FloatArray,
    rides: FloatArray,
) -> None:
    """Replace the probabilities of the first level by those of all together.

    And add up the weeks with a count, and their counts, in each level and state.
    """
    n_levels, _, n_states, _ = a.shape
    for c in range(n_levels if n_levels > 1 else 0):
        level = load(posterior, (g, c))
        for k in range(n_states):
            of_weeks, of_rides = load(weeks, (c, k)), load(rides, (c, k))
            for t in range(n_weeks):
                p = load(a, (c, t, k)) * level
                of_weeks = multiply_add(p, load(counts, (first + t, 1)), of_weeks)
                of_rides = multiply_add(p, load(counts, (first + t, 0)), of_rides)
                store(a, (0, t, k), p if c == 0 else load(a, (0, t, k)) + p)
            store(weeks, (c, k), of_weeks)
            store(rides, (c, k), of_rides)


@compiled
def _filter_levels(
    counts: FloatArray,
    first: int,
    n_weeks: int,
    log_weights: FloatArray,
    log_effects: FloatArray,
    least: FloatArray,
    a: FloatArray,
    r: FloatArray,
    belief: FloatArray,
) -> None:
    """Replace `a` by the probabilities of level and state given the weeks so far.

    With total_c = 1 / r_c, the probability of level c is

        q_t(c) = q_{t-1}(c) total_c exp(n log a_c - least_c) / sum of the same
    """
    n_levels, _, n_states, _ = a.shape
    if n_levels == 1:
        for t in range(n_weeks):
            for k in range(n_states):
                store(a, (0, t, k), load(a, (0, t, k)) * load(r, (0, t)))
        return
    for c in range(n_levels):
        store(belief, (c,), spread(math.exp(log_weights[c])))
    for t in range(n_weeks):
        n, is_observed = load(counts, (first + t, 0)), load(counts, (first + t, 1))
        total = spread(0.0)
        for c in range(n_levels):
            common = n * spread(log_effects[c]) - is_observed * spread(least[c])
            q = load(belief, (c,)) * (_exp(common) / load(r, (c, t)))
            store(belief, (c,), q)
            total = total + q
        for c in range(n_levels):
            q = load(belief, (c,)) / total
            q = choose(q > spread(_LEAST_BELIEF), q, spread(_LEAST_BELIEF))
            store(belief, (c,), q)
            scale = q * load(r, (c, t))
            for k in range(n_states):
                store(a, (c, t, k), load(a, (c, t, k)) * scale)


@compiled
def _write_rows(
    c: int,
    a: FloatArray,
    n_weeks: int,
    lane_weeks: FloatArray,
    lane_start: IntArray,
    rows: FloatArray,
) -> None:
    """Write a level's probabilities of the states to the users' rows."""
    first_column = c * a.shape[2]
    for t in range(n_weeks):
        for k in range(a.shape[2]):
            for lane in range(len(lane_weeks)):
                if t < lane_weeks[lane]:
                    # Rounding may give a little more than 1.
                    p = min(a[c, t, k, lane], 1.0)
                    rows[lane_start[lane] + t, first_column + k] = p


@compiled
def _forward_levels(
    g: int,
    data: tuple[FloatArray, FloatArray, IntArray, IntArray, FloatArray, IntArray],
    model: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    levels: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    is_static: bool,
    least_log_scale: float,
    buffers: tuple[FloatArray, ...],
    log_likelihood: FloatArray,
    is_lost: FloatArray,
    level_probabilities: FloatArray,
) -> None:
    """Fill the buffers of a group's forward pass, and what it says of its users.

    Parameters as of `smooth_groups`.
    """
    values, counts, first_row, n_weeks, lane_weeks, _ = data
    start, transition, constant, linear, quadratic = model
    log_weights, log_effects, least, tilts = levels
    b, _, a, top, r, beta, _, totals, _ = buffers
    first, weeks = first_row[g], n_weeks[g]
    _log_densities(values, first, weeks, constant, linear, quadratic, b, top)
    _scale_densities(is_static, weeks, load(lane_weeks, (g,)), b, top)
    for c in range(len(tilts)):
        if is_static:
            _forward_static(
                c,
                weeks,
                load(lane_weeks, (g,)),
                counts,
                first,
                start,
                tilts,
                b,
                a,
                r,
                totals,
                beta,
            )
        else:
            _forward(
                c,
                weeks,
                counts,
                first,
                start,
                transition,
                tilts,
                b,
                top,
                a,
                r,
                totals,
            )
    _finish_forward(
        g,
        counts,
        first,
        weeks,
        lane_weeks,
        log_weights,
        log_effects,
        least,
        least_log_scale,
        totals,
        level_probabilities,
        log_likelihood,
        is_lost,
    )


@compiled
def smooth_groups(
    data: tuple[FloatArray, FloatArray, IntArray, IntArray, FloatArray, IntArray],
    model: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    levels: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    is_static: bool,
    least_log_scale: float,
    buffers: tuple[FloatArray, ...],
    sums: tuple[FloatArray, ...],
    log_likelihood: FloatArray,
    is_lost: FloatArray,
    level_probabilities: FloatArray,
    rows: FloatArray,
) -> None:
    """Add up what the M-step needs, or write each row's probabilities.

    Parameters
    ----------
    data : tuple
        Packed values and counts, and first row, weeks, users' weeks and users' first
        rows of each group: see `PackedSequences`.
    model : tuple
        Start probabilities, transition matrix, constant, linear and quadratic
        coefficients: see `Coefficients`.
    levels : tuple
        Log-weights, log-effects and least log-normalisers, shape (C,), and tilts,
        shape (C, K): see `LevelTerms`.
    is_static : bool
        Whether the transition matrix is the identity.
    least_log_scale : float
        A user with a smaller log of the product of scales is lost.
    buffers : tuple
        As `make_buffers` returns them.
    sums : tuple
        First weeks (K, 8), moves (K, K, 8) still to be multiplied by the
        transition matrix, weight (K, 8), value (K, M, 8), square (K, Q, 8), and
        the levels' weeks and rides (C, K, 8): added to, weight, value and square only
        without `rows`, and the last two only for several levels.
    log_likelihood, is_lost : array, shape (n_groups, 8)
        Written; the log-likelihood of a lost user is 0.
    level_probabilities : array, shape (n_groups, C, 8)
        Written; without meaning for a lost user.
    rows : array, shape (n_rows, K) or (n_rows, C * K), or with 0 rows if not wanted
        Written; summed over levels, or level by level.
    """
    values, counts, first_row, n_weeks, lane_weeks, lane_start = data
    _, transition, _, _, _ = model
    _, _, _, tilts = levels
    b, _, a, _, r, beta, w, _, counted = buffers
    starts, moves, weight, value, square, level_weeks, level_rides = sums
    n_levels, n_states = tilts.shape
    for g in range(len(first_row)):
        first, weeks = first_row[g], n_weeks[g]
        _forward_levels(
            g,
            data,
            model,
            levels,
            is_static,
            least_log_scale,
            buffers,
            log_likelihood,
            is_lost,
            level_probabilities,
        )
        for lane in range(lane_weeks.shape[1]):
            counted[0, lane] = lane_weeks[g, lane]
            if is_lost[g, lane] > 0.0:
                # Its beta would overflow, and 0 times infinity is NaN.
                counted[0, lane] = 0.0
                r[:, :weeks, lane] = 0.0
        there = load(counted, (0,))
        for c in range(n_levels):
            level = load(level_probabilities, (g, c))
            if is_static:
                _backward_static(c, weeks, there, r, a, moves, level)
            else:
                _backward(
                    c,
                    weeks,
                    there,
                    counts,
                    first,
                    transition,
                    tilts,
                    b,
                    r,
                    a,
                    beta,
                    w,
                    moves,
                    level,
                )
        if rows.shape[1] > n_states:
            _weigh(g, weeks, level_probabilities, a)
            for c in range(n_levels):
                _write_rows(c, a, weeks, counted[0], lane_start[g], rows)
            continue
        _join_levels(
            g,
            counts,
            first,
            weeks,
            level_probabilities,
            a,
            level_weeks,
            level_rides,
        )
        for k in range(n_states):
            store(starts, (k,), load(starts, (k,)) + load(a, (0, 0, k)))
        if len(rows) > 0:
            _write_rows(0, a, weeks, counted[0], lane_start[g], rows)
        else:
            _add_up(values, first, weeks, a, weight, value, square)


@compiled
def filter_groups(
    data: tuple[FloatArray, FloatArray, IntArray, IntArray, FloatArray, IntArray],
    model: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    levels: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    is_static: bool,
    least_log_scale: float,
    buffers: tuple[FloatArray, ...],
    log_likelihood: FloatArray,
    is_lost: FloatArray,
    level_probabilities: FloatArray,
    rows: FloatArray,
) -> None:
    """Write each row's probabilities of level and state given the weeks up to it.

    Parameters as of `smooth_groups`. With `rows` of shape (0, C * K), only the
    log-likelihood and the level probabilities, given all weeks, are written.
    """
    _, counts, first_row, n_weeks, lane_weeks, lane_start = data
    log_weights, log_effects, least, tilts = levels
    _, _, a, _, r, _, _, _, belief = buffers
    n_levels = len(tilts)
    for g in range(len(first_row)):
        first, weeks = first_row[g], n_weeks[g]
        _forward_levels(
            g,
            data,
            model,
            levels,
            is_static,
            least_log_scale,
            buffers,
            log_likelihood,
            is_lost,
            level_probabilities,
        )
        if len(rows) > 0:
            _filter_levels(
                counts, first, weeks, log_weights, log_effects, least, a, r, belief
            )
            for c in range(n_levels):
                _write_rows(c, a, weeks, lane_weeks[g], lane_start[g], rows)


@compiled
def _best_path_scores(
    n_weeks: int,
    lane_weeks: Lanes,
    start: FloatArray,
    transition: FloatArray,
    log_b: FloatArray,
    came_from: FloatArray,
    delta: FloatArray,
    before: FloatArray,
) -> None:
    """Fill `came_from`, and `delta` of each user's last week."""
    n_states = len(start)
    for j in range(n_states):
        store(delta, (j,), spread(start[j]) + load(log_b, (0, j)))
    for t in range(1, n_weeks):
        is_there = spread(float(t)) < lane_weeks
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


@compiled
def _write_better_paths(
    lane_weeks: FloatArray,
    lane_start: IntArray,
    delta: FloatArray,
    came_from: FloatArray,
    common: FloatArray,
    log_probability: FloatArray,
    states: IntArray,
) -> None:
    """Write paths that are more probable than those of the levels before.

    All users go back week by week together, because each must wait for where the path
    came from.
    """
    n_lanes = len(lane_weeks)
    state = np.zeros(n_lanes, dtype=np.int64)
    # Of each user, the weeks to be written.
    n_weeks = np.zeros(n_lanes, dtype=np.int64)
    for lane in range(n_lanes):
        for j in range(1, len(delta)):
            if delta[j, lane] > delta[state[lane], lane]:
                state[lane] = j
        is_there = lane_weeks[lane] > 0.0
        score = delta[state[lane], lane] + common[lane] if is_there else 0.0
        if score > log_probability[lane]:
            log_probability[lane] = score
            n_weeks[lane] = int(lane_weeks[lane])
    for t in range(n_weeks.max() - 1, -1, -1):
        for lane in range(n_lanes):
            if t < n_weeks[lane]:
                states[lane_start[lane] + t] = state[lane]
                if t > 0:
                    state[lane] = int(came_from[t, state[lane], lane])


@compiled
def _log_tilt(
    counts: FloatArray,
    first: int,
    n_weeks: int,
    levels: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    c: int,
    log_b: FloatArray,
    tilted: FloatArray,
    common: FloatArray,
) -> None:
    """Write a level's log-densities, and what is the same in all states."""
    log_weights, log_effects, least, log_tilts = levels
    total = spread(log_weights[c])
    for t in range(n_weeks):
        n, is_observed = load(counts, (first + t, 0)), load(counts, (first + t, 1))
        total = multiply_add(n, spread(log_effects[c]), total)
        total = total - is_observed * spread(least[c])
        for k in range(log_tilts.shape[1]):
            tilt = is_observed * spread(log_tilts[c, k])
            store(tilted, (t, k), load(log_b, (t, k)) + tilt)
    store(common, (0,), total)


@compiled
def best_path_groups(
    data: tuple[FloatArray, FloatArray, IntArray, IntArray, FloatArray, IntArray],
    model: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    levels: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    buffers: tuple[FloatArray, ...],
    log_probability: FloatArray,
    states: IntArray,
) -> None:
    """Write each user's most probable path (Viterbi) and its log-probability.

    delta_t(j) = log b_j(t) + max_i delta_{t-1}(i) + log A_ij; of equal values the first
    wins. Of several levels the one with the most probable path is taken. Parameters as
    of `smooth_groups`, but `start`, `transition` and the tilts are logarithms, `states`
    has shape (n_rows,), and no user is lost.
    """
    values, counts, first_row, n_weeks, lane_weeks, lane_start = data
    start, transition, constant, linear, quadratic = model
    log_b, tilted, a, top, _, delta, before, _, common = buffers
    came_from, n_levels = a[0], len(levels[3])
    density = log_b if n_levels == 1 else tilted
    common[:] = 0.0
    log_probability[:] = -np.inf
    for g in range(len(first_row)):
        first, weeks = first_row[g], n_weeks[g]
        _log_densities(values, first, weeks, constant, linear, quadratic, log_b, top)
        for c in range(n_levels):
            if n_levels > 1:
                _log_tilt(counts, first, weeks, levels, c, log_b, tilted, common)
            there = load(lane_weeks, (g,))
            _best_path_scores(
                weeks, there, start, transition, density, came_from, delta, before
            )
            _write_better_paths(
                lane_weeks[g],
                lane_start[g],
                delta,
                came_from,
                common[0],
                log_probability[g],
                states,
            )


def make_buffers(n_weeks: int, n_states: int, n_levels: int) -> tuple[FloatArray, ...]:
    """Return buffers: b, tilted, a, top, r, beta, w, totals, and one of any use."""
    by_week_and_state, by_state = (n_weeks, n_states, WIDTH), (n_states, WIDTH)
    return aligned_zeros(
        by_week_and_state,
        by_week_and_state if n_levels > 1 else (0, n_states, WIDTH),
        (n_levels, *by_week_and_state),
        (n_weeks, WIDTH),
        (n_levels, n_weeks, WIDTH),
        by_state,
        by_state,
        (n_levels, 3, WIDTH),
        (n_levels, WIDTH),
    )


def make_sums(
    n_states: int, n_levels: int, n_columns: int, n_quadratic: int
) -> tuple[FloatArray, ...]:
    """Return sums of 0: starts, moves, weight, value, square, and those of levels."""
    return aligned_zeros(
        (n_states, WIDTH),
        (n_states, n_states, WIDTH),
        (n_states, WIDTH),
        (n_states, n_columns, WIDTH),
        (n_states, n_quadratic, WIDTH),
        (n_levels, n_states, WIDTH),
        (n_levels, n_states, WIDTH),
    )
