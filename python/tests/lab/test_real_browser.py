"""Logins in Chromium at identity providers nobody here wrote. The library starts the browser, as on a desktop; a person
types and clicks; what came of it is read from the page, the console and the requests on either side."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import rs_auth
from rs_auth import AuthError, CancelToken, Credentials, Kind, Status

from ..moto_server import MotoServer
from .accounts import CLIENT, SCOPE, password
from .certificates import Authority
from .chromium import Chromium, Window
from .identity_providers import IdentityProvider, Request, redirect_uri
from .server import free_ports

pytestmark = pytest.mark.usefixtures("no_cache")

SIGNED_IN = "You are signed in"
FAILED = "The login did not succeed"


@pytest.fixture(autouse=True)
def desktop(monkeypatch: pytest.MonkeyPatch, chromium: Chromium) -> None:
    """Where the browser is Chromium."""
    monkeypatch.setenv("BROWSER", chromium.command)


@contextmanager
def signing_in(chromium: Chromium, dsn: dict[str, str]) -> Iterator[tuple[Window, Future[Credentials]]]:
    """The window that a login opens, and the login."""
    with ThreadPoolExecutor(1) as background, CancelToken() as cancel:
        login = background.submit(rs_auth.login, dsn, cancel=cancel, timeout=60)
        with chromium.window() as window:
            yield window, login


def sign_in(window: Window, provider: IdentityProvider, user: str, typed: str | None = None) -> None:
    """What a person does at the form of the provider."""
    name = "login" if provider.name == "oidc-provider" else "username"
    window.type(**{name: user, "password": password(user) if typed is None else typed})
    window.click()


def result(window: Window, provider: IdentityProvider) -> str:
    """The heading of our page, on which nothing is amiss: no script, nothing from elsewhere, no complaint."""
    ours = redirect_uri(provider.redirect_port)
    window.until_at(ours)
    assert window.ask("document.documentElement.lang") == "en"
    assert {url.split("?")[0] for _, url in window.requests_of(ours)} == {ours, "data:,"} or {
        url.split("?")[0] for _, url in window.requests_of(ours)
    } == {ours}
    assert window.complaints_since(ours) == []
    return str(window.ask("document.querySelector('h1').innerText")).split(maxsplit=1)[1]


def text(window: Window) -> str:
    """What can be read on the page."""
    return str(window.ask("document.body.innerText"))


def refused(login: Future[Credentials]) -> AuthError:
    """The failure of a login that has told the browser of it."""
    with pytest.raises(AuthError) as caught:
        login.result(30)
    return caught.value


class TestSaml:
    """BrowserSAML."""

    @pytest.fixture(params=["nanoidp", "simplesamlphp"])
    def provider(self, request: pytest.FixtureRequest, providers: dict[str, IdentityProvider]) -> IdentityProvider:
        return providers[request.param]

    @pytest.fixture
    def dsn(self, saml_moto: MotoServer, authority: Authority, provider: IdentityProvider) -> dict[str, str]:
        return saml_moto.dsn(DbUser="", CaFile=str(authority.certificate), **provider.saml_dsn())

    def test_a_login(self, chromium: Chromium, dsn: dict[str, str], provider: IdentityProvider) -> None:
        with signing_in(chromium, dsn) as (window, login):
            sign_in(window, provider, "alice")
            assert result(window, provider) == SIGNED_IN
            with login.result(30) as found:
                assert found.kind is Kind.DB_PASSWORD
                assert found.user == "IAMA:alice" and found.password
        assert chromium.started_with() == [dsn["login_url"]]
