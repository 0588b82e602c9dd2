"""How tests try generated inputs: a few in CI, very many by `make fuzz`."""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import HealthCheck, settings

N_EXAMPLES = int(os.environ.get("GENERATED_INPUTS", "40"))


def generated(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test on generated inputs, the same ones in every run of CI."""
    decorated: Callable[..., None] = settings(
        max_examples=N_EXAMPLES,
        deadline=None,
        derandomize="GENERATED_INPUTS" not in os.environ,
        database=None,
        # The fixtures of a test are used again by the next example.
        suppress_health_check=list(HealthCheck),
    )(test)
    return decorated


def assert_clear(error: Exception) -> None:
    """Assert that a message is short, and can be printed."""
    message = str(error)
    assert 20 < len(message) < 8_000
    message.encode()
