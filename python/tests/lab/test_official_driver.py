"""Are the servers what a driver expects? The official Python driver logs in through them: nothing of ours is in this
but the configuration of the servers."""

from __future__ import annotations

from typing import Any

import pytest
from redshift_connector.error import InterfaceError
from redshift_connector.iam_helper import IamHelper
from redshift_connector.redshift_property import RedshiftProperty

from ..moto_server import CLUSTER, CLUSTER_PORT, REGION, MotoServer
from .accounts import password
from .certificates import Authority
from .identity_providers import IdentityProvider

ADFS = "AdfsCredentialsProvider"
PING = "PingCredentialsProvider"

pytestmark = pytest.mark.filterwarnings("ignore:::redshift_connector")

#: What it says of a page without a SAML response.
NO_ASSERTION = {
    ADFS: "Failed to find ADFS access_token in authentication response payload",
    PING: "A input tag named SAMLResponse was not identified",
}

#: Its ADFS plugin keeps no cookies between form and answer; simplesamlphp forgets who is asking then.
COMBINATIONS = [(ADFS, "nanoidp"), (PING, "nanoidp"), (PING, "simplesamlphp")]


@pytest.fixture(autouse=True)
def official_driver(monkeypatch: pytest.MonkeyPatch, saml_moto: MotoServer, authority: Authority) -> None:
    """It logs in anew in each test, and trusts the authority of the tests."""
    IamHelper.credentials_cache.clear()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", saml_moto.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def log_in(moto: MotoServer, plugin: str, provider: IdentityProvider, user: str, **changed: Any) -> RedshiftProperty:
    """What `redshift_connector.connect` does before it opens a socket."""
    info = RedshiftProperty()
    given = {
        "iam": True,
        "ssl": True,
        "credentials_provider": plugin,
        "idp_host": "localhost",
        "idpPort": provider.port,
        "user_name": user,
        "password": password(user),
        "endpoint_url": moto.url,
        "region": REGION,
        "cluster_identifier": CLUSTER,
        "host": moto.host,
        "port": CLUSTER_PORT,
        "db_name": "dev",
        **changed,
    }
    for name, value in given.items():
        info.put(name, value)
    IamHelper.set_iam_properties(info)
    return info


def reasons(error: BaseException | None) -> str:
    """What is said along the chain of causes."""
    said = []
    while error is not None:
        said.append(str(error))
        error = error.__cause__ or error.__context__
    return "\n".join(said)


@pytest.mark.parametrize(("plugin", "provider"), COMBINATIONS)
def test_a_login(saml_moto: MotoServer, providers: dict[str, IdentityProvider], plugin: str, provider: str) -> None:
    info = log_in(saml_moto, plugin, providers[provider], "alice")
    assert info.user_name == "IAMA:alice"  # created, as the assertion asks for
    assert len(info.password) == 32
    assert info.db_groups == ["analysts", "readers"]


@pytest.mark.parametrize(("plugin", "provider"), COMBINATIONS)
def test_a_wrong_password(
    saml_moto: MotoServer, providers: dict[str, IdentityProvider], plugin: str, provider: str
) -> None:
    with pytest.raises(InterfaceError) as caught:
        log_in(saml_moto, plugin, providers[provider], "alice", password="wrong")
    assert NO_ASSERTION[plugin] in reasons(caught.value)


@pytest.mark.parametrize(("plugin", "provider"), COMBINATIONS)
def test_a_user_without_a_role(
    saml_moto: MotoServer, providers: dict[str, IdentityProvider], plugin: str, provider: str
) -> None:
    with pytest.raises(InterfaceError) as caught:
        log_in(saml_moto, plugin, providers[provider], "carol")
    assert "No roles were found in SAML assertion" in reasons(caught.value)


@pytest.mark.parametrize(("plugin", "provider"), COMBINATIONS)
def test_another_service_provider(
    saml_moto: MotoServer, providers: dict[str, IdentityProvider], plugin: str, provider: str
) -> None:
    with pytest.raises(InterfaceError) as caught:
        log_in(saml_moto, plugin, providers[provider], "alice", login_to_rp="urn:other", partner_sp_id="urn:other")
    assert "404 Client Error" in reasons(caught.value)
