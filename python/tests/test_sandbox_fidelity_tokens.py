"""Is the sandbox faithful where tokens are? The official Python driver exchanges keys for a token of Identity Center in
it, and signs in at Microsoft Entra ID."""

from __future__ import annotations

import json
from typing import Any

import pytest
from redshift_connector.error import InterfaceError
from redshift_connector.iam_helper import IamHelper
from redshift_connector.plugin import plugin_utils
from redshift_connector.redshift_property import RedshiftProperty

from .sandbox import Record, Sandbox

#: Whoever has it signs in as somebody without a second factor.
PASSWORD = "Sandbox-Passw0rd"


@pytest.fixture(autouse=True)
def official_driver(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """It logs in anew in each test, once, and goes to the sandbox only."""
    IamHelper.credentials_cache.clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", sandbox.info["ca_file"])
    # The name of Microsoft's host is fixed in the driver.
    host = sandbox.info["https_url"].removeprefix("https://")
    monkeypatch.setattr(plugin_utils, "MICROSOFT_COMMERCIAL_HOST", host)


def log_in(sandbox: Sandbox, plugin: str, **properties: Any) -> RedshiftProperty:
    """What `redshift_connector.connect` does before it opens a socket."""
    info = RedshiftProperty()
    given = {
        "ssl": True,
        "sslmode": "verify-ca",
        "credentials_provider": plugin,
        "endpoint_url": sandbox.url,
        "host": sandbox.cluster["host"],
        "port": 5439,
        "db_name": "dev",
        **properties,
    }
    for name, value in given.items():
        if value is not None:
            info.put(name, value)
    IamHelper.set_iam_properties(info)
    return info


class TestIdentityCenter:
    """GetIdentityCenterAuthToken."""

    @staticmethod
    def log_in(sandbox: Sandbox, key: str = "session", **properties: Any) -> RedshiftProperty:
        return log_in(sandbox, "IdpTokenAuthPlugin", iam=False, **{**sandbox.info["keys"][key], **properties})

    @staticmethod
    def only(sandbox: Sandbox) -> Record:
        (call,) = sandbox.requests()
        assert call.operation == "GetIdentityCenterAuthToken"
        return call

    def test_of_a_cluster(self, sandbox: Sandbox) -> None:
        info = self.log_in(sandbox)
        assert info.web_identity_token is not None and len(info.web_identity_token) > 100
        call = self.only(sandbox)
        assert (call.service, call.status) == ("redshift", 200)
        assert call.parameters["ClusterIds.ClusterIdentifier.1"] == sandbox.cluster["id"]
        assert call.signed_by == sandbox.info["keys"]["session"]["access_key_id"]

    def test_of_a_workgroup(self, sandbox: Sandbox) -> None:
        info = self.log_in(sandbox, host=sandbox.workgroup["host"])
        assert info.web_identity_token is not None and len(info.web_identity_token) > 100
        call = self.only(sandbox)
        assert (call.service, call.status) == ("redshift-serverless", 200)
        assert json.loads(call.parameters["workgroupNames"]) == [sandbox.workgroup["name"]]

    @pytest.mark.parametrize(
        ("properties", "code"),
        [
            ({"secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
            ({"session_token": "wrong"}, "InvalidClientTokenId"),
            ({"key": "expired"}, "ExpiredToken"),
            ({"cluster_identifier": "nowhere"}, "ClusterNotFound"),
        ],
        ids=lambda value: str(value),
    )
    def test_refused(self, sandbox: Sandbox, properties: dict[str, Any], code: str) -> None:
        with pytest.raises(InterfaceError, match=code):
            self.log_in(sandbox, **properties)
        assert self.only(sandbox).status // 100 == 4

    def test_an_unknown_workgroup(self, sandbox: Sandbox) -> None:
        with pytest.raises(InterfaceError, match="ResourceNotFoundException"):
            self.log_in(sandbox, host=sandbox.workgroup["host"], serverless_work_group="nowhere")

    def test_a_token_needs_nobody(self, sandbox: Sandbox) -> None:
        info = log_in(sandbox, "IdpTokenAuthPlugin", iam=False, token="t", token_type="EXT_JWT")
        assert info.web_identity_token == "t"
        assert not sandbox.requests()


class TestEntra:
    """The password grant that brings a SAML assertion."""

    @staticmethod
    def log_in(sandbox: Sandbox, user: str = "alice", **properties: Any) -> RedshiftProperty:
        entra = sandbox.info["entra"]
        given = {
            "iam": True,
            "region": sandbox.region,
            "cluster_identifier": sandbox.cluster["id"],
            "user_name": user,
            "password": PASSWORD,
            "idp_tenant": entra["tenant"],
            "client_id": entra["client_id"],
            "client_secret": entra["client_secret"],
        }
        return log_in(sandbox, "AzureCredentialsProvider", **{**given, **properties})

    def test_the_assertion_is_good_for_a_role(self, sandbox: Sandbox) -> None:
        info = self.log_in(sandbox)
        assert info.user_name == "IAMA:alice"
        token, role, credentials = sandbox.requests()
        assert (token.service, token.operation, token.status) == ("entra", "Token", 200)
        assert token.parameters["resource"] == token.parameters["client_id"]
        assert (role.operation, credentials.operation) == ("AssumeRoleWithSAML", "GetClusterCredentials")

    @pytest.mark.parametrize(
        ("properties", "status"),
        [
            ({"password": "wrong"}, 400),
            ({"user": "locked"}, 400),
            ({"user": "push"}, 400),
            ({"client_secret": "wrong"}, 401),
            ({"client_id": "wrong"}, 400),
            ({"idp_tenant": "nowhere.example"}, 400),
        ],
        ids=lambda value: str(value),
    )
    def test_refused(self, sandbox: Sandbox, properties: dict[str, Any], status: int) -> None:
        with pytest.raises(InterfaceError):
            self.log_in(sandbox, **properties)
        (token,) = sandbox.requests()
        assert (token.service, token.status) == ("entra", status)
