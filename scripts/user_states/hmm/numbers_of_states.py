"""The numbers of states to try, as settings and command lines say them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from user_states.errors import UserError


def parse_numbers(setting: int | str | Sequence[int]) -> tuple[int, ...]:
    """Return the numbers of states in a setting such as 8, `1-8` or [1, 4, 8].

    Raises
    ------
    UserError
        If it is none of these, or a range runs backwards.
    """
    if isinstance(setting, str):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", setting)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        numbers: Sequence[int] = range(first, last + 1)
    else:
        numbers = [setting] if isinstance(setting, int) else setting
    if not numbers or min(numbers) < 1:
        raise UserError(
            f"the number of states is {setting!r}; expected a number such as 8, or a "
            "range such as 1-8"
        )
    return tuple(numbers)
