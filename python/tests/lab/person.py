"""A person who logs in with Chromium, and looks at what came of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

import rs_auth
from rs_auth import AuthError, CancelToken, Credentials

from .chromium import Chromium, Window

SIGNED_IN = "You are signed in"
FAILED = "The login did not succeed"


@contextmanager
def signing_in(chromium: Chromium, dsn: dict[str, str]) -> Iterator[tuple[Window, Future[Credentials]]]:
    """The window that a login opens, and the login. What still runs when the window is closed is cancelled."""
    with ThreadPoolExecutor(1) as background, CancelToken() as cancel:
        login = background.submit(rs_auth.login, dsn, cancel=cancel, timeout=60)
        with chromium.window() as window:
            yield window, login


def result(window: Window, ours: str, *, comes_by: str = "POST") -> str:
    """The heading of our page, which asks for nothing else, and of which the browser has nothing to complain."""
    window.until_at(ours)
    [(method, url)] = [request for request in window.requests_of(ours) if not request[1].startswith("data:")]
    assert (method, urlsplit(url).path) == (comes_by, "/redshift/")
    # Only that the page of a failure is one: its status says so.
    failure = ["network: Failed to load resource: the server responded with a status of 400 (Bad Request)"]
    assert window.complaints_since(ours) == ([] if heading(window) == SIGNED_IN else failure)
    return heading(window)


def heading(window: Window) -> str:
    """Without the sign before it."""
    return str(window.ask("document.querySelector('h1').lastChild.data")).strip()


def text(window: Window) -> str:
    """What can be read on the page."""
    return str(window.ask("document.body.innerText"))


def refused(login: Future[Credentials]) -> AuthError:
    """The failure of a login that has told the browser of it."""
    with pytest.raises(AuthError) as caught:
        login.result(30)
    return caught.value


def claims(token: str) -> dict[str, Any]:
    """What a JSON Web Token says."""
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found
