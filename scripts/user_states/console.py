"""The output of commands: log lines, progress bars, tables, exit codes."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from user_states.errors import UserError
from user_states.spool_folders import remove_abandoned_spools

logger = logging.getLogger("user_states")

EXIT_OK = 0
EXIT_USER_ERROR = 1
EXIT_INTERRUPTED = 130


def progress_bar(total: int | None, label: str, unit: str) -> tqdm[Any]:
    """Return a progress bar that appears only on a terminal.

    Parameters
    ----------
    total : int or None
        Number of units to expect, or None if it is unknown.
    label : str
        What is done, in a few words in lower case.
    unit : str
        What is counted, in the plural: "rides", "users".
    """
    return tqdm(
        total=total,
        desc=label,
        unit=f" {unit}",
        unit_scale=True,
        disable=not sys.stderr.isatty(),
        leave=False,
    )


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table as lines; columns of numbers are aligned to the right."""
    cells = [list(header), *map(list, rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    is_figure = [
        bool(rows)
        and all(row[i] in ("", "–") or row[i].lstrip("-")[0].isdigit() for row in rows)
        for i in range(len(header))
    ]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if figure else cell.ljust(width)
            for cell, width, figure in zip(row, widths, is_figure, strict=True)
        ).rstrip()
        for row in cells
    ]


def run_command(main: Callable[[], None]) -> int:
    """Run a command line and return its exit code.

    A `UserError` gives a message on standard error and code 1; Ctrl-C gives code 130.
    Any other exception is a defect of this project and keeps its traceback. First, what
    an earlier command that was killed left in temporary folders is removed.
    """
    remove_abandoned_spools()
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # Libraries set up the root logger in different ways; this logger is ours alone.
    logger.propagate = False
    try:
        with logging_redirect_tqdm([logger]):
            main()
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_USER_ERROR
    except BrokenPipeError:
        # The reader, `head` for example, needs no more lines: discard the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("interrupted: no partial result was kept", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_OK
