"""Is the sandbox faithful where a browser is needed? The official Python driver's browser plugins sign in at it, with
its scripted browser as `$BROWSER`."""

from __future__ import annotations

import base64
import json
import socket
import webbrowser
from configparser import ConfigParser
from typing import Any

import pytest
from redshift_connector.error import InterfaceError
from redshift_connector.iam_helper import IamHelper
from redshift_connector.plugin import plugin_utils
from redshift_connector.redshift_property import RedshiftProperty

from .sandbox import PROGRAM, Sandbox

SAML2 = "urn:ietf:params:oauth:token-type:saml2"


@pytest.fixture(autouse=True)
def official_driver(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """It logs in anew in each test, goes to the sandbox only, and opens the sandbox's browser."""
    IamHelper.credentials_cache.clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", sandbox.info["ca_file"])
    # The name of Microsoft's host is fixed in the driver.
    host = sandbox.info["https_url"].removeprefix("https://")
    monkeypatch.setattr(plugin_utils, "MICROSOFT_COMMERCIAL_HOST", host)
    # It takes one connection and no more: the one opened ahead of time would be it.
    monkeypatch.setenv("BROWSER", f"{PROGRAM} browse --no-preconnect %s &")
    monkeypatch.setenv("RS_AUTH_BROWSE_CA", sandbox.info["ca_file"])
    # Read once in a process.
    monkeypatch.setattr(webbrowser, "_tryorder", None)


def log_in(sandbox: Sandbox, plugin: str, **properties: Any) -> RedshiftProperty:
    """What `redshift_connector.connect` does before it opens a socket."""
    info = RedshiftProperty()
    entra = sandbox.info["entra"]
    given = {
        "iam": True,
        "ssl": True,
        "sslmode": "verify-ca",
        "credentials_provider": plugin,
        "endpoint_url": sandbox.url,
        "region": sandbox.region,
        "host": sandbox.cluster["host"],
        "cluster_identifier": sandbox.cluster["id"],
        "port": 5439,
        "db_name": "dev",
        "idp_tenant": entra["tenant"],
        "client_id": entra["client_id"],
        "idp_response_timeout": 10,
        **properties,
    }
    for name, value in given.items():
        info.put(name, value)
    IamHelper.set_iam_properties(info)
    return info


@pytest.mark.parametrize(
    ("name", "plugin"),
    [
        ("sandbox-azure", "AzureCredentialsProvider"),
        ("sandbox-browser-azure", "BrowserAzureCredentialsProvider"),
        ("sandbox-browser-azure-token", "BrowserAzureOAuth2CredentialsProvider"),
    ],
)
def test_ready_dsn(sandbox: Sandbox, name: str, plugin: str) -> None:
    """What these DSNs say is what it takes to log in."""
    files = ConfigParser(interpolation=None)
    files.read(sandbox.info["odbc_ini"])
    dsn = dict(files[name])
    assert f"https://{dsn['idp_host']}:{dsn['idp_port']}" == sandbox.info["https_url"]
    keys = ("idp_tenant", "client_id", "client_secret", "scope")
    given: dict[str, Any] = {key: dsn[key] for key in keys if key in dsn}
    if "uid" in dsn:
        given |= {"user_name": dsn["uid"], "password": dsn["pwd"]}
    if "scope" in dsn:
        token = log_in(sandbox, plugin, iam=False, **given).web_identity_token
        assert token is not None and token.count(".") == 2
    else:
        assert log_in(sandbox, plugin, **given).user_name == "IAMA:alice"


class TestSaml:
    """BrowserSamlCredentialsProvider."""

    @staticmethod
    def log_in(sandbox: Sandbox, **query: str) -> RedshiftProperty:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        query = {"acs": f"http://localhost:{port}/redshift/", **query}
        url = sandbox.info["https_url"] + "/saml/login?" + "&".join(f"{name}={value}" for name, value in query.items())
        return log_in(sandbox, "BrowserSamlCredentialsProvider", login_url=url, listen_port=port)

    @pytest.mark.parametrize("query", [{}, {"RelayState": "here"}], ids=str)
    def test_the_assertion_is_good_for_a_role(self, sandbox: Sandbox, query: dict[str, str]) -> None:
        info = self.log_in(sandbox, **query)
        assert info.user_name == "IAMA:alice"
        assert sandbox.calls() == ["LoginPage", "Login", "AssumeRoleWithSAML", "GetClusterCredentials"]
        assert sandbox.requests()[1].service == "saml-idp"

    def test_a_second_factor(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RS_AUTH_BROWSE_USER", "sms")
        monkeypatch.setenv("RS_AUTH_BROWSE_OTP", "123456")
        sandbox.change_world(people=[{**person, "db_user": "sms"} for person in sandbox.world()["people"]])
        assert self.log_in(sandbox).user_name == "IAM:sms"
        assert sandbox.calls()[:3] == ["LoginPage", "Login", "SecondFactor"]

    def test_whoever_cancels_brings_nothing_of_use(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RS_AUTH_BROWSE_DENY", "1")
        with pytest.raises(InterfaceError):
            self.log_in(sandbox)
        assert sandbox.calls() == ["LoginPage", "Login"]


class TestEntraSaml:
    """BrowserAzureCredentialsProvider: the first version, a SAML assertion for a code."""

    @staticmethod
    def log_in(sandbox: Sandbox, **properties: Any) -> RedshiftProperty:
        return log_in(sandbox, "BrowserAzureCredentialsProvider", **properties)

    def test_the_assertion_is_good_for_a_role(self, sandbox: Sandbox) -> None:
        assert self.log_in(sandbox).user_name == "IAMA:alice"
        authorize, _, token, *_ = sandbox.requests()
        assert sandbox.calls() == ["Authorize", "SignIn", "Token", "AssumeRoleWithSAML", "GetClusterCredentials"]
        assert (authorize.service, token.service, token.status) == ("entra", "entra", 200)
        assert authorize.parameters["response_mode"] == "form_post"
        assert token.parameters["requested_token_type"] == SAML2
        assert token.parameters["redirect_uri"] == authorize.parameters["redirect_uri"]

    def test_consent(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of somebody who is asked nowhere else, as the sandbox remembers it."""
        monkeypatch.setenv("RS_AUTH_BROWSE_USER", "warned")
        world = sandbox.world()
        people = [{**person, "db_user": person["name"]} for person in world["people"]]
        sandbox.change_world(people=people, entra={**world["entra"], "consented": False})
        assert self.log_in(sandbox).user_name == "IAM:warned"
        assert sandbox.calls()[:4] == ["Authorize", "SignIn", "Consent", "Token"]

    @pytest.mark.parametrize("mischief", ["DENY", "WRONG_STATE"])
    def test_refused(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, mischief: str) -> None:
        monkeypatch.setenv(f"RS_AUTH_BROWSE_{mischief}", "1")
        with pytest.raises(InterfaceError):
            self.log_in(sandbox)
        assert sandbox.calls() == ["Authorize", "SignIn"]

    def test_an_order_of_fields_that_it_cannot_read(self, sandbox: Sandbox) -> None:
        """It takes `session_state` for `state`."""
        sandbox.change_world(entra={**sandbox.world()["entra"], "field_order": "session_state_first"})
        with pytest.raises(InterfaceError):
            self.log_in(sandbox)
        assert sandbox.calls() == ["Authorize", "SignIn"]


class TestEntraToken:
    """BrowserAzureOAuth2CredentialsProvider: the second version, a JSON Web Token for a code."""

    @staticmethod
    def log_in(sandbox: Sandbox, **properties: Any) -> RedshiftProperty:
        given = {"iam": False, "scope": sandbox.info["entra"]["scope"], **properties}
        return log_in(sandbox, "BrowserAzureOAuth2CredentialsProvider", **given)

    def test_the_token_is_alices(self, sandbox: Sandbox) -> None:
        token = self.log_in(sandbox).web_identity_token
        assert token is not None
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert (claims["name"], claims["scp"]) == ("alice", "jdbc_login")
        assert sandbox.calls() == ["Authorize", "SignIn", "Token"]
        authorize, _, exchange = sandbox.requests()
        assert authorize.parameters["scope"] == f"openid {sandbox.info['entra']['scope']}"
        assert exchange.parameters["scope"] == sandbox.info["entra"]["scope"]

    @pytest.mark.parametrize("mischief", ["DENY", "WRONG_STATE"])
    def test_refused(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, mischief: str) -> None:
        """Of a refusal it sees the state only, which Microsoft sends last: it cuts off the last character of that."""
        monkeypatch.setenv(f"RS_AUTH_BROWSE_{mischief}", "1")
        with pytest.raises(InterfaceError, match="Incoming state"):
            self.log_in(sandbox)
        assert sandbox.calls() == ["Authorize", "SignIn"]
