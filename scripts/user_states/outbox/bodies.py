"""Bodies of webhooks, by a template for each receiving tool."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
import jinja2.meta
import jinja2.sandbox

from user_states.errors import UserError
from user_states.outbox.message import IDENTIFIER_TYPES, Message

TEMPLATES = Path(__file__).with_name("templates")
SUFFIX = ".json.j2"


class NoIdentifierError(Exception):
    """Nothing is known of a person by which the endpoint could find them."""


class BodyTemplate:
    """The template of one endpoint.

    Parameters
    ----------
    name : str
        A file of the folder `templates`, without .json.j2.
    options : mapping
        What the template needs besides the message, from seeds/webhooks.csv.
    allowed : sequence of str
        Types of identifiers that the endpoint may know.
    folder : Path

    Raises
    ------
    UserError
        If there is no such template, or it needs an option or an identifier that it
        does not get, or it makes no JSON.
    """

    def __init__(
        self,
        name: str,
        options: Mapping[str, str],
        allowed: Sequence[str],
        folder: Path = TEMPLATES,
    ) -> None:
        environment = jinja2.sandbox.SandboxedEnvironment(
            undefined=jinja2.StrictUndefined, autoescape=False
        )
        path = folder / f"{name}{SUFFIX}"
        known = sorted(p.name.removesuffix(SUFFIX) for p in folder.glob(f"*{SUFFIX}"))
        if name not in known:
            raise UserError(
                f"found the template {name!r} in seeds/webhooks.csv; expected one of: "
                + ", ".join(known)
            )
        text = path.read_text("utf-8")
        names = jinja2.meta.find_undeclared_variables(environment.parse(text))
        self._required = [kind for kind in IDENTIFIER_TYPES if kind in names]
        self._template = environment.from_string(text)
        self._options = _Options(options)
        forbidden = [kind for kind in self._required if kind not in allowed]
        if forbidden:
            raise UserError(
                f"found the template {name!r} without the right to {forbidden[0]}; "
                "expected it in the column identifiers of seeds/webhooks.csv"
            )
        self._try_out(name, allowed)

    def body(self, message: Message) -> bytes:
        """Return what is sent.

        Raises
        ------
        NoIdentifierError
            If the person has no identifier that the template needs.
        """
        missing = [kind for kind in self._required if kind not in message.identifiers]
        if missing or not message.identifiers:
            raise NoIdentifierError(
                f"no {missing[0] if missing else 'identifier'} of the person is known"
            )
        names = {kind: message.identifiers.get(kind) for kind in self._required}
        text = self._template.render(
            message=message,
            properties=message.properties,
            identifiers=dict(message.identifiers),
            happened_at=message.happened_at_text,
            options=self._options,
            **names,
        )
        # Valid JSON, and nothing that the template's layout adds.
        return json.dumps(
            json.loads(text), separators=(",", ":"), ensure_ascii=False
        ).encode()

    def _try_out(self, name: str, allowed: Sequence[str]) -> None:
        """Raise UserError if the template makes no body of a sample."""
        sample = Message(
            "id",
            "trigger",
            "topic",
            "1",
            None,
            "trigger",
            dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            {"title": 'a "title"', "message": "text\n", "offer": None},
            identifiers=dict.fromkeys(allowed, 'x"y'),
        )
        try:
            self.body(sample)
        except NoIdentifierError as error:
            raise UserError(
                f"found the template {name!r} without any identifier; expected some in "
                f"the column identifiers of seeds/webhooks.csv ({error})"
            ) from None
        except jinja2.UndefinedError as error:
            raise UserError(
                f"found the template {name!r} without {error.message}; expected it in "
                "the column options of seeds/webhooks.csv, as name=value"
            ) from None
        except (ValueError, jinja2.TemplateError) as error:
            raise UserError(
                f"found that the template {name!r} makes no JSON ({error}); expected "
                "values written by the filter tojson: correct the file"
            ) from None


class _Options(dict[str, str]):
    """Options whose absence has a message."""

    def __missing__(self, name: str) -> str:
        raise jinja2.UndefinedError(f"the option {name}")
