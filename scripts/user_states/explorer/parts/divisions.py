"""Ways to divide your customers: what each predicts, and who is in which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.customer_files import CustomerFile, customer_files
from user_states.explorer.part import Part, View
from user_states.explorer.parts.customers import OF_ALL_CITIES
from user_states.explorer.parts.divisions_picture import ComparedWays, compared
from user_states.explorer.parts.divisions_profile import (
    ProfileLine,
    profile_lines,
)
from user_states.explorer.parts.divisions_scatter import colour_of, scattered
from user_states.explorer.parts.divisions_shapes import Shape, shapes_of
from user_states.explorer.parts.divisions_table import DivisionLine, division_lines
from user_states.explorer.parts.divisions_words import (
    EVERYBODY,
    gain_of,
    in_nats,
    is_given,
    meaning_of,
    title_of,
    who,
    with_gain,
)
from user_states.explorer.scene import CUSTOMER_GROUP, Scene
from user_states.explorer.words import listed, shortened, starting_large
from user_states.explorer.words.dates import date
from user_states.explorer.words.numbers import in_words, number, percent
from user_states.marts.customer_list_rows import CustomerListSizeRow
from user_states.marts.segment_rows import (
    ComponentRow,
    CustomerFeatureRow,
    DivisionRow,
    SegmentCertaintyRow,
    SegmentPointRow,
    SegmentProfileRow,
    SegmentRow,
    SegmentStateRow,
    SegmentWatchRow,
)


@dataclass(frozen=True)
class Segment:
    """A published segment.

    Attributes
    ----------
    number : int
    colour : str
        Class.
    name, size, share : str
        `share` is of all customers with a segment; empty for a small one.
    telling, use : str
        Empty for a small one.
    states : str
        The commonest states of those of its customers who have one; may be empty.
    file : CustomerFile or None
        None if nobody, or too few, are on its list.
    """

    number: int
    colour: str
    name: str
    size: str
    share: str
    telling: str
    use: str
    states: str
    file: CustomerFile | None


@dataclass(frozen=True, kw_only=True)
class Divisions(View):
    """The comparison, and the published segments.

    Attributes
    ----------
    comparison : ComparedWays or None
    outcome : str
        What is not known yet: `who is active next week`.
    n_held_out : int
    sentences : sequence of str
        How much better or worse ways predict, in nats.
    lines : sequence of DivisionLine
        Every way that was tried.
    lines_note : str
        What one of them has more than elsewhere on the page; may be empty.
    segments : sequence of Segment
    segments_of : str
        When the segments were found, and of which week the customers are.
    told : sequence of Segment
        Those with enough customers to say more.
    profile : sequence of ProfileLine
        Of these.
    scatter : Markup or None
    scatter_note : str
    shapes : sequence of Shape
    remarks : sequence of str
        The watch, the overlap with the states, and what is not calibrated.
    """

    comparison: ComparedWays | None
    outcome: str
    n_held_out: int
    sentences: Sequence[str]
    lines: Sequence[DivisionLine]
    lines_note: str
    segments: Sequence[Segment]
    segments_of: str
    told: Sequence[Segment]
    profile: Sequence[ProfileLine]
    scatter: Markup | None
    scatter_note: str
    shapes: Sequence[Shape]
    remarks: Sequence[str]


def view(scene: Scene) -> Divisions | None:
    """Return the comparison and the segments; None before the first search."""
    divisions = scene.marts.rows(DivisionRow)
    if not divisions:
        return None
    rows = sorted(
        (row for row in map(with_gain, divisions) if row.gain_over_base is not None),
        key=lambda row: (-gain_of(row), row.division),
    )
    everybody = next((row for row in rows if row.division == EVERYBODY), None)
    published = next((row for row in rows if row.is_published), None)
    segments = scene.marts.rows(SegmentRow)
    shown = _segments(scene, segments)
    # Of a segment with a few customers nothing but its name is told.
    told = [row for row in segments if row.n_customers >= scene.options.min_cell_users]
    ids = {row.segment_id for row in told}
    points = [p for p in scene.marts.rows(SegmentPointRow) if p.segment_id in ids]
    return Divisions(
        title=title_of(rows, published),
        lead=meaning_of(rows, published),
        unfiltered=OF_ALL_CITIES,
        comparison=compared(rows, -(everybody.log_score or 0.0) if everybody else 0.0),
        outcome=who(divisions[0].outcome),
        n_held_out=max((row.n_customers or 0 for row in rows), default=0),
        sentences=_sentences(rows, published),
        lines=division_lines([*map(with_gain, divisions)]),
        lines_note=_lines_note(scene, divisions),
        segments=shown,
        segments_of=_segments_of(segments, published),
        told=[segment for segment in shown if segment.number in ids],
        profile=profile_lines(
            told,
            scene.marts.rows(SegmentProfileRow),
            scene.marts.rows(CustomerFeatureRow),
            scene.options.customer_window_days,
        ),
        scatter=scattered(
            points, "A sample of customers by the first two components, by segment"
        )
        if points
        else None,
        scatter_note=_scatter_note(scene, points),
        shapes=shapes_of(divisions),
        remarks=_remarks(scene, shown),
    )


def _sentences(rows: Sequence[DivisionRow], published: DivisionRow | None) -> list[str]:
    """Return what is published, or the best new way, against all that exist."""
    searched = [row for row in rows if not is_given(row)]
    told = published or next(iter(searched), None)
    if told is None:
        return []
    found = [in_nats(told, row) for row in rows if is_given(row)]
    if told.gain_over_rfm_low is not None and told.gain_over_rfm_high is not None:
        ends = (f"{told.gain_over_rfm_low:+.3f}", f"{told.gain_over_rfm_high:+.3f}")
        low, high = (end.replace("-", "−") for end in ends)
        found.append(f"Over RFM the 95% interval goes from {low} to {high} nats.")
    return found


def _lines_note(scene: Scene, rows: Sequence[DivisionRow]) -> str:
    """Return that the group before the first ride counts as a state here."""
    n_states = len(scene.marts.model_states)
    others = [s for s in scene.marts.states if not s.is_of_the_model]
    divided = [row for row in rows if row.division == "states"]
    if not others or not divided or divided[0].n_segments != n_states + 1:
        return ""
    return (
        f"The states are {in_words(n_states)}; here “{others[0].state_short_name}” is "
        "a group too."
    )


def _segments(scene: Scene, rows: Sequence[SegmentRow]) -> list[Segment]:
    least = scene.options.min_cell_users
    files = customer_files(scene, "segment", lambda row: row.list_title)
    found = []
    for row in rows:
        is_small = row.n_customers < least
        found.append(
            Segment(
                number=row.segment_id,
                colour=colour_of(row.segment_id),
                name=shortened(row.segment_name) or "",
                size=f"under {least}" if is_small else number(row.n_customers),
                share=""
                if is_small or row.customer_share is None
                else percent(row.customer_share),
                telling="" if is_small else _telling(row.telling_features),
                use="" if is_small else row.suggested_use,
                states="" if is_small else _states(scene, row.segment_id),
                file=None if is_small else files.get(row.segment_name),
            )
        )
    return found


def _telling(features: str) -> str:
    """Return what sets a segment apart, without what another phrase says already.

    Who views many pages a visit mostly views many pages, so only the first is said.
    """
    told: list[str] = []
    for phrase in features.split(", "):
        if not any(
            other.startswith(phrase) or phrase.startswith(other) for other in told
        ):
            told.append(phrase)
    return starting_large(", ".join(told))


def _states(scene: Scene, segment_id: int) -> str:
    """Return the two commonest states of a segment's customers, with their shares.

    The shares are of the customers with a state, who may be a small part of the
    segment: who never asked for a ride has none.
    """
    names = {state.state_key: state.state_short_name for state in scene.marts.states}
    of_segment = [
        row for row in scene.marts.rows(SegmentStateRow) if row.segment_id == segment_id
    ]
    rows = [
        row
        for row in of_segment
        if row.state_key in names and row.n_customers >= scene.options.min_cell_users
    ]
    if not rows:
        return ""
    n_with_state = sum(row.n_customers for row in of_segment)
    largest = sorted(rows, key=lambda row: (-row.n_customers, row.state_key))[:2]
    told = listed(
        [
            f"{percent(row.share_of_segment)} in “{names[row.state_key]}”"
            for row in largest
        ]
    )
    return f"Of the {number(n_with_state)} with a state: {told}"


def _segments_of(rows: Sequence[SegmentRow], published: DivisionRow | None) -> str:
    if not rows:
        return ""
    fitted, counted = rows[0].fit_week_start, rows[0].as_of_week_start
    found = f"Found in the customers of the week of {date(fitted)}"
    if counted == fitted:
        found = f"Found and counted in the customers of the week of {date(fitted)}"
    elif counted:
        found += f", counted in the week of {date(counted)}"
    if published is None:
        return f"{found}. The newest search publishes nothing, so these stay."
    return f"{found}."


def _scatter_note(scene: Scene, points: Sequence[SegmentPointRow]) -> str:
    held = sum(row.explained_share for row in scene.marts.rows(ComponentRow))
    left = (
        f" The two directions hold {percent(held)} of all differences between them, so "
        "groups that overlap here may be apart."
        if held
        else ""
    )
    return (
        f"Each dot is one of a sample of {number(len(points))} customers, in the "
        f"colour of the segment; the number is in its middle.{left}"
    )


def _remarks(scene: Scene, segments: Sequence[Segment]) -> list[str]:
    if not segments:
        return []
    found = []
    for watch in scene.marts.rows(SegmentWatchRow):
        week = date(watch.as_of_week_start)
        found.append(
            f"The watch warns of the week of {week}: {watch.alarm}."
            if watch.is_alarm
            else f"The watch found nothing unusual in the week of {week}."
        )
        if watch.kept_share is not None:
            found.append(
                f"{percent(watch.kept_share)} of the customers kept their segment "
                "since the week before."
            )
    overlaps = scene.marts.rows(SegmentStateRow)
    if overlaps:
        shared = overlaps[0].normalized_mutual_information
        found.append(
            f"Segments and states say {percent(shared)} of the same thing: 0% would "
            "be nothing, 100% everything."
        )
    found.append(_certainty(scene))
    return found


def _certainty(scene: Scene) -> str:
    rows = scene.marts.rows(SegmentCertaintyRow)
    sure = [row.mean_certainty for row in rows if row.mean_certainty is not None]
    not_checked = (
        "Shares, means and overlaps describe customers as they are; they are no "
        "forecast, and were not calibrated on past weeks."
    )
    if not sure:
        return not_checked
    return (
        f"The model is {percent(min(sure))} sure of a customer’s segment on average in "
        f"the least sure segment, and {percent(max(sure))} in the surest. That number "
        f"is its own and was not calibrated on past weeks. {not_checked}"
    )


PART = Part(
    "divisions",
    "Ways to divide your customers",
    view,
    (
        DivisionRow,
        SegmentRow,
        SegmentProfileRow,
        CustomerFeatureRow,
        SegmentPointRow,
        ComponentRow,
        SegmentStateRow,
        SegmentWatchRow,
        SegmentCertaintyRow,
        CustomerListSizeRow,
    ),
    CUSTOMER_GROUP,
)
