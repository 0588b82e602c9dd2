"""What only a run of customer_segments says: its certificate, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from user_states.console import format_table
from user_states.runs.run_report import decimal
from user_states.runs.stored_runs import rows_of_run
from user_states.runs.table_writer import SchemaTables
from user_states.segments.given_labels import GIVEN_DIVISIONS
from user_states.segments.segment_kinds import SEGMENT_KINDS
from user_states.warehouse.connection import Connection, fetch_all

_DIVISION = ("division", "kind", "setting", "n_segments", "stability", "is_chosen",
             "is_published", "why_not")  # fmt: skip
_KINDS = [*GIVEN_DIVISIONS, *(kind.name for kind in SEGMENT_KINDS)]
_SCORE = ("division", "gain_over_base", "gain_over_base_low", "gain_over_base_high")

CertificateRow = Mapping[str, Any]


def segments_details(
    connection: Connection, own: SchemaTables, run_id: str
) -> list[str]:
    """Return lines about the certificate of a run.

    Parameters
    ----------
    connection : Connection
    own : SchemaTables
        The schema `segments`.
    run_id : str
        Id of a run of customer_segments that exists.
    """
    ((n_customers, n_held_out, week_start, outcome),) = fetch_all(
        connection,
        "select n_customers, n_held_out, as_of_week_start, deciding_outcome "
        f"from {own.name('fits')} where run_id = $1",
        (run_id,),
    )
    divisions = sorted(
        rows_of_run(connection, own.name("divisions"), _DIVISION, run_id),
        key=lambda row: (_KINDS.index(row["kind"]), row["setting"] or 0),
    )
    scores = rows_of_run(
        connection, own.name("division_scores"), _SCORE, run_id, "and is_deciding"
    )
    judged = f"judged on {n_held_out:,} held-out ones by {outcome}"
    return [
        f"{n_customers:,} customers of the week of {week_start}; {judged}",
        "",
        "Certificate",
        *certificate_table(divisions, scores),
    ]


def certificate_table(
    divisions: Sequence[CertificateRow],
    scores: Iterable[CertificateRow],
    *,
    is_short: bool = False,
) -> list[str]:
    """Return the divisions of a certificate as the lines of a table.

    Parameters
    ----------
    divisions : sequence of mappings
        Rows of segments.divisions.
    scores : iterable of mappings
        Rows of segments.division_scores, of the deciding outcome.
    is_short : bool
        Of the settings of a kind only the one with the greatest gain, and the chosen
        one.
    """
    gains = {row["division"]: row for row in scores}
    shown = _best_of_kinds(divisions, gains) if is_short else list(divisions)
    header = (
        "", "division", "segments", "gain", "95 % interval", "stability",
        "why it is not published",
    )  # fmt: skip
    lines = format_table(
        header,
        [
            (
                "*" if row["is_published"] else "",
                row["division"],
                str(row["n_segments"]),
                *_gain(gains.get(row["division"])),
                decimal(row["stability"]),
                row["why_not"] or "",
            )
            for row in shown
        ],
    )
    n_hidden = len(divisions) - len(shown)
    note = (
        "gain: over everybody as one group, on held-out customers, in nats a "
        "customer-week"
    )
    return [
        *lines,
        f"{note}; {n_hidden} worse settings not shown" if n_hidden else note,
    ]


def _best_of_kinds(
    divisions: Sequence[CertificateRow], gains: Mapping[str, CertificateRow]
) -> list[CertificateRow]:
    def gain(row: CertificateRow) -> float:
        value = gains.get(row["division"], {}).get("gain_over_base")
        return float("-inf") if value is None else float(value)

    best: dict[str, CertificateRow] = {}
    for row in divisions:
        kind = row["kind"]
        if kind not in best or gain(row) > gain(best[kind]):
            best[kind] = row
    return [row for row in divisions if row["is_chosen"] or row is best[row["kind"]]]


def _gain(score: CertificateRow | None) -> tuple[str, str]:
    if score is None or score["gain_over_base"] is None:
        return "–", "–"
    low, high = score["gain_over_base_low"], score["gain_over_base_high"]
    return f"{score['gain_over_base']:.4f}", f"{low:.4f} to {high:.4f}"
