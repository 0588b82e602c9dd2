"""Whether a persona grows: its share of the conversations, by four weeks."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from user_states.explorer.parts.what_they_write_words import FEWEST_PEOPLE
from user_states.explorer.svg.elements import chart, horizontal, rectangle, text
from user_states.explorer.svg.scales import Scale, per_cent
from user_states.explorer.words.dates import short_date, span
from user_states.explorer.words.numbers import fine_percent
from user_states.marts.persona_rows import PersonaWeekRow

BLOCK_WEEKS, MOST_BLOCKS, LEAST_BLOCKS = 4, 13, 3
HEIGHT, TOP, BOTTOM = 92, 18.0, 70.0


@dataclass(frozen=True)
class PersonaBlock:
    """Four weeks of a persona; the share is None if a few people may have written."""

    first: datetime.date
    share: float | None


def persona_blocks(
    rows: Sequence[PersonaWeekRow], totals: Mapping[datetime.date, int]
) -> list[PersonaBlock]:
    """Return the newest blocks of four weeks, the oldest first.

    A block is told if nobody wrote, or if in one of its weeks enough people did: the
    same people may write in several weeks.

    Parameters
    ----------
    rows : sequence of PersonaWeekRow
        Of one persona, every complete week.
    totals : mapping of date to int
        Conversations of all personas, by week.
    """
    newest = sorted(rows, key=lambda row: row.week_start, reverse=True)
    found = []
    for start in range(0, min(len(newest), BLOCK_WEEKS * MOST_BLOCKS), BLOCK_WEEKS):
        block = newest[start : start + BLOCK_WEEKS]
        if len(block) < BLOCK_WEEKS:
            break
        n = sum(row.n_conversations for row in block)
        total = sum(totals[row.week_start] for row in block)
        is_told = not n or max(row.n_customers for row in block) >= FEWEST_PEOPLE
        share = (n / total if total else 0.0) if is_told else None
        found.append(PersonaBlock(block[-1].week_start, share))
    return found[::-1]


def week_totals(rows: Sequence[PersonaWeekRow]) -> dict[datetime.date, int]:
    """Return the conversations of all personas by week."""
    totals: defaultdict[datetime.date, int] = defaultdict(int)
    for row in rows:
        totals[row.week_start] += row.n_conversations
    return dict(totals)


def few_recently(rows: Sequence[PersonaWeekRow]) -> frozenset[str]:
    """Return the keys of personas of which a few people may have written recently."""
    weeks = sorted({row.week_start for row in rows})[-BLOCK_WEEKS:]
    most: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if row.week_start in weeks:
            most[row.persona_key] = max(most[row.persona_key], row.n_customers)
    return frozenset(key for key, n in most.items() if n < FEWEST_PEOPLE)


def trend_note(blocks: Sequence[PersonaBlock]) -> str:
    """Return what a dashed column means; empty if there is none."""
    if all(block.share is not None for block in blocks):
        return ""
    return f"Dashed: fewer than {FEWEST_PEOPLE} people may have written."


def trend_drawing(blocks: Sequence[PersonaBlock]) -> Markup | None:
    """Return columns of the shares; None if there is hardly anything to draw."""
    known = [block.share for block in blocks if block.share is not None]
    if len(known) < LEAST_BLOCKS or not any(known):
        return None
    down = Scale(0, max(known), BOTTOM, TOP)
    step = 100 / len(blocks)
    parts = []
    for place, block in enumerate(blocks):
        parts += _column(block, step * place, step, down)
    newest = blocks[-1]
    if newest.share is not None:
        # As wide as the label may be, columns beside the newest must not reach it.
        under = blocks[-max(-(-len(blocks) // 5), 1) :]
        y = down.at(max(block.share or 0.0 for block in under)) - 5
        parts.append(text("100%", y, fine_percent(newest.share), "strong", "end"))
    parts += [
        horizontal(BOTTOM, "axis"),
        text("0%", HEIGHT - 6, f"since {short_date(blocks[0].first)}", "pale"),
        text("100%", HEIGHT - 6, "newest four weeks", "pale", "end"),
    ]
    return chart(HEIGHT, "", *parts)


def _column(block: PersonaBlock, left: float, step: float, down: Scale) -> list[Markup]:
    weeks = span(
        block.first, block.first + datetime.timedelta(days=7 * BLOCK_WEEKS - 1)
    )
    is_few = block.share is None
    height = 4.0 if is_few else BOTTOM - down.at(block.share or 0.0)
    words = (
        f"fewer than {FEWEST_PEOPLE} people"
        if is_few
        else f"{fine_percent(block.share or 0.0)} of all conversations"
    )
    x, width = per_cent(left + 0.1 * step), per_cent(0.8 * step)
    return [
        rectangle(
            x, BOTTOM - height, width, height, "dashed" if is_few else "hour-bar"
        ),
        rectangle(x, TOP, width, BOTTOM - TOP, "clear", tip=f"{weeks}\n{words}"),
    ]
