"""Superset's REST API: log in, find, create and change."""

from __future__ import annotations

import json
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPCookieProcessor, Request, build_opener

from user_states.errors import UserError

_SECONDS = 120


class SupersetApi:
    """A session of a user with the rights of an administrator.

    Parameters
    ----------
    url : str
        Such as http://127.0.0.1:8088.
    user, password : str

    Raises
    ------
    UserError
        If Superset cannot be reached or refuses the user; so do the methods.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise UserError(
                f"found {url!r} as the address of Superset; expected one such as "
                "http://127.0.0.1:8088"
            )
        self.url = url.rstrip("/")
        # Its tokens against forged requests belong to a session, which is a cookie.
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self._headers = {"Content-Type": "application/json", "Referer": self.url}
        login = {"username": user, "password": password, "provider": "db"}
        token = self._call("POST", "security/login", login)["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"
        forged = self._call("GET", "security/csrf_token/")["result"]
        self._headers["X-CSRFToken"] = forged

    def find(self, kind: str, **columns: str) -> int | None:
        """Return the id of the object with these columns, None if there is none.

        Parameters
        ----------
        kind : str
            `database`, `dataset`, `chart` or `dashboard`.
        """
        # The query language of Superset: JSON with fewer quotes.
        filters = ",".join(
            f"(col:{column},opr:eq,value:'{_escaped(value)}')"
            for column, value in columns.items()
        )
        found = self._call("GET", f"{kind}/?q={quote(f'(filters:!({filters}))')}")
        return int(found["ids"][0]) if found["ids"] else None

    def get(self, kind: str, object_id: int) -> dict[str, Any]:
        """Return an object."""
        result: dict[str, Any] = self._call("GET", f"{kind}/{object_id}")["result"]
        return result

    def create(self, kind: str, content: dict[str, Any]) -> int:
        """Create an object, and return its id."""
        return int(self._call("POST", f"{kind}/", content)["id"])

    def change(self, kind: str, object_id: int, content: dict[str, Any]) -> None:
        """Change what is given of an object."""
        self._call("PUT", f"{kind}/{object_id}", content)

    def refresh_columns(self, dataset_id: int) -> None:
        """Read the columns of a dataset, and their comments, from its table again."""
        self._call("PUT", f"dataset/{dataset_id}/refresh")

    def _call(
        self, method: str, path: str, content: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        request = Request(
            f"{self.url}/api/v1/{path}",
            None if content is None else json.dumps(content).encode(),
            self._headers,
            method=method,
        )
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                result: dict[str, Any] = json.load(answer)
        except HTTPError as error:
            words = error.read().decode("utf-8", "replace")[:500]
            raise UserError(
                f"Superset refused {method} {path.split('?')[0]} (status "
                f"{error.code}): {words}; expected a user who may create connections, "
                "charts and dashboards"
            ) from error
        except (URLError, OSError, ValueError) as error:
            raise UserError(
                f"found no Superset at {self.url} ({error}); expected one: start it "
                "with `make superset`, or give its address with --superset"
            ) from error
        return result


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("'", "!'")
