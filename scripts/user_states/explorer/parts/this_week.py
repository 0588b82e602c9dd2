"""What to do this week, for whom, and what it brings."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot

from markupsafe import Markup

from user_states.explorer.part import Part, View
from user_states.explorer.parts.this_week_key_figures import KeyFigure, key_figures
from user_states.explorer.parts.this_week_lists import (
    Proof,
    Range,
    WeekList,
    week_lists,
)
from user_states.explorer.parts.this_week_moments import moment_words, written_span
from user_states.explorer.scene import Scene
from user_states.explorer.svg import ranges
from user_states.explorer.svg.scales import Scale, round_step
from user_states.explorer.words import counted, listed, starting_large
from user_states.explorer.words.dates import span, weekday_date
from user_states.explorer.words.numbers import (
    RANGE_DIGITS,
    about,
    in_words,
    number,
    percent,
    rounded_range,
)
from user_states.marts.audience_rows import LIST_COLUMNS
from user_states.marts.crossing_rows import ListCountRow, NextWeekRow
from user_states.marts.experiment_rows import AudienceReturnRow
from user_states.marts.list_rows import (
    EffectRow,
    ForecastRow,
    ListMomentRow,
    ListRow,
)

# Kinds of lists that are written to.
ACTIVE = ("send", "try")
# An effect that was measured beside fewer users than that is called uncertain.
FEW_HELD_OUT = 100
# A forecast is far off if held-out users differ by more than this share of it.
FAR_FROM_FORECAST = 0.2
# Lists beyond these stand in a fold.
MOST_LISTS = 5


@dataclass(frozen=True)
class Effect:
    """What a message brings more than no message, in words and drawn.

    Attributes
    ----------
    drawing : Markup
    value, note : str
    """

    drawing: Markup
    value: str
    note: str


@dataclass(frozen=True)
class ShownList:
    """A list as the page writes it.

    Attributes
    ----------
    list : WeekList
    title : str
    rides, spend : str
        Forecast without a message; `spend` is empty without prices.
    effect : Effect or None
        None if nobody, or too few, are on it.
    earlier : str
        What was expected of earlier users of the list, and what came; empty if that is
        not known.
    apart : str
        How far the forecast was from what users did who were held out; empty if it was
        near.
    sum : str
        How what is expected now follows from what the list brought before; empty if
        nothing is expected.
    profit : str
        What of that remained as profit; empty if it was not measured.
    moment : str
        When to write; may be empty.
    """

    list: WeekList
    title: str
    rides: str
    spend: str
    effect: Effect | None
    earlier: str
    apart: str
    sum: str
    profit: str
    moment: str


@dataclass(frozen=True)
class Past:
    """What earlier lists brought: the finding, and the rest of the sentence."""

    finding: str
    rest: str


@dataclass(frozen=True, kw_only=True)
class ThisWeek(View):
    """The figures of the week, and the lists.

    Attributes
    ----------
    key_figures : sequence of KeyFigure
    lists : sequence of ShownList
        At most `MOST_LISTS`.
    more_lists : sequence of ShownList
    few : sequence of str
        Titles of the lists with too few users to say more.
    axis : Markup or None
        The scale of all effects; None if none is known.
    n_write, n_held_out : int
        On all lists that are written to.
    past : Past or None
        What earlier lists brought; None if that was not measured.
    days : str
        In which to write to users.
    columns : mapping of str to str
        Columns of the files of lists, and what each is.
    has_money : bool
    has_effects : bool
    """

    key_figures: Sequence[KeyFigure]
    lists: Sequence[ShownList]
    more_lists: Sequence[ShownList]
    few: Sequence[str]
    axis: Markup | None
    n_write: int
    n_held_out: int
    past: Past | None
    days: str
    columns: Mapping[str, str]
    has_money: bool
    has_effects: bool


def view(scene: Scene) -> ThisWeek | None:
    """Return the lists and figures of the week; None without users."""
    if not scene.n_users:
        return None
    lists = week_lists(scene)
    figures = key_figures(scene)
    scale = _scale(lists)
    written = _Writer(scene)
    told = [each for each in lists if each.kind in ("send", "try", "stop")]
    shown = [written.shown(each, scale) for each in told]
    total = _sum([each.top for each in lists if each.kind == "send" and each.top])
    title, gain = _title(lists, total, figures, written)
    doubt = written.doubts(lists) if gain else ""
    late_title, late_lead = _late(scene, len(told))
    return ThisWeek(
        title=title,
        gain=gain,
        doubt=doubt,
        lead=_lead(scene, lists, total, figures, written),
        late_title=late_title,
        late_lead=late_lead,
        unfiltered=(
            "Effects of messages were measured for everyone; here they are scaled to "
            "the number of users shown. Each file holds the list of all cities and "
            "platforms: filter it by its columns home_city and platform."
            if lists
            else ""
        ),
        key_figures=figures,
        few=[each.row.title for each in lists if each.kind == "few"],
        lists=shown[:MOST_LISTS],
        more_lists=shown[MOST_LISTS:],
        axis=written.axis(scale),
        n_write=sum(each.n_write for each in lists if each.kind in ACTIVE),
        n_held_out=sum(each.n_held_out for each in lists if each.kind in ACTIVE),
        past=_past(scene, lists, written),
        days=written_span(scene),
        columns=LIST_COLUMNS,
        has_money=scene.has_money,
        has_effects=any(each.top for each in lists),
    )


class _Writer:
    """Writes money, or rides in a log without prices."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._money = scene.money
        self._has_money = scene.has_money
        self._returns = {
            row.audience: row
            for row in scene.marts.rows(AudienceReturnRow)
            if min(row.n_treated, row.n_held_out) >= scene.options.min_cell_users
        }

    def about(self, value: float) -> str:
        """Return an amount with its unit."""
        return self._money.about(value) if self._has_money else f"{about(value)} rides"

    def more(self, value: float) -> str:
        """Return an amount and “more”: `€12,700 more revenue`, `640 rides more`."""
        return f"{self.about(value)} more{' revenue' if self._has_money else ''}"

    def doubts(self, lists: Sequence[WeekList]) -> str:
        """Return why the headline sum is not sure; empty if it is."""
        sent = [each for each in lists if each.kind == "send"]
        n = sum(proof.n_held_out for each in sent for proof in each.proofs)
        found = []
        if 0 < n < FEW_HELD_OUT:
            found.append(f"Uncertain: only {number(n)} users were held out.")
        returns = [self._returns.get(each.row.audience) for each in sent]
        if any(row and row.verdict == "not certain" for row in returns):
            found.append("More revenue, but not surely more profit: see “What works”.")
        return " ".join(found)

    def roughly(self, value: float) -> str:
        """Return an amount with no more digits than its range."""
        if self._has_money:
            return self._money.about(value, RANGE_DIGITS)
        return self.about(value)

    def between(self, found: Range, joined: str = "to") -> str:
        """Return the ends of a range."""
        if self._has_money:
            low, high = self._money.between(found.low, found.high).split(" to ")
        else:
            ends = rounded_range(found.low, found.high)
            low, high = (about(end) for end in ends)
        unit = "" if self._has_money else " rides"
        return f"{low} {joined} {high}{unit}"

    def shown(self, each: WeekList, scale: Scale) -> ShownList:
        """Return a list as the page writes it."""
        title = each.row.title
        if each.kind == "stop":
            title = f"Stop: {title[:1].lower()}{title[1:]}"
        return ShownList(
            list=each,
            title=title,
            rides="" if each.rides is None else f"{about(each.rides)} rides",
            spend="" if each.spend is None else self._money.about(each.spend),
            effect=self._effect(each, scale),
            earlier=self._earlier(each.row),
            apart=self._apart(each),
            sum=self._sum(each),
            profit=self._profit(each),
            moment=moment_words(self._scene, each.row),
        )

    def _earlier(self, row: ListRow) -> str:
        expected: float | None = row.earlier_expected_rides
        came: float | None = row.earlier_rides
        if self._has_money:
            expected, came = row.earlier_expected_spend, row.earlier_spend
        if expected is None or came is None or not row.n_earlier_users:
            return ""
        difference = (came - expected) / row.n_earlier_users
        more = "more" if difference >= 0 else "less"
        return (
            f"Of {counted(row.n_earlier_users, 'user')} who could be written to then, "
            f"we expected {self.about(expected)} without a message; {self.about(came)} "
            f"came, {self._a_user(abs(difference))} a user {more}."
        )

    def _apart(self, each: WeekList) -> str:
        row, proofs = each.row, each.proofs
        expected = (
            row.earlier_expected_spend
            if self._has_money
            else row.earlier_expected_rides
        )
        n = sum(proof.n_held_out for proof in proofs)
        came = _mean_held_out(proofs, has_money=self._has_money)
        if not expected or came is None or n < self._scene.options.min_cell_users:
            return ""
        said = expected / row.n_earlier_users
        if abs(said - came) <= FAR_FROM_FORECAST * said:
            return ""
        high = "high" if came < said else "low"
        return (
            f"Without a message the forecast said {self._a_user(said)} a user then; "
            f"the {number(n)} who were held out brought {self._a_user(came)}. So "
            f"forecasts for this list may be too {high}: do not add what the message "
            "brings."
        )

    def _sum(self, each: WeekList) -> str:
        if each.kind != "send" or not each.each or not each.top:
            return ""
        revenue = " of revenue" if self._has_money else ""
        return (
            f"The two groups differ by {self._a_user(each.each.value)} a user. That is "
            "the effect, because users were put into them at random; a forecast may be "
            "too low or too high. If it is the same for the "
            f"{number(each.n_write)} users to write to now, the message brings "
            f"{self.about(each.top.value)}{revenue} more than no message."
        )

    def _a_user(self, value: float) -> str:
        return self._money.each(value) if self._has_money else f"{about(value)} rides"

    def _profit(self, each: WeekList) -> str:
        """Return the way from what a list brought before to its profit."""
        row = self._returns.get(each.row.audience)
        if not row or row.profit is None or row.margin_gained is None:
            return ""
        if not row.contribution_margin or row.cost_of_acting is None:
            return ""
        revenue = row.margin_gained / row.contribution_margin
        more = "more" if revenue >= 0 else "less"
        return (
            "From revenue to profit, for the "
            f"{counted(row.n_treated, 'user')} of then: "
            f"{self._money.about(abs(revenue))} {more}, of which the margin of "
            f"{percent(row.contribution_margin)} is "
            f"{self._money.about(row.margin_gained)}; "
            f"{self._cost(row, row.cost_of_acting)}, so the profit was "
            f"{self._money.about(row.profit)}, as under “What works”."
        )

    def _cost(self, row: AudienceReturnRow, cost: float) -> str:
        if cost >= 0:
            n_coupons = round(row.n_more_coupons)
            coupons = "coupons"
            if n_coupons > 1:
                coupons = (
                    f"{number(n_coupons)} more coupons of any kind, also of those that "
                    "no message named,"
                )
            return f"messages and {coupons} cost {self._money.about(cost)}"
        return f"fewer coupons were used, which saved {self._money.about(-cost)}"

    def _effect(self, each: WeekList, scale: Scale) -> Effect | None:
        colour = "ink"
        if each.kind == "send" and each.top:
            value = self.about(each.top.value)
            note = self.between(each.top)
            if self._has_money and each.top_rides:
                note += f" · {about(each.top_rides.value)} rides more"
            drawing = ranges.effect(
                each.top.value,
                each.top.low,
                each.top.high,
                scale,
                colour,
                f"More by the message: {value}, range {note}",
            )
            return Effect(drawing, f"+{value}", note + _measured(each))
        # The settings may say to write although no effect was found.
        if each.kind in ("stop", "try") and each.each:
            whole = each.each.times(max(each.n_write, 1))
            value = self._not_sure(each, whole)
            note = f"{self.between(whole)} for this list"
            if not each.n_write:
                note = f"{self.between(each.each)} a user"
            note += _measured(each)
            place = min(max(whole.value, scale.low), scale.high)
            drawing = ranges.effect(
                place,
                max(whole.low, scale.low),
                min(whole.high, scale.high),
                scale,
                "soft",
                f"{value}: {note}",
            )
            returned = self._returns.get(each.row.audience)
            # What brought less is stopped for that, whatever it cost.
            if returned and returned.verdict == "costs more" and whole.high > 0:
                note += ". Its messages and coupons cost more than it brought"
            return Effect(drawing, value, note)
        if each.kind == "try":
            day = each.row.first_result_on
            note = f"First result on {weekday_date(day)}" if day else "No result yet"
            if each.row.why_not_measured:
                note = f"{each.row.why_not_measured} {note}"
            return Effect(ranges.unknown(scale), "Not measured yet", note)
        return None

    def _not_sure(self, each: WeekList, whole: Range) -> str:
        """Return what is known of a list that is not sure to bring more."""
        if each.row.effect_status == "measured" and whole.value > 0:
            about_it = f"+{self.about(whole.value)}"
            return about_it if whole.low > 0 else f"Perhaps {about_it}"
        found = "No effect found" if whole.high > 0 else "It brought less"
        return f"{found} so far" if each.kind == "try" else found

    def axis(self, scale: Scale) -> Markup | None:
        """Return the values of the scale above the effects."""
        step = round_step(scale.high / 2)
        values = [0.0, *(step * n for n in (1, 2) if step * n <= scale.high)]
        texts = [
            self._money.about(value) if self._has_money else number(value)
            for value in values
        ]
        return ranges.axis(scale, list(zip(values, texts, strict=True)))


