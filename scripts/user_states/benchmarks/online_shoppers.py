"""Propensities on a public data set: the Online Shoppers of UCI (Sakar et al. 2018).

12,330 sessions of a shop, of which 15.5 % ended with a purchase. There are no customers
and no dates: the folds are plain ones.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray
from user_states.panel.features import Transform
from user_states.propensity.propensity_certificate import PropensityCertificate
from user_states.propensity.propensity_rows import (
    FeatureBlock,
    PropensityRows,
    no_features,
)

_TARGET = "Revenue"
_IN_WORDS = ("Month", "VisitorType")
# Codes without an order: each frequent one is a feature, as are words.
_CODES = ("OperatingSystems", "Browser", "Region", "TrafficType")
_LEAST_SHARE_OF_A_CODE = 0.02
KNOWN_LEAK = "PageValues"

# What gradient boosting must reach.
MOST_LOG_LOSS, LEAST_AUC, MOST_CALIBRATION_ERROR = 0.2453, 0.908, 0.01


def read_shoppers(path: Path, seed: int = 0) -> PropensityRows:
    """Return the sessions of a CSV file, separated by `;` or `,`, or gzipped.

    Parameters
    ----------
    path : Path
    seed : int
        Of the folds.

    Raises
    ------
    UserError
        If the file is not there, or its columns are not those of UCI.
    """
    if not path.is_file():
        raise UserError(
            f"found no file {path}; expected the sessions of UCI's Online Shoppers "
            "Purchasing Intention as CSV"
        )
    table = pd.read_csv(path, sep=None, engine="python")
    wanted = {_TARGET, KNOWN_LEAK, *_IN_WORDS, *_CODES}
    if missing := sorted(wanted - set(table.columns)):
        raise UserError(
            f"found no column {missing[0]} in {path}; expected the columns of UCI's "
            "Online Shoppers Purchasing Intention"
        )
    bought = table.pop(_TARGET).astype(str).str.upper() == "TRUE"
    coded = table[[*_IN_WORDS, *_CODES]].astype(str)
    flags = pd.get_dummies(coded, prefix_sep="=")
    flags = flags.loc[:, flags.mean() >= _LEAST_SHARE_OF_A_CODE]
    numbers = table.drop(columns=list(coded.columns)).astype(np.float64)
    values: FloatArray = np.column_stack([numbers, flags]).astype(np.float64)
    log1p: Transform = "log1p"
    plain: Transform = "none"
    n = len(table)
    return PropensityRows(
        FeatureBlock(
            (*numbers.columns, *flags.columns),
            (log1p,) * numbers.shape[1] + (plain,) * flags.shape[1],
            values,
        ),
        no_features(n),
        bought.to_numpy().astype(np.int64),
        ("no purchase", "purchase"),
        np.arange(n),
        np.random.default_rng(seed).permutation(n) / n,
        np.zeros(n, dtype=np.int64),
        0,
    )


def require_shoppers(found: PropensityCertificate) -> None:
    """Raise UserError unless boosting is good enough, and the leak is named."""
    boosting = found.scores["boosting"]
    if (
        boosting.log_loss > MOST_LOG_LOSS
        or boosting.auc < LEAST_AUC
        or boosting.calibration_error > MOST_CALIBRATION_ERROR
    ):
        raise UserError(
            f"found for boosting a log loss of {boosting.log_loss:.4f}, an AUC of "
            f"{boosting.auc:.3f} and a calibration error of "
            f"{boosting.calibration_error:.4f}; expected at most {MOST_LOG_LOSS}, at "
            f"least {LEAST_AUC} and at most {MOST_CALIBRATION_ERROR}: see "
            "propensity/boosted_trees.py and calibration.py"
        )
    named = [leak.name for leak in found.leaks]
    if named != [KNOWN_LEAK]:
        raise UserError(
            f"the leaks named are {named}; expected {KNOWN_LEAK}: see the limits in "
            "propensity/leak_checks.py"
        )
