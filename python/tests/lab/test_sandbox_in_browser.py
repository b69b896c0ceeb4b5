"""Are the sandbox's sign-in pages good for a real browser? The sandbox brings one of its own, which runs no scripts.
The DSNs are the ready ones."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rs_auth import Status

from ..sandbox import Sandbox
from .chromium import Chromium
from .person import FAILED, SIGNED_IN, refused, result, signing_in, text
from .server import free_ports

pytestmark = pytest.mark.usefixtures("no_cache")

#: Where the listener is, on any port.
OURS = "http://localhost:"


@pytest.fixture
def chromium(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chromium]:
    """A browser that trusts the sandbox."""
    place = urlsplit(sandbox.info["https_url"])
    assert place.hostname and place.port
    certificate = tmp_path / "sandbox.pem"
    certificate.write_text(ssl.get_server_certificate((place.hostname, place.port)))
    browser = Chromium(tmp_path / "chromium", certificate)
    monkeypatch.setenv("BROWSER", browser.command)
    yield browser
    browser.close()


def ready(sandbox: Sandbox, name: str) -> dict[str, str]:
    """A DSN of the sandbox's odbc.ini, with keys as they are spelled there."""
    files = ConfigParser(interpolation=None)
    files.optionxform = str  # type: ignore[assignment, method-assign]
    files.read(sandbox.info["odbc_ini"])
    return dict(files[name])


def password(sandbox: Sandbox, user: str) -> str:
    [found] = [person["password"] for person in sandbox.world()["people"] if person["name"] == user]
    return str(found)


def pages(sandbox: Sandbox) -> list[str]:
    """What was asked for, but for icons: when a browser looks for one is its own affair."""
    return [call for call in sandbox.calls() if call != "/favicon.ico"]


class TestSaml:
    @pytest.fixture
    def dsn(self, sandbox: Sandbox) -> dict[str, str]:
        dsn, [port] = ready(sandbox, "sandbox-browser-saml"), free_ports(1)
        login_url = f"{dsn['login_url']}?acs=http://localhost:{port}/redshift/&RelayState=here"
        return {**dsn, "login_url": login_url, "listen_port": str(port)}

    def test_a_second_factor(self, chromium: Chromium, sandbox: Sandbox, dsn: dict[str, str]) -> None:
        with signing_in(chromium, {**dsn, "DbUser": "sms"}) as (window, login):
            window.type(username="sms", password=password(sandbox, "sms"))
            window.click("input[name=login]")
            window.type(code="123456")
            window.click("input[name=verify]")
            assert result(window, OURS) == SIGNED_IN
            with login.result(30) as found:
                assert found.user
        assert pages(sandbox)[:3] == ["LoginPage", "Login", "SecondFactor"]

    def test_whoever_cancels(self, chromium: Chromium, sandbox: Sandbox, dsn: dict[str, str]) -> None:
        """The answer is a status of SAML."""
        with signing_in(chromium, dsn) as (window, login):
            window.click("input[name=cancel]")
            assert result(window, OURS) == FAILED
            error = refused(login)
            assert error.status is Status.IDP_REJECTED and error.message[1:] in text(window)
        assert pages(sandbox) == ["LoginPage", "Login"]


class TestEntra:
    @pytest.mark.parametrize("name", ["sandbox-browser-azure", "sandbox-browser-azure-token"])
    def test_consent(self, chromium: Chromium, sandbox: Sandbox, name: str) -> None:
        """Of somebody who is asked nowhere else, as the sandbox remembers it."""
        world = sandbox.world()
        [alice] = [person for person in world["people"] if person["name"] == "alice"]
        person = {**alice, "name": name, "aliases": [f"{name}@example.com"]}
        sandbox.change_world(people=[person], entra={**world["entra"], "consented": False})
        with signing_in(chromium, ready(sandbox, name)) as (window, login):
            window.type(login=f"{name}@example.com", passwd=alice["password"])
            window.click("input[name=signIn]")
            window.click("input[name=accept]")
            assert result(window, OURS) == SIGNED_IN
            with login.result(30) as found:
                assert found.user or found.token
        assert pages(sandbox)[:4] == ["Authorize", "SignIn", "Consent", "Token"]

    def test_whoever_cancels(self, chromium: Chromium, sandbox: Sandbox) -> None:
        with signing_in(chromium, ready(sandbox, "sandbox-browser-azure-token")) as (window, login):
            window.click("input[name=cancel]")
            assert result(window, OURS) == FAILED
            assert refused(login).status is Status.IDP_REJECTED
        assert pages(sandbox) == ["Authorize", "SignIn"]