def _measured(each: WeekList) -> str:
    """Return beside how many users an effect was measured, to follow its range."""
    n = sum(proof.n_held_out for proof in each.proofs)
    return f". Measured last time, against {number(n)} users held out" if n else ""


def _mean_held_out(proofs: Sequence[Proof], *, has_money: bool) -> float | None:
    """Return money, or rides, a user of those held out; None if that is not known."""
    total = 0.0
    for proof in proofs:
        _, n, rides, spend = proof.groups[1]
        mean = spend if has_money else rides
        if mean is None:
            return None
        total += n * mean
    n_users = sum(proof.n_held_out for proof in proofs)
    return total / n_users if n_users else None


def _scale(lists: Sequence[WeekList]) -> Scale:
    """Return one scale for every effect; it contains zero."""
    tops = [each.top for each in lists if each.top]
    tops += [
        each.each.times(each.n_write)
        for each in lists
        if each.kind in ("stop", "try") and each.each and each.n_write
    ]
    high = max([0.0, *(top.high for top in tops)]) or 100.0
    low = min([0.0, *(top.low for top in tops)])
    low = min(low, -0.14 * high)
    return Scale(low, high * 1.06)


def _sum(tops: Sequence[Range]) -> Range | None:
    """Return the sum of independent effects, with its range."""
    if not tops:
        return None
    value = sum(top.value for top in tops)
    return Range(
        value,
        value - hypot(*(top.value - top.low for top in tops)),
        value + hypot(*(top.high - top.value for top in tops)),
    )


