"""Numbers and names as text: percentages, signs, wrapped names."""

from __future__ import annotations

import re
import textwrap

import numpy as np


class NothingToDrawError(Exception):
    """A mart holds nothing that this figure shows; the message says which and why."""


def wrapped(name: str, width: int = 22, n_lines: int = 3) -> str:
    """Return a name on a few lines of at most `width` characters, about equally long.

    A name that needs more of them ends in an ellipsis.
    """

    def lines(width: int) -> list[str]:
        return textwrap.wrap(
            name, width, max_lines=n_lines, placeholder=" …", break_on_hyphens=False
        )

    found = lines(width)
    # As narrow as leaves as many lines of the same words.
    for narrower in range(width - 1, width // 2, -1):
        tried = lines(narrower)
        if len(tried) > len(found) or " ".join(tried) != " ".join(found):
            break
        found = tried
    return "\n".join(found)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as text: `12.3%`, and `–` where there is none."""
    if share is None or np.isnan(share):
        return "–"
    return f"{share:.{digits}%}"


def signed(value: float | None, digits: int = 1) -> str:
    """Return a number with its sign: `+1.4`, `−0.3` or `±0.0`; `–` where it is none."""
    if value is None or np.isnan(value):
        return "–"
    text = f"{value:+.{digits}f}"
    return f"±{text[1:]}" if float(text) == 0 else text.replace("-", "−")


def with_minus(text: str) -> str:
    """Return text with the minus of charts before its negative numbers."""
    return re.sub(r"(?<!\w)-(?=\d)", "−", text)
