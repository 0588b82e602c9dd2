"""Which packed columns the features of a model have: see packing.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from user_states.hmm.arrays import BoolArray, FloatArray, IntArray
from user_states.hmm.lanes import (
    WIDTH,
    Lanes,
    aligned_zeros,
    choose,
    compiled,
    load,
    spread,
    store,
)
from user_states.hmm.parameters import COUNT_CATEGORIES, Density, slices

# What a packed column holds of a column of the data: its number, 1 where it was
# observed, or (codes from 0 on) 1 where it is that category.
VALUE, INDICATOR = -1, -2
# Eights of numbers that are surveyed at once, so that what is found stays in registers
# and the rows are read from memory once.
_SURVEYED = 16
# The sum of a number and this has no fraction; numbers from here on have none either.
_TO_INTEGER, _WHOLE_FROM = 1.5 * 2.0**52, 2.0**51
# The order of the packed columns.
_SQUARED, _LINEAR, _OBSERVED, _SPARSE = range(4)


@dataclass(frozen=True, eq=False)
class Columns:
    """The positions of P means (see `HMMParameters.means`) among M packed columns.

    Attributes
    ----------
    densities : tuple of Density, length D
    position : array of int, shape (P,)
        Column of the values that the mean is the mean of, -1 for the first category
        of a categorical feature or count.
    observed : array of int, shape (P,)
        Column that is 1 where the feature was observed, -1 if it always was. Of a
        share, the column of m; of parts, always -1.
    is_own_square : array of bool, shape (P,)
        Gaussian features whose values are only 0 and 1.
    offset : array, shape (P,)
        Subtracted from the values.
    overall : array, shape (P,)
        Probability in all rows together; 0 for a Gaussian feature.
    n_quadratic, n_dense, n_columns : int
        Q, the columns before those that are 0 in most rows, and M.
    """

    densities: tuple[Density, ...]
    position: IntArray
    observed: IntArray
    is_own_square: BoolArray
    offset: FloatArray
    overall: FloatArray
    n_quadratic: int
    n_dense: int
    n_columns: int

    @cached_property
    def is_quadratic(self) -> BoolArray:
        """Which means have a column that is also used squared, shape (P,)."""
        is_quadratic: BoolArray = (self.position >= 0) & (
            self.position < self.n_quadratic
        )
        return is_quadratic


@dataclass(frozen=True, eq=False)
class ColumnSources:
    """Where M packed columns come from.

    Attributes
    ----------
    column : array of int, shape (M,)
        Column of the data.
    code : array of int, shape (M,)
        `VALUE`, `INDICATOR`, or a category.
    most : array, shape (M,)
        Greater values count as this one.
    offset : array, shape (M,)
        Subtracted from a value.
    """

    column: IntArray
    code: IntArray
    most: FloatArray
    offset: FloatArray


@dataclass(frozen=True, eq=False)
class _Survey:
    """What the columns of the data contain."""

    n_missing: IntArray
    n_infinite: IntArray
    total: FloatArray
    least: FloatArray
    is_binary: BoolArray
    is_whole: BoolArray

    @classmethod
    def of(cls, X: FloatArray) -> _Survey:
        n_rows, n_columns = X.shape
        n_whole = n_rows // WIDTH * WIDTH
        # The last rows are filled up with missing ones.
        rest = np.full((WIDTH, n_columns), np.nan)
        rest[: n_rows - n_whole] = X[n_whole:]
        found = aligned_zeros(*[(n_columns, WIDTH)] * 6)
        for rows in (X[:n_whole], rest):
            _survey(rows.reshape(-1, n_columns, WIDTH), found)
        numbers, finite, total, least, others, fractions = (
            values.reshape(WIDTH, n_columns) for values in found
        )
        n_numbers = numbers.sum(axis=0).astype(np.int64)
        return cls(
            n_missing=n_rows - n_numbers,
            n_infinite=n_numbers - finite.sum(axis=0).astype(np.int64),
            total=total.sum(axis=0),
            least=least.min(axis=0),
            is_binary=others.sum(axis=0) == 0,
            is_whole=fractions.sum(axis=0) == 0,
        )


@dataclass
class _Plan:
    """Packed columns in the order in which features ask for them."""

    ranks: list[int] = field(default_factory=list)
    sources: list[tuple[int, int, float, float]] = field(default_factory=list)
    patterns: dict[int, FloatArray | BoolArray] = field(default_factory=dict)

    def add(
        self,
        rank: int,
        column: int,
        code: int = VALUE,
        most: float = np.inf,
        offset: float = 0.0,
    ) -> int:
        """Return the number of a new packed column."""
        self.ranks.append(rank)
        self.sources.append((column, code, most, offset))
        return len(self.ranks) - 1

    def add_pattern(
        self, rank: int, column: int, code: int, pattern: FloatArray | BoolArray
    ) -> int:
        """Return the number of a packed column that equal patterns share."""
        for number, known in self.patterns.items():
            if self.ranks[number] == rank and np.array_equal(pattern, known):
                return number
        number = self.add(rank, column, code)
        self.patterns[number] = pattern
        return number


def packed_columns(
    X: FloatArray, densities: tuple[Density, ...]
) -> tuple[Columns, ColumnSources]:
    """Return the packed columns of the features, and where they come from.

    Raises
    ------
    ValueError
        If a value is infinite, or none that its density allows.
    """
    survey = _Survey.of(X)
    places = slices([density.n_columns for density in densities])
    for density, place in zip(densities, places, strict=True):
        _check(X, density, place, survey)
    plan = _Plan()
    positions: list[int] = []
    observed: list[int] = []
    for density, place in zip(densities, places, strict=True):
        position, seen = _planned(X, density, place, survey, plan)
        positions += position
        observed += [seen] * density.size
    order = np.argsort(plan.ranks, kind="stable")
    # One more entry, so that -1 stays -1.
    new = np.append(np.argsort(order), -1)
    column, code, most, offset = (
        np.array(values)[order] for values in zip(*plan.sources, strict=True)
    )
    places_of_means = new[positions]
    ranks = np.array(plan.ranks)
    is_gaussian = np.array(
        [d.kind == "gaussian" for d in densities for _ in range(d.size)]
    )
    columns = Columns(
        densities=densities,
        position=places_of_means,
        observed=new[observed],
        is_own_square=is_gaussian & (ranks[positions] != _SQUARED),
        offset=np.where(places_of_means < 0, 0.0, offset[places_of_means]),
        overall=_overall(X, densities, places, survey),
        n_quadratic=int((ranks == _SQUARED).sum()),
        n_dense=int((ranks != _SPARSE).sum()),
        n_columns=len(ranks),
    )
    return columns, ColumnSources(column, code, most.astype(float), offset)


def count_sources(densities: tuple[Density, ...]) -> ColumnSources:
    """Return where the first count's number and indicator come from."""
    kinds = [density.kind for density in densities]
    number = kinds.index("count") if "count" in kinds else len(kinds)
    columns = [sum(density.n_columns for density in densities[:number])] * 2
    n = 2 if "count" in kinds else 0
    return ColumnSources(
        np.array(columns[:n], dtype=np.int64),
        np.array([VALUE, INDICATOR][:n], dtype=np.int64),
        np.full(n, COUNT_CATEGORIES - 1.0),
        np.zeros(n),
    )