def _title(
    lists: Sequence[WeekList],
    total: Range | None,
    figures: Sequence[KeyFigure],
    written: _Writer,
) -> tuple[str, str]:
    """Return the finding and the headline sum."""
    numbers = {
        kind: sum(each.kind == kind for each in lists)
        for kind in ("send", "try", "stop")
    }
    if not any(numbers.values()):
        return _quiet_title(figures), ""
    verbs = [f"{kind} {in_words(n)}" for kind, n in numbers.items() if n]
    first = next(n for n in numbers.values() if n)
    noun = "list" if first == 1 else "lists"
    head, *rest = verbs
    text = starting_large(", ".join([f"{head} {noun}", *rest]))
    if total:
        gain = f"about {written.more(total.value)} in four weeks"
        return f"{text}:", gain
    if any(each.kind == "try" and each.each for each in lists):
        return f"{text}: no message is sure to bring more yet", ""
    if numbers["try"]:
        return f"{text}: what a message brings is not measured yet", ""
    return f"{text}: no message was seen to bring more", ""


def _quiet_title(figures: Sequence[KeyFigure]) -> str:
    unusual = [each for each in figures if each.is_unusual]
    riders = figures[0]
    if unusual:
        names = listed([each.name.lower() for each in unusual])
        return f"An unusual week for {names}"
    return f"An ordinary week: {riders.value} users rode"


