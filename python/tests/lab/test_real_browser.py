"""Logins in Chromium at identity providers nobody here wrote. The library starts the browser, as on a desktop; a person
types and clicks; what came of it is read from the page, the console and the requests on either side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import rs_auth
from rs_auth import Kind, Status

from ..moto_server import MotoServer
from . import readable
from .accounts import CLIENT, SCOPE, password
from .certificates import Authority
from .chromium import Chromium, Window
from .identity_providers import IdentityProvider, Request
from .person import FAILED, SIGNED_IN, claims, heading, refused, result, signing_in, text

pytestmark = pytest.mark.usefixtures("no_cache")


@pytest.fixture(autouse=True)
def desktop(monkeypatch: pytest.MonkeyPatch, chromium: Chromium) -> None:
    """Where the browser is Chromium."""
    monkeypatch.setenv("BROWSER", chromium.command)


def sign_in(window: Window, provider: IdentityProvider, user: str, typed: str | None = None) -> None:
    """What a person does at the form of the provider."""
    name = "login" if provider.name == "oidc-provider" else "username"
    window.type(**{name: user, "password": password(user) if typed is None else typed})
    window.click()


class Asked:
    """What the provider is asked for from now on."""

    def __init__(self, provider: IdentityProvider) -> None:
        self._provider, self._before = provider, len(provider.requests())

    def at(self, path: str, method: str = "GET") -> list[Request]:
        requests = self._provider.requests()[self._before :]
        return [request for request in requests if (request.method, request.path) == (method, path)]


class TestSaml:
    """BrowserSAML."""

    @pytest.fixture(params=["nanoidp", "simplesamlphp"])
    def provider(self, request: pytest.FixtureRequest, providers: dict[str, IdentityProvider]) -> IdentityProvider:
        return providers[request.param]

    @pytest.fixture
    def dsn(self, saml_moto: MotoServer, authority: Authority, provider: IdentityProvider) -> dict[str, str]:
        return saml_moto.dsn(DbUser="", CaFile=str(authority.certificate), **provider.saml_dsn())

    def test_a_login(self, chromium: Chromium, dsn: dict[str, str], provider: IdentityProvider) -> None:
        asked = Asked(provider)
        with signing_in(chromium, dsn) as (window, login):
            sign_in(window, provider, "alice")
            assert result(window, provider.redirect_uri) == SIGNED_IN
            with login.result(30) as found:
                assert found.kind is Kind.DB_PASSWORD
                assert found.user == "IAMA:alice" and found.password
        assert chromium.started_with() == [dsn["login_url"]]
        assert len(asked.at(urlsplit(provider.login_path).path)) == 1

    def test_a_wrong_password_is_mended_at_the_form(
        self, chromium: Chromium, dsn: dict[str, str], provider: IdentityProvider
    ) -> None:
        with signing_in(chromium, dsn) as (window, login):
            sign_in(window, provider, "alice", "wrong")
            assert not login.done()
            sign_in(window, provider, "alice")
            assert result(window, provider.redirect_uri) == SIGNED_IN
            with login.result(30) as found:
                assert found.user == "IAMA:alice"
        assert chromium.started_with() == [dsn["login_url"]]

    def test_a_person_without_a_role(self, chromium: Chromium, dsn: dict[str, str], provider: IdentityProvider) -> None:
        with signing_in(chromium, dsn) as (window, login):
            sign_in(window, provider, "carol")
            assert result(window, provider.redirect_uri) == FAILED
            error = refused(login)
            assert error.status is Status.ASSERTION_INVALID
            assert error.message[1:] in text(window)  # as a sentence

    def test_processes_share_a_sign_in(
        self, chromium: Chromium, dsn: dict[str, str], provider: IdentityProvider
    ) -> None:
        with logging_in(dsn) as first, logging_in(dsn) as second, chromium.window() as window:
            assert {line(first), line(second)} == {"OPEN_URL", "WAITING"}
            sign_in(window, provider, "alice")
            assert result(window, provider.redirect_uri) == SIGNED_IN
            assert {line(first), line(second)} == {"IAMA:alice"}
        assert chromium.started_with() == [dsn["login_url"]]


@pytest.fixture
def token_dsn(authority: Authority) -> dict[str, str]:
    """What a token needs at every provider."""
    return {"Host": "warehouse.example", "Database": "dev", "CaFile": str(authority.certificate)}


class TestToken:
    """BrowserAzureADOAuth2."""

    @pytest.fixture(params=["nanoidp", "oidc-provider"])
    def provider(self, request: pytest.FixtureRequest) -> IdentityProvider:
        if request.param == "oidc-provider":
            openid: IdentityProvider = request.getfixturevalue("openid")
            return openid
        found: IdentityProvider = request.getfixturevalue("providers")[request.param]
        return found

    @pytest.fixture
    def dsn(self, token_dsn: dict[str, str], provider: IdentityProvider) -> dict[str, str]:
        return {**token_dsn, **provider.token_dsn()}

    @staticmethod
    def agree(window: Window, provider: IdentityProvider) -> None:
        """Signs in, and lets the driver have what it asks for."""
        sign_in(window, provider, "alice")
        if provider.name == "oidc-provider":
            window.click()

    #: nanoidp knows no other way than the query; the certified one does what it is asked for.
    COMES_BY = {"nanoidp": "GET", "oidc-provider": "POST"}

    def test_a_login(self, chromium: Chromium, dsn: dict[str, str], provider: IdentityProvider) -> None:
        asked = Asked(provider)
        with signing_in(chromium, dsn) as (window, login):
            self.agree(window, provider)
            assert result(window, provider.redirect_uri, comes_by=self.COMES_BY[provider.name]) == SIGNED_IN
            with login.result(30) as found:
                assert found.kind is Kind.NATIVE_TOKEN and found.token
                token = claims(found.token)
        assert (token["sub"], token["iss"]) == ("alice", provider.url.removesuffix("/"))
        [authorize] = asked.at("/tests/oauth2/v2.0/authorize")
        assert len(asked.at("/tests/oauth2/v2.0/token", "POST")) == 1
        query = authorize.query
        assert {"openid", SCOPE} <= set(query.pop("scope").split())
        assert len(query.pop("code_challenge")) == 43 and len(query.pop("state")) >= 43  # 256 bits
        assert query == {
            "client_id": CLIENT,
            "response_type": "code",
            "response_mode": "form_post",
            "redirect_uri": provider.redirect_uri,
            "code_challenge_method": "S256",
        }

    def test_a_port_that_others_look_at(
        self, chromium: Chromium, dsn: dict[str, str], provider: IdentityProvider
    ) -> None:
        """Browsers ask for an icon where they have been; people type addresses."""
        with signing_in(chromium, dsn) as (window, login):
            for path in ("favicon.ico", "", "redshift/", "redshift/?code=stolen&state=guessed"):
                tab = window.another(f"http://localhost:{provider.redirect_port}/{path}")
                assert heading(tab) == "There is nothing to see here"
            assert not login.done()
            self.agree(window, provider)
            assert result(window, provider.redirect_uri, comes_by=self.COMES_BY[provider.name]) == SIGNED_IN
            with login.result(30) as found:
                assert found.token


def test_whoever_cancels_is_told_so(
    chromium: Chromium, token_dsn: dict[str, str], openid: IdentityProvider
) -> None:
    asked = Asked(openid)
    with signing_in(chromium, {**token_dsn, **openid.token_dsn()}) as (window, login):
        window.click("a[href$='/abort']")
        assert result(window, openid.redirect_uri) == FAILED
        error = refused(login)
        assert error.status is Status.IDP_REJECTED
        assert error.message[1:] in text(window)  # as a sentence
    assert asked.at("/tests/oauth2/v2.0/token", "POST") == []


def test_a_port_that_is_not_registered(
    chromium: Chromium, token_dsn: dict[str, str], providers: dict[str, IdentityProvider]
) -> None:
    """nanoidp compares redirect URIs as texts: those of the other tests are the registered one."""
    dsn = {**token_dsn, **providers["nanoidp"].token_dsn(listen_port="0")}
    with signing_in(chromium, dsn) as (window, login):
        window.until("document.body.innerText.includes('redirect_uri')")
        assert not login.done()
    assert refused(login).status is Status.CANCELLED


def test_the_browser_of_the_desktop(
    chromium: Chromium,
    token_dsn: dict[str, str],
    providers: dict[str, IdentityProvider],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Nothing names a browser: xdg-open knows it."""
    monkeypatch.delenv("BROWSER")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "xdg-open").symlink_to(chromium.command)
    nanoidp = providers["nanoidp"]
    with signing_in(chromium, {**token_dsn, **nanoidp.token_dsn()}) as (window, login):
        sign_in(window, nanoidp, "alice")
        assert result(window, nanoidp.redirect_uri, comes_by="GET") == SIGNED_IN
        with login.result(30) as found:
            assert found.token


