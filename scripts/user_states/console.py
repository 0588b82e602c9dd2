"""What a person sees of a command: log lines, progress, and the exit code."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from user_states.errors import UserError

logger = logging.getLogger("user_states")

EXIT_OK = 0
EXIT_USER_ERROR = 1
EXIT_INTERRUPTED = 130


def progress_bar(total: int | None, label: str, unit: str) -> tqdm[Any]:
    """Return a bar on standard error for a person, and a silent one elsewhere.

    Parameters
    ----------
    total : int or None
        Number of `unit` to come, or None where it is not known.
    label : str
        What is being done, as a few words in lower case.
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
    """Return aligned lines; columns of figures to the right."""
    cells = [list(header), *map(list, rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    is_figure = [
        bool(rows)
        and all(not row[i] or row[i].lstrip("-")[0].isdigit() for row in rows)
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

    A `UserError` is one message on standard error and code 1; Ctrl-C is code
    130. Anything else is a defect of this project and keeps its traceback.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # Libraries set up the root logger each in its own way; this one is ours.
    logger.propagate = False
    try:
        with logging_redirect_tqdm([logger]):
            main()
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_USER_ERROR
    except BrokenPipeError:
        # Whoever reads has enough, as `head` does; what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("interrupted: nothing half-done was kept", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_OK
