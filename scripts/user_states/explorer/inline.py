"""Scripts, styles and data inside the page, and the policy that allows only these.

The page must run nothing and load nothing but what was put into it when it was built.
Its content-security policy therefore names each script and style by its hash, and
allows no address at all, nor a style in an attribute.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import plotly
from markupsafe import Markup

from user_states.explorer.words import in_reading_order

ASSETS = Path(__file__).parent / "assets"
# In their order: the first holds what all share, the last begins.
SCRIPTS = ("views", "charts", "flows", "graph", "controls", "paper", "start")
# What ends a script or a style early, or begins a comment in a script.
ENDS_ELEMENT = re.compile(r"</(script|style)|<!--", re.IGNORECASE)


def plotly_script() -> Markup:
    """Return Plotly's script from its wheel; the licence, MIT, is at its top."""
    path = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return _inlined(path)


def own_script() -> Markup:
    """Return the page's own script: its files, one after the other."""
    return Markup("\n").join(_inlined(ASSETS / f"{name}.js") for name in SCRIPTS)


def own_style() -> Markup:
    """Return the page's own style."""
    return _inlined(ASSETS / "explorer.css")


def styles_to_take(script: str) -> list[str]:
    """Return the ids of styles that Plotly adds unless the page has one of that id.

    They belong to map charts, which the page has none of. Left to itself Plotly would
    add them and the policy would refuse them, with an error on the console.
    """
    return sorted(set(re.findall(r'getElementById\("([0-9a-f]{64})"\)', script)))


def content_security_policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """Return a policy that runs these scripts and applies these styles only.

    The empty style is allowed because Plotly adds one and fills it through the object
    model. Nothing else is allowed, not even a picture.
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, ['', *styles]))}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def as_json(data: Any) -> Markup:
    """Return data as JSON that may stand inside a script element.

    JSON has no NaN and no infinity: they become null, and charts show a gap there.
    """
    text = json.dumps(
        _without_nan(data), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    # No `<` at all: neither the element's end nor a comment can be among the data.
    safe = text.replace("<", "\\u003c").replace("\u2028", "\\u2028")
    return Markup(in_reading_order(safe.replace("\u2029", "\\u2029")))


def chart_text(text: str) -> str:
    """Return text that a chart shows as it is.

    Plotly reads tags, links among them, and takes what stands between two dollar signs
    for a formula.
    """
    return html.escape(text, quote=False).replace("$", "&#36;")


def _without_nan(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_nan(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_without_nan(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def _inlined(path: Path) -> Markup:
    text = path.read_text(encoding="utf-8")
    if found := ENDS_ELEMENT.search(text):
        raise ValueError(
            f"found {found.group()!r} in {path.name}; expected none, for it "
            "would end the element that holds the script in the page"
        )
    # As browsers read it before they take its hash.
    return Markup(text.replace("\r\n", "\n").replace("\r", "\n"))


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
