"""Which column of a file holds what, guessed from names and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
import pyarrow as pa

from user_states.rides.contract import ColumnType
from user_states.rides.local_time import is_time_zone
from user_states.rides.mapping import COLUMN_TYPES, SourceColumn
from user_states.rides.proposing.column_words import places_by_name, words_of
from user_states.rides.proposing.meanings import (
    meaning_of_payment,
    meaning_of_status,
)
from user_states.rides.proposing.sample import FileSample
from user_states.rides.proposing.value_kinds import (
    CODES_OF_SIGNS,
    TimeKind,
    is_clock,
    number_formats,
    share_read,
    time_kind,
)
from user_states.rides.text_formats import TextFormats
from user_states.rides.text_parsing import FALSE_WORDS, TRUE_WORDS
from user_states.rides.time_parsing import join_date_and_time

# Very wide files have columns for machines; more are not looked at.
_MAX_COLUMNS = 300
_MAX_STATUSES = 30
# So many rows have an id of their own, if it is the id of a ride.
_UNIQUE_SHARE = 0.98
_OPTIONAL = (
    "payment_mode", "platform", "app_version", "country", "city", "cancel_reason",
    "surge_multiplier", "estimated_price", "coupon_count", "stopover_count",
)  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """A guess, why it was made, and what to ask the person.

    Attributes
    ----------
    value : SourceColumn, str or None
        A column of the file, a constant, or nothing.
    reason, question : str
        Either may be empty.
    """

    value: SourceColumn | str | None
    reason: str = ""
    question: str = ""


@dataclass
class Guesses:
    """Guesses by contract column, and those for the whole file.

    Attributes
    ----------
    columns : dict of str to Guess
    timestamps_in : Guess
    formats : TextFormats
    formats_reason : str
    sum_lines : Guess
        With the value "true" or None.
    """

    columns: dict[str, Guess] = field(default_factory=dict)
    timestamps_in: Guess = field(default_factory=lambda: Guess(None))
    formats: TextFormats = field(default_factory=TextFormats)
    formats_reason: str = ""
    sum_lines: Guess = field(default_factory=lambda: Guess(None))


def guess_columns(sample: FileSample) -> Guesses:
    """Return what the columns of a file probably hold."""
    return _Guesser(sample).guesses


class _Guesser:
    """Guesses one contract column after the other; a column is used once."""

    def __init__(self, sample: FileSample) -> None:
        self._columns = dict(list(sample.columns.items())[:_MAX_COLUMNS])
        self._n_rows = sample.n_rows
        self._places = {name: places_by_name(name) for name in self._columns}
        self._used: set[str] = set()
        self.guesses = Guesses()
        self._guess_time()
        self._guess_user()
        self._guess_price()
        self._guess_status()
        self._guess_id()
        self._guess_currency()
        self._guess_zone()
        for column in _OPTIONAL:
            self._guess_by_name(column)

    def _candidates(
        self, column: str, fits: Callable[[list[str]], object]
    ) -> list[str]:
        """Return unused columns whose name and values fit, the surest first."""
        named = [
            (places[column], name)
            for name, places in self._places.items()
            if column in places and name not in self._used
        ]
        # The sort is stable: of equal names, the first in the file.
        ordered = [name for _, name in sorted(named, key=lambda pair: pair[0])]
        return [
            name
            for name in ordered
            if any(self._columns[name]) and fits(self._columns[name])
        ]

    def _use(self, column: str, guess: Guess) -> None:
        self.guesses.columns[column] = guess
        if isinstance(guess.value, SourceColumn):
            self._used |= set(guess.value.names)

    def _guess_time(self) -> None:
        kinds = {name: time_kind(values) for name, values in self._columns.items()}
        named = self._candidates("requested_at", time_kind)
        # Without a word for it: any column of times, if its values leave no doubt.
        other = [
            name
            for name, kind in kinds.items()
            if kind and not (kind.time_format or "").startswith("epoch")
        ]
        if not named and not other:
            question = "no column of times was found: which one is it, in which format?"
            self.guesses.columns["requested_at"] = Guess(None, question=question)
            return
        name = next((n for n in named if _has_clock(kinds[n])), (named or other)[0])
        kind = kinds[name]
        assert kind is not None
        names: tuple[str, ...] = (name,)
        if not kind.has_clock and (clock := self._clock_beside(name)):
            names = (name, clock)
            kind = self._kind_of_pair(name, clock) or kind
        self._use(
            "requested_at",
            Guess(
                SourceColumn(names, time_format=kind.time_format),
                reason=_time_in_words(kind),
                question=(
                    "day and month could be the other way round: is it m/d/y or d/m/y?"
                    if kind.is_ambiguous
                    else ""
                ),
            ),
        )
        if not kind.has_offset:
            self.guesses.timestamps_in = Guess(
                "UTC", question="in which time zone are these clocks?"
            )

    def _clock_beside(self, date: str) -> str | None:
        """Return a column of times of day: one named like the date, or the next one."""
        clocks = [name for name, values in self._columns.items() if is_clock(values)]
        names = list(self._columns)
        clocks.sort(
            key=lambda name: (
                -len(set(words_of(name)) & set(words_of(date))),
                abs(names.index(name) - names.index(date)),
            )
        )
        return clocks[0] if clocks else None

    def _kind_of_pair(self, date: str, clock: str) -> TimeKind | None:
        joined = join_date_and_time(
            pa.array(self._columns[date], pa.string()),
            pa.array(self._columns[clock], pa.string()),
        )
        return time_kind(joined.to_pylist())

    def _guess_user(self) -> None:
        names = self._candidates("user_id", lambda values: True)
        if names:
            repeated = [n for n in names if self._n_distinct(n) < self._n_rows]
            name = (repeated or names)[0]
            question = (
                ""
                if repeated or self._n_rows < 3
                else "every row has another value: is there a column of users?"
            )
            n_users = f"{self._n_distinct(name):,} users in {self._n_rows:,} rows"
            self._use("user_id", Guess(SourceColumn((name,)), n_users, question))
            return
        question = (
            "no column of users was found: are all rides those of one user? States "
            "need many users"
        )
        self._use("user_id", Guess("one user", question=question))

    def _guess_price(self) -> None:
        names = self._candidates("price", number_formats)
        if not names:
            unit = any({"unit"} & set(words_of(name)) for name in self._columns)
            hint = " A price of one unit is not that of the line." if unit else ""
            question = f"no column of prices was found: is there one?{hint}"
            self.guesses.columns["price"] = Guess(None, question=question)
            return
        name = names[0]
        formats = number_formats(self._columns[name])
        # Of several possible marks, those that other columns of numbers have as well.
        best = formats[0]
        self.guesses.formats = best
        if best != TextFormats():
            self.guesses.formats_reason = f"as numbers are written in {name!r}"
        self._use("price", Guess(SourceColumn((name,)), "a column of amounts"))

    def _guess_status(self) -> None:
        names = self._candidates(
            "status", lambda values: len({*values} - {""}) <= _MAX_STATUSES
        )
        questions = []
        for name in names:
            values = sorted({*self._columns[name]} - {""})
            if is_cancelled := _flag_of_cancelled(name, values):
                self._use("status", Guess(is_cancelled, "whether it was cancelled"))
                return
            meanings = {value: meaning_of_status(value) for value in values}
            unknown = [value for value, meaning in meanings.items() if not meaning]
            if "completed" in meanings.values():
                question = _unknown_in_words(unknown)
                source = SourceColumn((name,), _translations(meanings))
                self._use("status", Guess(source, question=question))
                return
            questions.append(
                f"{name!r} has {_listed(values)}: which of these mean completed?"
            )
        question = questions[0] if questions else "are there rides that were cancelled?"
        self._use("status", Guess("completed", question=question))

    def _guess_id(self) -> None:
        for name in self._candidates("ride_id", lambda values: True):
            if self._n_distinct(name) >= _UNIQUE_SHARE * self._n_rows:
                reason = "every row has another one"
                self._use("ride_id", Guess(SourceColumn((name,)), reason))
                return
            if self._is_order(name):
                reason = "some rows share one, with the same user and time"
                self._use("ride_id", Guess(SourceColumn((name,)), reason))
                self.guesses.sum_lines = Guess(
                    "true", "rows with the same ride_id are lines of one order"
                )
                return
        question = "no column of ids was found: is there one?"
        self._use("ride_id", Guess(SourceColumn(()), question=question))

    def _is_order(self, name: str) -> bool:
        """Return whether rows with the same id are of one user at one time."""
        user = self.guesses.columns["user_id"].value
        time = self.guesses.columns["requested_at"].value
        keys = [
            key
            for source in (user, time)
            if isinstance(source, SourceColumn)
            for key in source.names
        ]
        if not keys or name in keys:
            return False
        frame = pd.DataFrame({key: self._columns[key] for key in (name, *keys)})
        n_orders = frame[name].nunique()
        return bool(len(frame.drop_duplicates()) <= n_orders / _UNIQUE_SHARE)

    def _guess_currency(self) -> None:
        def is_code(values: Sequence[str]) -> bool:
            codes = {*values} - {""}
            return all(len(code) == 3 and code.isalpha() for code in codes)

        if names := self._candidates("currency", is_code):
            self._use("currency", Guess(SourceColumn((names[0],))))
            return
        codes = [
            CODES_OF_SIGNS.get(sign, sign if len(sign) == 3 and sign.isalpha() else "")
            for sign in self.guesses.formats.currency_signs
        ]
        if len(codes) == 1 and codes[0]:
            reason = "from the sign at the prices"
            self._use("currency", Guess(codes[0].upper(), reason))
        elif self.guesses.columns["price"].value is not None:
            question = "which currency are the prices in?"
            self.guesses.columns["currency"] = Guess(None, question=question)

    def _guess_zone(self) -> None:
        def are_zones(values: Sequence[str]) -> bool:
            return all(is_time_zone(name) for name in {*values} - {""})

        if names := self._candidates("time_zone", are_zones):
            self._use("time_zone", Guess(SourceColumn((names[0],))))
        elif not self.guesses.timestamps_in.value:
            question = "in which time zone are the rides? Weeks begin by its clocks"
            self.guesses.columns["time_zone"] = Guess(None, question=question)

    def _guess_by_name(self, column: str) -> None:
        column_type = COLUMN_TYPES[column]
        formats = replace(self.guesses.formats, currency_signs=())
        names = self._candidates(
            column,
            lambda values: (
                column_type is ColumnType.TEXT
                or share_read(values, column_type, formats) == 1
            ),
        )
        if not names:
            return
        values = {}
        if column == "payment_mode":
            known = {*self._columns[names[0]]} - {""}
            values = _translations({text: meaning_of_payment(text) for text in known})
        self._use(column, Guess(SourceColumn((names[0],), values)))

    def _n_distinct(self, name: str) -> int:
        return len(set(self._columns[name]))


def _has_clock(kind: TimeKind | None) -> bool:
    return kind is not None and kind.has_clock


def _time_in_words(kind: TimeKind) -> str:
    written = kind.time_format or "ISO 8601"
    zone = "with an offset from UTC" if kind.has_offset else "without a time zone"
    return f"{written}, {zone}" if kind.has_clock else f"{written}, a date only"


def _flag_of_cancelled(name: str, values: Sequence[str]) -> SourceColumn | None:
    words = {*TRUE_WORDS, *FALSE_WORDS}
    is_flag = bool({"cancelled", "canceled", "storniert"} & set(words_of(name)))
    if is_flag and values and {value.lower() for value in values} <= words:
        return SourceColumn((name,), when_true="cancelled", when_false="completed")
    return None


def _translations(meanings: Mapping[str, str | None]) -> dict[str, str]:
    """Return our word for each of theirs, where they differ."""
    return {
        theirs.lower(): ours
        for theirs, ours in sorted(meanings.items())
        if ours and ours != theirs.lower()
    }


def _unknown_in_words(values: Sequence[str]) -> str:
    if not values:
        return ""
    return f"these count as neither completed nor cancelled: {_listed(values)}"


def _listed(values: Sequence[str]) -> str:
    shown = ", ".join(repr(value[:40]) for value in values[:8])
    return shown + (f" and {len(values) - 8} more" if len(values) > 8 else "")
