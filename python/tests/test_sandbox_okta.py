"""The sandbox's Okta, asked by a client that nobody here wrote: the official Python driver logs in through it."""

from __future__ import annotations

from configparser import ConfigParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from redshift_connector.error import InterfaceError
from redshift_connector.redshift_property import RedshiftProperty

from .sandbox import Sandbox
from .test_sandbox_fidelity import assert_credentials, log_in, official_driver, only, provisioned

__all__ = ["official_driver"]

#: All that it says, whatever the reason.
FAILED = "Failed to get SAML assertion"
LOGIN = ("Authenticate", "App", "AssumeRoleWithSAML", "GetClusterCredentials")


@pytest.fixture(autouse=True)
def trust(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """The driver's own way to be told of an authority."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", sandbox.info["ca_file"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", sandbox.region)


def sign_in(sandbox: Sandbox, user: str = "alice", **properties: Any) -> RedshiftProperty:
    """A login of the official driver. It has no port for Okta, but takes one with the host."""
    org = sandbox.world()["identity_pages"]["okta"]
    given = {
        **provisioned(sandbox),
        "credentials_provider": "OktaCredentialsProvider",
        "idp_host": urlsplit(sandbox.info["https_url"]).netloc,
        "app_name": org["app_name"],
        "app_id": org["app_id"],
        "user_name": user,
        "password": sandbox.info["people"].get(user, {}).get("password"),
        **properties,
    }
    return log_in(sandbox, **given)


def org(sandbox: Sandbox, **changed: Any) -> None:
    """An org that is set up in another way."""
    pages = sandbox.world()["identity_pages"]
    sandbox.change_world(identity_pages={**pages, "okta": {**pages["okta"], **changed}})


def test_password(sandbox: Sandbox) -> None:
    info = sign_in(sandbox)
    # AutoCreate comes from the assertion.
    assert_credentials(info, "IAMA:alice")
    authenticate, app, assume, call = only(sandbox.requests(), *LOGIN)
    assert (authenticate.service, app.service) == ("okta", "okta")
    assert authenticate.parameters == {
        "username": "alice",
        "password": sandbox.info["people"]["alice"]["password"],
    }
    assert authenticate.headers["accept"] == "application/json"
    assert app.parameters["onetimetoken"].startswith("20111")
    assert assume.signed_by is None
    assert assume.parameters["RoleArn"] == sandbox.info["roles"]["sandbox-role"]
    assert (call.parameters["DbUser"], call.parameters["AutoCreate"]) == ("alice", "true")


def test_password_of_awkward_characters(sandbox: Sandbox) -> None:
    role = sandbox.info["roles"]["sandbox-long-role"]
    assert_credentials(sign_in(sandbox, "bob", preferred_role=role), "IAM:alice")


def test_ready_dsn(sandbox: Sandbox) -> None:
    """What the DSN says is what it takes to log in."""
    files = ConfigParser(interpolation=None)
    files.read(sandbox.info["odbc_ini"])
    dsn = files["sandbox-okta"]
    assert dsn["plugin_name"] == "Okta"
    given = {"idp_host": f"{dsn['idp_host']}:{dsn['idp_port']}", "app_id": dsn["app_id"], "password": dsn["PWD"]}
    assert_credentials(sign_in(sandbox, dsn["UID"], **given, db_user=None), "IAMA:alice")


@pytest.mark.parametrize("user", ["alice", "nobody", "disabled"])
def test_refused(sandbox: Sandbox, user: str) -> None:
    with pytest.raises(InterfaceError, match=FAILED):
        sign_in(sandbox, user, password="wrong")
    (authenticate,) = only(sandbox.requests(), "Authenticate")
    assert authenticate.status == 401


@pytest.mark.parametrize("user", ["locked", "expired", "unenrolled", "push", "totp"])
def test_states_that_it_knows_nothing_of(sandbox: Sandbox, user: str) -> None:
    with pytest.raises(InterfaceError, match=FAILED):
        sign_in(sandbox, user)
    (authenticate,) = only(sandbox.requests(), "Authenticate")
    assert authenticate.status == 200


def test_a_redirect_to_the_application(sandbox: Sandbox) -> None:
    org(sandbox, app_redirects=True)
    assert_credentials(sign_in(sandbox), "IAMA:alice")
    assert sandbox.calls()[:3] == ["Authenticate", "App", "AppSso"]


@pytest.mark.parametrize("wrong", [{"app_id": "other"}, {"app_name": "other"}], ids=str)
def test_another_application(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    with pytest.raises(InterfaceError, match=FAILED):
        sign_in(sandbox, **wrong)
    assert [call.status for call in only(sandbox.requests(), "Authenticate", "App")] == [200, 404]


def test_an_application_of_others(sandbox: Sandbox) -> None:
    org(sandbox, unassigned=["alice"])
    with pytest.raises(InterfaceError, match=FAILED):
        sign_in(sandbox)
    assert [call.status for call in only(sandbox.requests(), "Authenticate", "App")] == [200, 403]


@pytest.mark.parametrize("changed", [{"app_steps_up": True}, {"engine": "identity_engine"}], ids=str)
def test_a_page_without_a_response(sandbox: Sandbox, changed: dict[str, Any]) -> None:
    org(sandbox, **changed)
    with pytest.raises(InterfaceError, match=FAILED):
        sign_in(sandbox)
    assert "AssumeRoleWithSAML" not in sandbox.calls()


@pytest.mark.parametrize(
    "page", [{"quoting": "single"}, {"quoting": "none"}, {"entities_in_values": True}, {"across_lines": True}], ids=str
)
def test_shapes_of_pages(sandbox: Sandbox, page: dict[str, Any]) -> None:
    sandbox.change_world(identity_pages={"page": page})
    assert_credentials(sign_in(sandbox), "IAMA:alice")


def test_untrusted(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of `trust`."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(InterfaceError, match=FAILED):
        sign_in(sandbox)
    assert sandbox.requests() == []
