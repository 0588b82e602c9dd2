"""Scripts, styles and data inside the page, and the policy that allows only these.

The page must run and load only what was put into it when it was built. So its
content-security policy lists each script and style by its hash, and allows no address
and no style in an attribute.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from user_states.explorer.words import in_reading_order

ASSETS = Path(__file__).parent / "assets"
STYLES = (
    "tokens", "frame", "kit", "parts", "more_parts", "customer_parts", "segment_parts",
    "propensity_parts", "journey_parts", "persona_parts", "phone", "paper",
)  # fmt: skip
# The order matters: the last one starts the page.
SCRIPTS = ("choices", "pairs", "tips", "folds", "filters", "controls", "paper", "start")
# Text that would end a script or style early, or start a comment in a script.
ENDS_ELEMENT = re.compile(r"</(script|style)|<!--", re.IGNORECASE)


def own_script() -> Markup:
    """Return the page's own script: its files, one after the other."""
    return _joined([f"{name}.js" for name in SCRIPTS])


def start_script() -> Markup:
    """Return the script in the head: it sets the theme before anything is drawn."""
    return _inlined(ASSETS / "theme.js")


def own_style() -> Markup:
    """Return the page's own style: its files, one after the other."""
    return _joined([f"{name}.css" for name in STYLES])


def content_security_policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """Return a policy that runs these scripts and applies these styles only.

    Nothing else is allowed, not even an image.
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, styles))}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def as_json(data: Any) -> Markup:
    """Return data as JSON that is safe inside a script element.

    JSON has no NaN and no infinity: they become null, and charts show a gap.
    """
    text = json.dumps(
        _without_nan(data), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    # Without any `<`, the data can neither end the element nor start a comment.
    safe = text.replace("<", "\\u003c").replace("\u2028", "\\u2028")
    return Markup(in_reading_order(safe.replace("\u2029", "\\u2029")))


def _without_nan(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_nan(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_without_nan(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def _joined(names: Iterable[str]) -> Markup:
    paths = [ASSETS / name for name in names]
    return Markup("\n").join(map(_inlined, paths))


def _inlined(path: Path) -> Markup:
    text = path.read_text(encoding="utf-8")
    if found := ENDS_ELEMENT.search(text):
        raise ValueError(
            f"found {found.group()!r} in {path.name}; expected none, because it "
            "would end the element of the page that contains the file: remove it"
        )
    # Browsers normalise line ends before they compute the hash.
    return Markup(text.replace("\r\n", "\n").replace("\r", "\n"))


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
