"""What a command line asks to do with a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RunOptions:
    """What becomes of a finished run.

    Attributes
    ----------
    dry_run : bool
        Write nothing.
    promote : bool
        Promote the run if it may be.
    force : bool
        Publish and promote it despite its defects.
    """

    dry_run: bool = False
    promote: bool = True
    force: bool = False


USUAL_RUN = RunOptions()