def _lead(
    scene: Scene,
    lists: Sequence[WeekList],
    total: Range | None,
    figures: Sequence[KeyFigure],
    written: _Writer,
) -> str:
    sentences = []
    if total:
        n_sent = sum(each.kind == "send" for each in lists)
        which = "list" if n_sent == 1 else f"{in_words(n_sent)} lists"
        bring = "brings" if n_sent == 1 else "bring"
        sentences.append(
            f"If messages do what they did last time, the {which} to send {bring} "
            f"{written.between(total)} more by {_last_day(scene)}."
        )
        if scene.has_money:
            sentences.append(_not_profit(scene, total))
    elif lists and any(each.kind == "try" for each in lists):
        sentences.append(
            "Send the messages to those on the lists only: what they bring is seen by "
            "comparing them with users who get no message, chosen at random."
        )
    # What was usual stands below, with the figures of the week.
    unusual = [each for each in figures if each.is_unusual]
    if unusual:
        told = listed([f"{each.name.lower()} ({each.note})" for each in unusual])
        sentences.append(f"Unusual from {scene.week_words}: {told}.")
    return " ".join(sentences)


def _late(scene: Scene, n_lists: int) -> tuple[str, str]:
    """Return the title and lead for who reads it after the week of the lists."""
    if not n_lists:
        return "", ""
    were = "This list was" if n_lists == 1 else "These lists were"
    title = f"{were} for {scene.next_week_words}: do not send any more"
    lead = (
        "The moments to write are over, and some have ridden since. For lists of this "
        "week, ask your analyst to load newer rides and then call make run, which "
        "writes lists and page anew. Below is what there was to do."
    )
    return title, lead


