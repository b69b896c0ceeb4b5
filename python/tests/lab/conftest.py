"""The servers, once for all tests."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..moto_server import MotoServer
from .certificates import Authority, Certificate
from .chromium import Chromium
from .database import Database
from .identity_providers import IdentityProvider, identity_providers, openid_provider
from .server import free_ports


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for the servers."""
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for nobody."""
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture(scope="session")
def front(authority: Authority) -> Certificate:
    """The identity providers' certificate."""
    return authority.issue("providers")


@pytest.fixture(scope="session")
def redirect_port() -> int:
    """The `listen_port` whose URL is registered with the identity providers."""
    return free_ports(1)[0]


@pytest.fixture(scope="session")
def providers(
    tmp_path_factory: pytest.TempPathFactory, front: Certificate, redirect_port: int
) -> Iterator[dict[str, IdentityProvider]]:
    """The identity providers by name."""
    with identity_providers(tmp_path_factory.mktemp("providers"), front, redirect_port) as running:
        yield running


@pytest.fixture(scope="session")
def openid(
    tmp_path_factory: pytest.TempPathFactory, front: Certificate, redirect_port: int
) -> Iterator[IdentityProvider]:
    """The one that speaks OpenID Connect only."""
    with openid_provider(tmp_path_factory.mktemp("openid"), front, redirect_port) as running:
        yield running


@pytest.fixture
def chromium(tmp_path: Path, front: Certificate) -> Iterator[Chromium]:
    """A browser that nobody has started yet. It trusts the identity providers."""
    browser = Chromium(tmp_path / "chromium", front.certificate)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def database(authority: Authority) -> Iterator[Database]:
    """A database to log in to."""
    server = Database(authority.issue("database"))
    yield server
    server.stop()


@pytest.fixture
def saml_moto(moto: MotoServer) -> Iterator[MotoServer]:
    """moto lets the first request through, since AssumeRoleWithSAML is not signed, and checks those that follow."""
    _let_through(moto, 1)
    yield moto
    _let_through(moto, 0)


def _let_through(moto: MotoServer, count: int) -> None:
    # As text/plain: a form is a 500 here.
    request = urllib.request.Request(
        moto.url + "/moto-api/reset-auth",
        data=str(count).encode(),
        method="POST",
        headers={"Content-Type": "text/plain"},
    )
    urllib.request.urlopen(request, timeout=5).close()
