"""The drawings of the crossings, packed so that many fit into one file.

The page unpacks one when a filter is chosen: without a request, and also from disk.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Sequence
from dataclasses import dataclass

from user_states.explorer.crossings import Crossing


@dataclass(frozen=True)
class Packed:
    """The drawing of one crossing.

    Attributes
    ----------
    crossing : Crossing
    content : str
        Its HTML, compressed by gzip and written in base64.
    """

    crossing: Crossing
    content: str


def packed(crossing: Crossing, html: str) -> Packed:
    """Return a drawing packed; the same drawing always gives the same text."""
    compressed = gzip.compress(html.encode(), compresslevel=9, mtime=0)
    return Packed(crossing, base64.b64encode(compressed).decode())


def that_fit(drawings: Sequence[Packed], room: int) -> list[Packed]:
    """Return the drawings, the first ones first, that fit into that many bytes."""
    kept: list[Packed] = []
    for drawing in drawings:
        room -= len(drawing.content) + OVERHEAD
        if room < 0:
            break
        kept.append(drawing)
    return kept


# Bytes around one drawing: its city, platform and punctuation.
OVERHEAD = 200