def _not_profit(scene: Scene, total: Range) -> str:
    """Return that revenue is no profit, and what the margin leaves of it."""
    margins = [row.contribution_margin for row in scene.marts.rows(AudienceReturnRow)]
    if not margins:
        return "That is revenue, not profit: rides and offers have costs."
    return (
        f"That is revenue, not profit: at a margin of {percent(margins[0])}, about "
        f"{scene.money.about(margins[0] * total.value)} is left for messages and "
        "offers."
    )


def _last_day(scene: Scene) -> str:
    """Return the end of the four weeks from the lists' Monday: `Sunday 20 December`."""
    return weekday_date(scene.week + datetime.timedelta(weeks=5, days=-1))


def _past(scene: Scene, lists: Sequence[WeekList], written: _Writer) -> Past | None:
    """Return what earlier lists brought: all whose effect was looked for."""
    if scene.is_filtered:
        return None
    treated: dict[str, int] = {}
    for row in scene.marts.rows(EffectRow):
        if row.n_held_out and row.n_treated_exposed:
            treated[row.audience] = treated.get(row.audience, 0) + row.n_treated
    measured = [
        each
        for each in lists
        if each.row.effect_status != "not measured yet"
        and each.each
        and treated.get(each.row.audience)
    ]
    tops = [
        each.each.times(treated[each.row.audience]) for each in measured if each.each
    ]
    total = _sum(tops)
    if not total or not total.value:
        return None
    proofs = [proof for each in measured for proof in each.proofs]
    first = min(proof.first_day for proof in proofs)
    last = max(proof.last_day for proof in proofs)
    brought = _brought(total, written)
    return Past(
        f"The lists of {span(first, last)} {brought}",
        f"between {written.between(total, 'and')}, in the four weeks after. What we "
        "expect now is above.",
    )


def _brought(total: Range, written: _Writer) -> str:
    """Return what lists brought, as surely as the range around it allows."""
    much = written.roughly(abs(total.value))
    if total.low > 0:
        return f"brought about {much} more"
    if total.high < 0:
        return f"brought about {much} less"
    if total.value <= 0:
        return f"brought nothing that was seen (about {much} less)"
    # A value half as far above zero as above its low end is so by luck in one of five.
    is_probable = 2 * total.value >= total.value - total.low
    if is_probable:
        return f"probably brought about {much} more, but perhaps nothing"
    return f"may have brought about {much} more, or nothing"


PART = Part(
    "this-week",
    "This week",
    view,
    (
        ListRow,
        ListCountRow,
        ListMomentRow,
        EffectRow,
        ForecastRow,
        NextWeekRow,
        AudienceReturnRow,
    ),
)
