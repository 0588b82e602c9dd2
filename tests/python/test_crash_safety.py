"""Whatever happens to a fit, the warehouse shows one complete run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from conftest import PROJECT, run_as_admin
from user_states.errors import UserError
from user_states.fit import fit_job as job
from user_states.fit.fit_job import fit_and_publish
from user_states.warehouse.dbt_project import DbtProject
from user_states.warehouse.server import LocalServerAddress
from warehouse_setup import champion, query, quick_options, warehouse_digest

# Long enough for a fit on a busy machine to reach its write-back.
TIMEOUT_SECONDS = 180


def on_assignments(
    address: LocalServerAddress, when: str, each: str, body: str
) -> None:
    """Create a trigger with this body on the table of state assignments."""
    run_as_admin(
        address,
        f"create function interfere() returns trigger language plpgsql as "
        f"$$ begin {body} end $$",
        f"create trigger interfere {when} on hmm.state_assignments "
        f"for each {each} execute function interfere()",
    )


def drop_trigger(address: LocalServerAddress) -> None:
    run_as_admin(address, "drop function interfere() cascade")


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not happened():
        assert process.poll() is None, "the fit ended too early"
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def sessions_of_the_job(address: LocalServerAddress) -> list[tuple[Any, ...]]:
    """Return state and transaction start of the job's sessions."""
    return query(
        address,
        "select state, xact_start from pg_stat_activity "
        "where application_name = 'user_states' and datname = current_database()",
    )


def interfere_after(
    monkeypatch: pytest.MonkeyPatch, step: str, action: Callable[[], object]
) -> None:
    """Run an action right after one of the job's steps."""
    original = getattr(job, step)

    def followed(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        action()
        return result

    monkeypatch.setattr(job, step, followed)


def test_killed_in_the_middle_of_the_write(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    before = warehouse_digest(published_warehouse)
    on_assignments(
        published_warehouse,
        "before insert",
        "row",
        # Slows the write down by some seconds in total.
        "if random() < 0.01 then perform pg_sleep(0.05); end if; return new;",
    )
    command = [sys.executable, "scripts/fit_hmm.py", "--states", "2", "--starts", "1"]
    process = subprocess.Popen(
        [
            *command,
            "--force",
            "--target",
            "demo",
            "--vars",
            "{hmm.start_users: 30, hmm.bootstrap_refits: 2}",
        ],
        cwd=PROJECT,
        env=os.environ.copy(),
        start_new_session=True,
    )
    try:
        written = "select tuples_processed from pg_stat_progress_copy"
        wait_until(
            lambda: any(n > 100 for (n,) in query(published_warehouse, written)),
            process,
        )
        assert warehouse_digest(published_warehouse) == before
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        ended = process.wait()
    assert ended == -signal.SIGKILL

    deadline = time.monotonic() + TIMEOUT_SECONDS
    while sessions_of_the_job(published_warehouse) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert warehouse_digest(published_warehouse) == before
    drop_trigger(published_warehouse)
    run_id = fit_and_publish(project, quick_options(project, n_states=(2,)))
    assert champion(published_warehouse) == run_id


def test_disk_full_while_writing(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    before = warehouse_digest(published_warehouse)
    on_assignments(
        published_warehouse,
        "after insert",
        "statement",
        'raise exception \'could not extend file "base/1/2": No space left on '
        "device' using errcode = '53100';",
    )
    with pytest.raises(UserError) as caught:
        fit_and_publish(project, quick_options(project, n_states=(2,)))
    message = str(caught.value)
    assert "disk full" in message
    assert "No space left on device" in message
    assert "the marts still show the previous run" in message
    assert "\n" not in message
    assert warehouse_digest(published_warehouse) == before


def test_a_refused_row_rolls_back_the_whole_run(
    published_warehouse: LocalServerAddress, project: DbtProject
) -> None:
    before = warehouse_digest(published_warehouse)
    run_as_admin(
        published_warehouse,
        "alter table hmm.state_assignments add check (state_id < 2) not valid",
    )
    with pytest.raises(UserError, match=r"refused the run .*nothing was written"):
        fit_and_publish(project, quick_options(project, n_states=(2,)))
    assert warehouse_digest(published_warehouse) == before


@pytest.mark.parametrize("step", ["_fit_and_choose", "_judge"])
def test_the_panel_changes_while_the_fit_runs(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    before = warehouse_digest(published_warehouse, ["hmm", "register", "marts"])

    def change_a_row() -> None:
        run_as_admin(
            published_warehouse,
            "update intermediate.user_week_panel set n_rides = n_rides + 1 "
            "where (user_id, week_start) in (select user_id, week_start "
            "from intermediate.user_week_panel where is_active limit 1)",
        )

    interfere_after(monkeypatch, step, change_a_row)
    with pytest.raises(UserError, match=r"changed while the model was fitted.*again"):
        fit_and_publish(project, quick_options(project, n_states=(2,)))
    assert warehouse_digest(published_warehouse, ["hmm", "register", "marts"]) == before


def test_of_two_fits_at_once_the_second_refuses(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = quick_options(project, n_states=(2,))
    before = warehouse_digest(published_warehouse)
    refusals = []

    def fit_meanwhile() -> None:
        with pytest.raises(
            UserError, match=r"another fit or change of champion running"
        ) as caught:
            fit_and_publish(project, options)
        refusals.append(caught.value)
        assert warehouse_digest(published_warehouse) == before

    interfere_after(monkeypatch, "_fit_and_choose", fit_meanwhile)
    run_id = fit_and_publish(project, options)
    assert len(refusals) == 1
    assert champion(published_warehouse) == run_id


def test_no_transaction_is_open_while_the_model_is_fitted(
    published_warehouse: LocalServerAddress,
    project: DbtProject,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[Any, ...]] = []

    def watch() -> None:
        seen.extend(sessions_of_the_job(published_warehouse))
        # dbt swaps tables like this. It would wait for an open transaction.
        run_as_admin(
            published_warehouse,
            "set lock_timeout = '2s'",
            "alter table intermediate.user_week_panel rename to swapped",
            "alter table intermediate.swapped rename to user_week_panel",
        )

    interfere_after(monkeypatch, "_fit_and_choose", watch)
    fit_and_publish(project, quick_options(project, n_states=(2,)))
    # Only the session that holds the lock for fits.
    assert seen == [("idle", None)]
