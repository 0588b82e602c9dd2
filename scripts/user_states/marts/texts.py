"""Numbers and names as text: percentages, signs, wrapped names."""

from __future__ import annotations

import re
import textwrap

import numpy as np


def wrapped(name: str, width: int = 22, n_lines: int = 3) -> str:
    """Return a name on a few lines of about equal length, at most `width` characters.

    A name that needs more than `n_lines` lines ends in an ellipsis.
    """

    def lines(width: int) -> list[str]:
        return textwrap.wrap(
            name, width, max_lines=n_lines, placeholder=" …", break_on_hyphens=False
        )

    found = lines(width)
    # As narrow as possible with the same words on the same number of lines.
    for narrower in range(width - 1, width // 2, -1):
        tried = lines(narrower)
        if len(tried) > len(found) or " ".join(tried) != " ".join(found):
            break
        found = tried
    return "\n".join(found)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as text, like `12.3%`; `–` if there is none."""
    if share is None or np.isnan(share):
        return "–"
    return f"{share:.{digits}%}"


def signed(value: float | None, digits: int = 1) -> str:
    """Return a number with its sign, like `+1.4`, `−0.3`, `±0.0`; `–` if it is none."""
    if value is None or np.isnan(value):
        return "–"
    text = f"{value:+.{digits}f}"
    return f"±{text[1:]}" if float(text) == 0 else text.replace("-", "−")


def with_minus(text: str) -> str:
    """Return text with the minus sign of charts before negative numbers."""
    return re.sub(r"(?<!\w)-(?=\d)", "−", text)