@pytest.mark.parametrize("user", ["alice", "carol"])
def test_our_page_is_readable(
    chromium: Chromium,
    saml_moto: MotoServer,
    authority: Authority,
    providers: dict[str, IdentityProvider],
    tmp_path: Path,
    user: str,
) -> None:
    """In light and dark, on a desk and on a small phone; with a title of the DSN's."""
    nanoidp, title = providers["nanoidp"], "Größe & <b>Maß</b> Warehouse of the North-Western Sales Department"
    dsn = saml_moto.dsn(DbUser="", CaFile=str(authority.certificate), page_title=title, **nanoidp.saml_dsn())
    with signing_in(chromium, dsn) as (window, _):
        sign_in(window, nanoidp, user)
        assert result(window, nanoidp.redirect_uri) == (SIGNED_IN if user == "alice" else FAILED)
        assert window.ask("document.title") == f"{heading(window)} - {title}"
        assert text(window).startswith(title)
        seen = {}
        for dark, phone in product((False, True), repeat=2):
            window.look(*((320, 640) if phone else (1280, 800)), dark=dark, phone=phone)
            assert readable.faults(window) == [], (dark, phone)
            picture = tmp_path / f"{user}-{'dark' if dark else 'light'}-{'phone' if phone else 'desk'}.png"
            window.picture(picture)
            seen[picture] = picture.read_bytes()
        assert len(set(seen.values())) == len(seen)

        # The control of what `result` does not find: the policy keeps out what somebody might put in.
        window.ask(
            "new Promise(told => { document.addEventListener('securitypolicyviolation', told);"
            " document.body.append(Object.assign(new Image(), {src: '/elsewhere'})); })"
        )
        assert "Content Security Policy" in window.complaints_since(nanoidp.redirect_uri)[-1]


#: Tells of its events and its user, a line each.
LOGIN = """
import json, sys, rs_auth
def on_event(event):
    print(event.kind.name, flush=True)
with rs_auth.login(json.loads(sys.argv[1]), on_event=on_event, timeout=60) as found:
    print(found.user, flush=True)
"""


@contextmanager
def logging_in(dsn: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that logs in."""
    environment = {**os.environ, "PYTHONPATH": str(Path(rs_auth.__file__).parents[1])}
    command = [sys.executable, "-c", LOGIN, json.dumps(dsn)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        try:
            yield process
            assert process.wait(30) == 0
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    """What the process prints next."""
    assert process.stdout is not None
    return process.stdout.readline().strip()
