"""Read marts all the time while builds replace them, and judge what was read."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import adbc_driver_manager

from user_states.errors import UserError
from user_states.explorer.all_parts import rows_of_page
from user_states.marts.mart_reader import read_marts
from user_states.marts.marts import Marts
from user_states.warehouse.connection import connect, execute, fetch_all
from user_states.warehouse.dbt_project import DbtProject

# Seconds between the beginning of a careless reader's snapshot and its first read.
CARELESS_PAUSE = 0.5


@dataclass
class ReaderStudy:
    """What readers got during builds.

    Attributes
    ----------
    n_builds : int
    n_sound, n_mixed : int
        Reads of all rows of the page that returned rows: those equal to the marts
        after some build, and all others. There should be none of the latter.
    refusals : Counter
        Reads that ended in an error, by what it says.
    n_careless, n_careless_empty, n_careless_failed : int
        Counts of the rows of a mart in a snapshot that had begun earlier, by a reader
        who compares nothing; those that found none; those that found no table.
    """

    n_builds: int
    n_sound: int = 0
    n_mixed: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    n_careless: int = 0
    n_careless_empty: int = 0
    n_careless_failed: int = 0


def study_readers(
    project: DbtProject,
    n_builds: int,
    show: Callable[[], object],
    build_options: Sequence[str] = (),
) -> ReaderStudy:
    """Build again and again, each time up to another week, while readers read.

    After an even number of builds the marts end as they began.

    Parameters
    ----------
    project : DbtProject
        Its warehouse needs marts.
    n_builds : int
    show : callable
        Called after each build.
    build_options : sequence of str
        Further options of each build.

    Raises
    ------
    UserError
        If a build fails, or there are no marts.
    """
    study = ReaderStudy(n_builds)
    after_builds = {_digest(read_marts(project, rows_of_page()))}
    seen: Counter[str] = Counter()
    has_ended = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        readers = [
            pool.submit(_read_carefully, project, study, seen, has_ended),
            pool.submit(_read_carelessly, project, study, has_ended),
        ]
        try:
            for selected in _weeks_to_build(project, n_builds):
                project.build("--vars", selected, *build_options, label="building")
                after_builds.add(_digest(read_marts(project, rows_of_page())))
                show()
        finally:
            has_ended.set()
        for reader in readers:
            # An error of a reader is an error of the study.
            reader.result()
    study.n_sound = sum(n for digest, n in seen.items() if digest in after_builds)
    study.n_mixed = seen.total() - study.n_sound
    return study


def _weeks_to_build(project: DbtProject, n_builds: int) -> Iterable[str]:
    """Yield vars for each build: a week earlier, the newest week, and so on."""
    newest = read_marts(project, []).as_of_week
    assert newest is not None
    a_week_earlier = newest - dt.timedelta(days=1)
    for number in range(n_builds):
        yield "{}" if number % 2 else f"{{as_of_date: '{a_week_earlier}'}}"


def _read_carefully(
    project: DbtProject,
    study: ReaderStudy,
    seen: Counter[str],
    has_ended: threading.Event,
) -> None:
    while not has_ended.is_set():
        try:
            seen[_digest(read_marts(project, rows_of_page()))] += 1
        except UserError as error:
            study.refusals[_kind(str(error))] += 1
        time.sleep(0.1)


def _read_carelessly(
    project: DbtProject, study: ReaderStudy, has_ended: threading.Event
) -> None:
    flows = project.relation("state_flows")
    while not has_ended.is_set():
        with closing(connect(project.connection_uri)) as connection:
            execute(connection, "set transaction isolation level repeatable read")
            fetch_all(connection, "select 1")
            time.sleep(CARELESS_PAUSE)
            study.n_careless += 1
            try:
                ((n_rows,),) = fetch_all(connection, f"select count(*) from {flows}")
            except adbc_driver_manager.ProgrammingError:
                # The table was replaced while the query waited for it.
                study.n_careless_failed += 1
                continue
        study.n_careless_empty += not n_rows


def _digest(marts: Marts) -> str:
    """Return a hash of everything that was read."""
    tables = {row_class.__name__: marts.rows(row_class) for row_class in rows_of_page()}
    return hashlib.sha256(repr(sorted(tables.items())).encode()).hexdigest()


def _kind(message: str) -> str:
    """Return what an error says, without names."""
    for words in ("begun, not finished", "failed", "as-of weeks", "champions"):
        if words in message:
            return words
    return "replaced while they were read" if "replaced" in message else message