def _planned(
    X: FloatArray, density: Density, place: slice, survey: _Survey, plan: _Plan
) -> tuple[list[int], int]:
    """Return the columns of a feature's values, and where it was observed."""
    first = place.start
    if density.kind == "share":
        totals = np.nan_to_num(X[:, first + 1])
        value = plan.add(_SPARSE, first)
        return [value], plan.add_pattern(_SPARSE, first + 1, VALUE, totals)
    if density.kind == "parts":
        return [plan.add(_SPARSE, first + part) for part in range(density.size)], -1
    if density.kind == "gaussian" and not survey.is_binary[first]:
        n_observed = max(len(X) - survey.n_missing[first], 1)
        mean = float(survey.total[first]) / n_observed
        position = [plan.add(_SQUARED, first, offset=mean)]
    elif density.kind in {"gaussian", "bernoulli"}:
        position = [plan.add(_LINEAR, first)]
    else:
        last = density.size - 1
        others = (plan.add(_SPARSE, first, one, last) for one in range(1, last + 1))
        position = [-1, *others]
    if not survey.n_missing[first]:
        return position, -1
    missing = np.isnan(X[:, first])
    return position, plan.add_pattern(_OBSERVED, first, INDICATOR, missing)


def _overall(
    X: FloatArray,
    densities: tuple[Density, ...],
    places: tuple[slice, ...],
    survey: _Survey,
) -> FloatArray:
    """Return each probability in all rows together."""
    found: list[FloatArray] = []
    for density, place in zip(densities, places, strict=True):
        total = survey.total[place]
        n_observed = len(X) - survey.n_missing[place.start]
        if density.kind == "gaussian":
            found.append(np.zeros(1))
        elif density.kind == "bernoulli":
            found.append(total / n_observed if n_observed else np.array([0.5]))
        elif density.kind == "share":
            found.append(total[:1] / total[1] if total[1] else np.array([0.5]))
        else:
            if density.kind != "parts":
                column = X[:, place.start]
                known = (
                    column[~np.isnan(column)] if len(column) > n_observed else column
                )
                capped = np.minimum(known, density.size - 1).astype(np.int64)
                total = np.bincount(capped, minlength=density.size).astype(float)
            size, everything = density.size, total.sum()
            found.append(total / everything if everything else np.full(size, 1 / size))
    return np.concatenate(found)


