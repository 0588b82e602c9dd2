"""The quicker dbt of scripts and tests against dbt as users call it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.constants import PARTIAL_PARSE_FILE_NAME

from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress

# What they read and what reads them, with all tests.
SELECTED = ("compile", "--select", "+state_stays+", "customer_lists+2")


def compiled(target: Path) -> dict[str, str]:
    """Return the SQL of each model and test that dbt has compiled."""
    files = (target / "compiled").rglob("*.sql")
    return {str(file.relative_to(target)): file.read_text("utf-8") for file in files}


def test_the_same_models_and_tests_have_the_same_sql(
    published_warehouse: LocalServerAddress, project: DbtProject, tmp_path: Path
) -> None:
    for name in ("quick", "plain"):
        (tmp_path / name).mkdir()
        parsed = Path(os.environ["DBT_TARGET_PATH"]) / PARTIAL_PARSE_FILE_NAME
        shutil.copy(parsed, tmp_path / name)

    options = [*SELECTED, *project._arguments, "--log-level", "none", "--target-path"]
    outcome = dbtRunner(manifest=project._manifest).invoke(
        [*options, str(tmp_path / "quick")]
    )
    assert outcome.success, outcome.exception
    plain = [sys.executable, "-m", "dbt.cli.main", *options, str(tmp_path / "plain")]
    subprocess.run(plain, check=True, capture_output=True)

    quick = compiled(tmp_path / "quick")
    assert len(quick) > 100
    assert quick == compiled(tmp_path / "plain")
