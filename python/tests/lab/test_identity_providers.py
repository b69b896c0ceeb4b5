"""Logins through identity providers nobody here wrote, in the URLs of ADFS and PingFederate, with moto as STS and
Redshift. moto checks the signature, the session token and the permission of what follows AssumeRoleWithSAML."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

import rs_auth
from rs_auth import AuthError, Event, EventKind, EventReply, Kind, Status

from ..moto_server import CLUSTER_PORT, MotoServer, role_arn
from .accounts import BOBS_ROLES, SESSION_DURATION
from .certificates import Authority
from .identity_providers import IdentityProvider

pytestmark = pytest.mark.usefixtures("no_cache")


@pytest.fixture(params=["ADFS", "Ping"])
def plugin(request: pytest.FixtureRequest) -> str:
    """The shapes of the URLs."""
    return str(request.param)


@pytest.fixture(params=["nanoidp", "simplesamlphp"])
def provider(request: pytest.FixtureRequest, providers: dict[str, IdentityProvider]) -> IdentityProvider:
    """Each of the identity providers."""
    return providers[request.param]


@pytest.fixture
def dsn(saml_moto: MotoServer, authority: Authority, plugin: str) -> dict[str, str]:
    """A DSN that lacks the identity provider and the user."""
    return saml_moto.dsn(plugin_name=plugin, DbUser="", CaFile=str(authority.certificate))


def refusal(dsn: dict[str, str]) -> AuthError:
    with pytest.raises(AuthError) as caught:
        rs_auth.login(dsn)
    return caught.value


def test_a_login(saml_moto: MotoServer, dsn: dict[str, str], plugin: str, provider: IdentityProvider) -> None:
    with rs_auth.login({**dsn, **provider.dsn("alice")}) as found:
        assert found.kind is Kind.DB_PASSWORD
        assert found.user == "IAMA:alice"  # created, as the assertion asks for
        assert found.password is not None and len(found.password) == 32
        assert (found.host, found.port) == (saml_moto.host, CLUSTER_PORT)
        assert found.role_arn == role_arn("analyst")
        assert found.plugin == plugin


def test_the_user_of_the_dsn_wins(dsn: dict[str, str], provider: IdentityProvider) -> None:
    with rs_auth.login({**dsn, **provider.dsn("alice", DbUser="bianca")}) as found:
        assert found.user == "IAMA:bianca"


def test_the_keys_live_as_long_as_the_assertion_says(dsn: dict[str, str], provider: IdentityProvider) -> None:
    with rs_auth.aws_credentials({**dsn, **provider.dsn("alice")}) as keys:
        assert keys.kind is Kind.AWS_KEYS
        assert keys.expires_at is not None
        left = keys.expires_at - datetime.now(timezone.utc)
        assert timedelta(seconds=SESSION_DURATION - 60) < left <= timedelta(seconds=SESSION_DURATION)


def test_a_wrong_password(dsn: dict[str, str], plugin: str, provider: IdentityProvider) -> None:
    error = refusal({**dsn, **provider.dsn("alice", PWD="wrong")})
    assert error.status is Status.IDP_REJECTED
    assert (error.sqlstate, error.stage, error.plugin) == ("28000", "idp", plugin)


def test_a_user_without_a_role(dsn: dict[str, str], provider: IdentityProvider) -> None:
    error = refusal({**dsn, **provider.dsn("carol")})
    assert error.status is Status.ASSERTION_INVALID
    assert (error.sqlstate, error.stage) == ("28000", "assertion")


def test_a_role_that_is_not_in_the_assertion(dsn: dict[str, str], provider: IdentityProvider) -> None:
    error = refusal({**dsn, **provider.dsn("bob", preferred_role=role_arn("admin"))})
    assert error.status is Status.ROLE_NOT_ALLOWED
    assert all(role in error.message for role in BOBS_ROLES)


def test_several_roles_are_offered(dsn: dict[str, str], provider: IdentityProvider) -> None:
    """In the provider's order. The login ends there: moto knows no assertion with several roles."""
    seen: list[tuple[EventKind, list[str]]] = []

    def on_event(event: Event) -> EventReply:
        seen.append((event.kind, list(event.choices)))
        return EventReply.ABORT

    with pytest.raises(AuthError) as caught:
        rs_auth.login({**dsn, **provider.dsn("bob")}, on_event=on_event)
    assert caught.value.status is Status.CANCELLED
    assert seen == [(EventKind.PICK_ROLE, BOBS_ROLES)]


def test_another_service_provider(dsn: dict[str, str], provider: IdentityProvider) -> None:
    error = refusal({**dsn, **provider.dsn("alice", login_to_rp="urn:other", partner_spid="urn:other")})
    assert (error.status, error.http_status) == (Status.IDP_UNEXPECTED, 404)


def test_a_provider_that_a_stranger_vouches_for(
    dsn: dict[str, str], provider: IdentityProvider, stranger: Authority
) -> None:
    error = refusal({**dsn, **provider.dsn("alice", CaFile=str(stranger.certificate))})
    assert (error.status, error.sqlstate) == (Status.TLS, "08001")