@compiled
def _survey(eights: FloatArray, found: tuple[FloatArray, ...]) -> None:
    """Add what rows contain to what was found.

    Parameters
    ----------
    eights : array, shape (n_rows / 8, n_columns, 8)
        Rows one after the other, eight numbers at a time.
    found : tuple of array, shape (n_columns, 8)
        Numbers, finite numbers, their sum, the least of them and 0, and how many
        are other than 0 and 1, and fractions.
    """
    nothing, one = spread(0.0), spread(1.0)
    infinity, minus_infinity = spread(np.inf), spread(-np.inf)
    numbers, finite, total, least, others, fractions = found
    for start in range(0, len(eights), _SURVEYED):
        stop = min(start + _SURVEYED, len(eights))
        for v in range(eights.shape[1]):
            n_numbers, n_finite = load(numbers, (v,)), load(finite, (v,))
            sums, smallest = load(total, (v,)), load(least, (v,))
            n_others, n_fractions = load(others, (v,)), load(fractions, (v,))
            for row in range(start, stop):
                x = load(eights, (row, v))
                # NaN is neither less nor greater than anything.
                is_finite = choose(x > minus_infinity, one, nothing)
                is_finite = choose(x < infinity, is_finite, nothing)
                n_numbers = n_numbers + choose(
                    x > minus_infinity, one, choose(x < infinity, one, nothing)
                )
                n_finite = n_finite + is_finite
                x = choose(is_finite > nothing, x, nothing)
                sums = sums + x
                smallest = choose(x < smallest, x, smallest)
                n_others = n_others + _is_other(x * x - x)
                rounded = (x + spread(_TO_INTEGER)) - spread(_TO_INTEGER)
                is_small = choose(x < spread(_WHOLE_FROM), one, nothing)
                n_fractions = n_fractions + is_small * _is_other(rounded - x)
            store(numbers, (v,), n_numbers)
            store(finite, (v,), n_finite)
            store(total, (v,), sums)
            store(least, (v,), smallest)
            store(others, (v,), n_others)
            store(fractions, (v,), n_fractions)


@compiled
def _is_other(x: Lanes) -> Lanes:
    """Return 1 where a number is not 0."""
    result: Lanes = choose(
        x > spread(0.0), spread(1.0), choose(x < spread(0.0), spread(1.0), spread(0.0))
    )
    return result


def _check(X: FloatArray, density: Density, place: slice, survey: _Survey) -> None:
    for column in range(place.start, place.stop):
        if survey.n_infinite[column]:
            raise ValueError(
                f"got infinite values in column {column}; expected numbers, or NaN "
                "where there was no observation"
            )
    first, kind = place.start, density.kind
    if kind == "bernoulli" and not survey.is_binary[first]:
        raise ValueError(
            f"got values other than 0 and 1 in column {first}; expected a "
            "Bernoulli feature to be 0, 1, or NaN where there was no observation"
        )
    if kind in {"gaussian", "bernoulli"}:
        return
    if survey.least[place].min() < 0:
        raise ValueError(
            f"got negative values in column {first + survey.least[place].argmin()}; "
            f"expected numbers >= 0, because the feature's density is {kind}"
        )
    if kind in {"count", "categorical"} and not survey.is_whole[first]:
        raise ValueError(
            f"got fractions in column {first}; expected whole numbers, because the "
            f"feature's density is {kind}"
        )
    if kind == "categorical" and np.nanmax(X[:, first], initial=0.0) >= density.size:
        raise ValueError(
            f"got a category of {np.nanmax(X[:, first]):.0f} in column {first}; "
            f"expected categories from 0 to {density.size - 1}"
        )
    is_missing = np.isnan(X[:, place])
    if survey.n_missing[place].any() and (is_missing != is_missing[:, :1]).any():
        raise ValueError(
            f"got rows with some of the columns {first} to {place.stop - 1} missing; "
            f"expected all or none, because they are one feature of the density {kind}"
        )
    if kind == "share" and (X[:, first] > X[:, first + 1]).any():
        raise ValueError(
            f"got more in column {first} than in column {first + 1}; expected a share "
            "of it"
        )
