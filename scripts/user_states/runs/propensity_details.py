"""What only a run of a propensity says: its certificate, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from user_states.console import format_table
from user_states.runs.run_report import decimal
from user_states.runs.stored_runs import rows_of_run
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection, fetch_all

_CANDIDATE = ("candidate", "is_rival", "is_chosen", "log_loss", "auc", "brier",
              "calibration_error", "chosen_gain", "chosen_gain_low",
              "chosen_gain_high")  # fmt: skip
_WEEK = ("class_number", "as_of_week_start", "n_customers", "mean_forecast",
         "observed_rate", "calibration_error")  # fmt: skip

StoredCandidate = Mapping[str, Any]


def propensity_details(
    connection: Connection, own: SchemaTables, run_id: str
) -> list[str]:
    """Return lines about the certificate of a run.

    Parameters
    ----------
    connection : Connection
    own : SchemaTables
        The schema `propensity`.
    run_id : str
        Id of a run of a propensity that exists.
    """
    ((outcome, horizon, population, n_customers, n_rows, week_start),) = fetch_all(
        connection,
        "select outcome, horizon_weeks, population, n_customers, n_rows, "
        f"as_of_week_start from {own.name('fits')} where run_id = $1",
        (run_id,),
    )
    candidates = rows_of_run(
        connection,
        own.name("candidates"),
        _CANDIDATE,
        run_id,
        "order by is_rival desc, log_loss",
    )
    weeks = rows_of_run(
        connection,
        own.name("judged_weeks"),
        _WEEK,
        run_id,
        "order by class_number, as_of_week_start",
    )
    features = rows_of_run(
        connection,
        own.name("features"),
        ("feature", "importance", "typical_value"),
        run_id,
        "order by importance desc",
    )
    within = f" within {horizon} weeks" if horizon else ""
    read = f"{n_rows:,} weeks of {n_customers:,} customers, the newest {week_start}"
    return [
        f"{outcome}{within}, of {population}: {read}",
        "",
        "Certificate",
        *certified_candidates(candidates),
        "",
        "Held-out customers, week by week",
        *format_table(
            ("class", "week", "customers", "forecast", "came", "calibration error"),
            [
                (
                    str(row["class_number"]),
                    str(row["as_of_week_start"]),
                    f"{row['n_customers']:,}",
                    f"{row['mean_forecast']:.1%}",
                    f"{row['observed_rate']:.1%}",
                    decimal(row["calibration_error"], 3),
                )
                for row in weeks
            ],
        ),
        *_importance(features),
    ]


def certified_candidates(candidates: Iterable[StoredCandidate]) -> list[str]:
    """Return rivals and candidates as the lines of a table.

    Parameters
    ----------
    candidates : iterable of mappings
        Rows of propensity.candidates.
    """
    header = (
        "", "model", "log loss", "AUC", "Brier", "calibration error",
        "gain of the chosen", "95 % interval",
    )  # fmt: skip
    note = (
        "gain: over this rival, on held-out customers in later weeks, in nats a "
        "customer-week"
    )
    return [
        *format_table(
            header,
            [
                (
                    "*" if row["is_chosen"] else "",
                    row["candidate"],
                    decimal(row["log_loss"], 4),
                    decimal(row["auc"], 3),
                    decimal(row["brier"], 4),
                    decimal(row["calibration_error"], 4),
                    *_gain(row),
                )
                for row in candidates
            ],
        ),
        note,
    ]


def _gain(row: StoredCandidate) -> tuple[str, str]:
    if row["chosen_gain"] is None:
        return "–", "–"
    low, high = row["chosen_gain_low"], row["chosen_gain_high"]
    return f"{row['chosen_gain']:.4f}", f"{low:.4f} to {high:.4f}"


def _importance(features: Sequence[Mapping[str, Any]]) -> list[str]:
    if not features:
        return []
    return [
        "",
        "Features by importance: mean distance that each moves the score",
        *format_table(
            ("feature", "importance", "usual value"),
            [
                (
                    row["feature"],
                    decimal(row["importance"], 4),
                    decimal(row["typical_value"]),
                )
                for row in features
            ],
        ),
    ]
