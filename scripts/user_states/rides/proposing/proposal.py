"""A mapping for an unknown file, and its first rides as they would be loaded."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from user_states.console import format_table
from user_states.errors import UserError
from user_states.rides.contract import RIDES
from user_states.rides.mapping import FileMapping
from user_states.rides.mapping_file import parse_mapping
from user_states.rides.order_lines import looks_like_order_lines
from user_states.rides.proposing.guesses import guess_columns
from user_states.rides.proposing.mapping_text import mapping_text
from user_states.rides.proposing.sample import SAMPLE_ROWS, read_sample
from user_states.rides.source_files import read_batches
from user_states.rides.typed_batches import TypedBatch, typed_batch

_SHOWN_RIDES = 5
_SHOWN_WIDTH = 26


@dataclass(frozen=True)
class Proposal:
    """The text of a mapping file, and what to tell about it.

    Attributes
    ----------
    text : str
    questions : list of str
        What the person should answer in the file.
    preview : list of str
        Lines with the first rides; empty if the mapping is not complete.
    is_complete : bool
        Whether rides can be loaded by it.
    """

    text: str
    questions: list[str]
    preview: list[str]
    is_complete: bool


def propose_mapping(path: Path, name: str) -> Proposal:
    """Return a mapping for a file.

    Parameters
    ----------
    path : Path
        A CSV or Parquet file.
    name : str
        The mapping file, for messages.

    Raises
    ------
    UserError
        If the file cannot be read, or has no rows.
    """
    sample = read_sample(path)
    guesses = guess_columns(sample)
    text = mapping_text(sample, guesses)
    questions = [
        line.split("# ? ", 1)[1] for line in text.splitlines() if "# ? " in line
    ]
    if guesses.columns["requested_at"].value is None:
        return Proposal(text, questions, [], False)
    return Proposal(text, questions, _preview(path, parse_mapping(text, name)), True)


def _preview(path: Path, mapping: FileMapping) -> list[str]:
    batch = next(iter(read_batches(path, mapping, SAMPLE_ROWS)))
    typed = typed_batch(batch, mapping, str(path), dt.datetime.now(dt.UTC), path.name)
    n_rows = typed.rows.num_rows + len(typed.rejected)
    counts = (
        f"the first {n_rows:,} rows: {typed.rows.num_rows:,} would load, "
        f"{len(typed.rejected):,} would be rejected"
    )
    lines = [counts]
    reasons = Counter(
        f"{row.get('column_name') or 'the row'} {row['reason']}"
        for row in typed.rejected
    )
    lines += [f"  {n:,} × {reason}" for reason, n in reasons.most_common(5)]
    if mapping.sum_lines:
        lines.append("lines of the same order will be summed after that")
    elif looks_like_order_lines(typed.rows):
        lines.append("these look like lines of an order: `sum_lines: true` sums them")
    return [*lines, *_table(typed)]


def _table(typed: TypedBatch) -> list[str]:
    """Return some rides as a table, the columns that have values."""
    rides = typed.rows.slice(0, _SHOWN_RIDES)
    names = [n for n in RIDES.names if rides[n].null_count < rides.num_rows]
    if not names:
        return []
    cells = [[_cell(text.as_py()) for text in _texts(rides[n])] for n in names]
    return format_table(names, list(zip(*cells, strict=True)))


def _texts(array: pa.Array) -> pa.Array:
    """Return values as text: times to the second, numbers without needless zeros."""
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("s", "UTC"), safe=False)
    text = array.cast(pa.string())
    if pa.types.is_decimal(array.type):
        text = pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
    return text


def _cell(text: str | None) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text or "")
    return plain if len(plain) <= _SHOWN_WIDTH else plain[: _SHOWN_WIDTH - 1] + "…"


def write_proposal(proposal: Proposal, path: Path, *, force: bool) -> None:
    """Write the mapping file.

    Raises
    ------
    UserError
        If there is a file already, unless forced, or if it cannot be written.
    """
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(proposal.text)
    except FileExistsError:
        raise UserError(
            f"found {path}; expected none, because a mapping that you corrected is not "
            "overwritten: name another file (MAP=other.yml), or add FORCE=1."
        ) from None
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}.") from error
