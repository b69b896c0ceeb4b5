"""Is the sandbox faithful? A client that nobody here wrote gets its credentials from it: the official Python driver,
its IamHelper without a database. What it sent is looked at too."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import botocore.exceptions
import pytest
from redshift_connector.error import InterfaceError, ProgrammingError
from redshift_connector.iam_helper import IamHelper
from redshift_connector.redshift_property import RedshiftProperty

from .sandbox import Record, Sandbox


@pytest.fixture(autouse=True)
def official_driver(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """It logs in anew in each test, once, and goes to the sandbox only."""
    IamHelper.credentials_cache.clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.url)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def log_in(sandbox: Sandbox, **properties: Any) -> RedshiftProperty:
    """What `redshift_connector.connect` does before it opens a socket."""
    info = RedshiftProperty()
    given = {
        "iam": True,
        "ssl": True,
        "sslmode": "verify-ca",
        "endpoint_url": sandbox.url,
        "region": sandbox.region,
        "db_name": "dev",
        "port": 5439,
        **properties,
    }
    for name, value in given.items():
        if value is not None:
            info.put(name, value)
    IamHelper.set_iam_properties(info)
    return info


def keys(sandbox: Sandbox, name: str, **changed: str) -> dict[str, str]:
    """An access key in the driver's words."""
    return {key: value for key, value in {**sandbox.info["keys"][name], **changed}.items() if value is not None}


def provisioned(sandbox: Sandbox) -> dict[str, Any]:
    return {"host": sandbox.cluster["host"], "cluster_identifier": sandbox.cluster["id"], "db_user": "alice"}


def only(records: list[Record], *operations: str) -> list[Record]:
    """The records, which are exactly these operations."""
    assert [record.operation for record in records] == list(operations)
    return records


def assert_credentials(info: RedshiftProperty, user: str) -> None:
    assert info.user_name == user
    assert len(info.password) >= 32


@pytest.mark.parametrize("key", ["user", "session"])
def test_keys(sandbox: Sandbox, key: str) -> None:
    info = log_in(sandbox, **provisioned(sandbox), **keys(sandbox, key))
    assert_credentials(info, "IAM:alice")
    assert (info.host, info.port) == (sandbox.cluster["host"], 5439)
    (call,) = only(sandbox.requests(), "GetClusterCredentials")
    assert (call.service, call.status) == ("redshift", 200)
    assert call.signed_by == sandbox.info["keys"][key]["access_key_id"]
    assert call.headers.get("x-amz-security-token") == sandbox.info["keys"][key]["session_token"]
    sent = {"ClusterIdentifier": sandbox.cluster["id"], "DbName": "dev", "DbUser": "alice", "AutoCreate": "false"}
    assert sent.items() <= call.parameters.items()


def test_groups_and_a_user_to_be_created(sandbox: Sandbox) -> None:
    info = log_in(
        sandbox,
        **provisioned(sandbox),
        **keys(sandbox, "user"),
        auto_create=True,
        db_groups=["readers", "analysts"],
        iam_disable_cache=True,
    )
    assert_credentials(info, "IAMA:alice")
    (call,) = only(sandbox.requests(), "GetClusterCredentials")
    assert call.parameters["AutoCreate"] == "true"
    assert call.parameters["DbGroups.DbGroup.1"] == "readers"
    assert call.parameters["DbGroups.DbGroup.2"] == "analysts"


def test_the_driver_understands_the_expiry(sandbox: Sandbox) -> None:
    """A second login is answered by its cache, which compares the expiry with now."""
    first = log_in(sandbox, **provisioned(sandbox), **keys(sandbox, "user"))
    second = log_in(sandbox, **provisioned(sandbox), **keys(sandbox, "user"))
    assert first.password == second.password
    only(sandbox.requests(), "GetClusterCredentials")
    (cached,) = IamHelper.credentials_cache.values()
    assert 850 < (cached["Expiration"] - datetime.now(timezone.utc)).total_seconds() <= 900


def test_without_a_port_it_is_discovered(sandbox: Sandbox) -> None:
    info = log_in(sandbox, **provisioned(sandbox), **keys(sandbox, "user"), port="")
    assert_credentials(info, "IAM:alice")
    assert (info.host, info.port) == (sandbox.cluster["host"], sandbox.cluster["port"])
    calls = only(sandbox.requests(), "GetClusterCredentials", "DescribeClusters")
    assert calls[1].parameters["ClusterIdentifier"] == sandbox.cluster["id"]


def test_without_a_host_it_is_discovered(sandbox: Sandbox) -> None:
    """An empty host is a custom domain to this driver: it asks for one without a name, is refused, and goes on."""
    info = log_in(sandbox, **{**provisioned(sandbox), "host": ""}, **keys(sandbox, "user"))
    assert_credentials(info, "IAM:alice")
    assert (info.host, info.port) == (sandbox.cluster["host"], sandbox.cluster["port"])
    calls = only(sandbox.requests(), "GetClusterCredentials", "GetClusterCredentials", "DescribeClusters")
    assert calls[0].parameters["CustomDomainName"] == ""
    assert calls[0].status // 100 == 4
    assert calls[1].parameters["ClusterIdentifier"] == sandbox.cluster["id"]


def test_another_region(sandbox: Sandbox) -> None:
    west = sandbox.info["clusters"][1]
    info = log_in(
        sandbox,
        host=west["host"],
        port="",
        db_user="alice",
        region=west["region"],
        cluster_identifier=west["id"],
        **keys(sandbox, "user"),
    )
    assert_credentials(info, "IAM:alice")
    assert (info.host, info.port) == (west["host"], 5440)


class TestProfiles:
    """AWS profiles: the driver reads them through botocore."""

    @pytest.fixture(autouse=True)
    def profiles(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
        monkeypatch.setenv("AWS_CONFIG_FILE", sandbox.info["aws_config"])
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", sandbox.info["aws_credentials"])

    def test_keys(self, sandbox: Sandbox) -> None:
        info = log_in(sandbox, **provisioned(sandbox), profile="sandbox-keys")
        assert_credentials(info, "IAM:alice")
        (call,) = only(sandbox.requests(), "GetClusterCredentials")
        assert call.signed_by == sandbox.info["keys"]["user"]["access_key_id"]

    def test_role_of_a_source_profile(self, sandbox: Sandbox) -> None:
        info = log_in(sandbox, **provisioned(sandbox), profile="sandbox-role")
        assert_credentials(info, "IAM:alice")
        assume, call = only(sandbox.requests(), "AssumeRole", "GetClusterCredentials")
        assert assume.service == "sts"
        assert assume.signed_by == sandbox.info["keys"]["user"]["access_key_id"]
        assert assume.parameters["RoleArn"] == sandbox.info["roles"]["sandbox-role"]
        assert call.signed_by is not None and call.signed_by.startswith("ASIA")
        assert call.headers["x-amz-security-token"]

    def test_chain_of_roles(self, sandbox: Sandbox) -> None:
        info = log_in(sandbox, **provisioned(sandbox), profile="sandbox-second-role")
        assert_credentials(info, "IAM:alice")
        first, second, call = only(sandbox.requests(), "AssumeRole", "AssumeRole", "GetClusterCredentials")
        assert first.parameters["RoleArn"] == sandbox.info["roles"]["sandbox-role"]
        assert second.parameters["RoleArn"] == sandbox.info["roles"]["sandbox-second-role"]
        assert len({first.signed_by, second.signed_by, call.signed_by}) == 3

    def test_external_id(self, sandbox: Sandbox) -> None:
        assert_credentials(log_in(sandbox, **provisioned(sandbox), profile="sandbox-partner"), "IAM:alice")
        assert sandbox.requests()[0].parameters["ExternalId"] == sandbox.info["external_id"]

    def test_credential_process(self, sandbox: Sandbox) -> None:
        assert_credentials(log_in(sandbox, **provisioned(sandbox), profile="sandbox-process"), "IAM:alice")

    def test_web_identity(self, sandbox: Sandbox) -> None:
        assert_credentials(log_in(sandbox, **provisioned(sandbox), profile="sandbox-web-identity"), "IAM:alice")
        assume, _ = only(sandbox.requests(), "AssumeRoleWithWebIdentity", "GetClusterCredentials")
        assert assume.signed_by is None
        assert assume.parameters["WebIdentityToken"] == sandbox.info["web_identity_token"]

    def test_instance_metadata(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.info["imds_url"])
        assert_credentials(log_in(sandbox, **provisioned(sandbox), profile="sandbox-from-instance"), "IAM:alice")
        assert [record.service for record in sandbox.requests()][-2:] == ["sts", "redshift"]
        assert "imds" in {record.service for record in sandbox.requests()}

    def test_container(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_CONFIG_FILE")
        monkeypatch.delenv("AWS_SHARED_CREDENTIALS_FILE")
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", sandbox.info["container_url"])
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", sandbox.info["container_token"])
        assert_credentials(log_in(sandbox, **provisioned(sandbox)), "IAM:alice")

    def test_external_id_left_out(self, sandbox: Sandbox) -> None:
        """The control of `test_external_id`."""
        roles = sandbox.world()["roles"]
        for role in roles:
            if role["name"] == "sandbox-role":
                role["external_id"] = "demanded"
        sandbox.change_world(roles=roles)
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            log_in(sandbox, **provisioned(sandbox), profile="sandbox-role")
        assert caught.value.response["Error"]["Code"] == "AccessDenied"
        only(sandbox.requests(), "AssumeRole")


def test_group_federation(sandbox: Sandbox) -> None:
    info = log_in(sandbox, **provisioned(sandbox), **keys(sandbox, "session"), group_federation=True)
    assert_credentials(info, "IAMR:sandbox-role")
    (call,) = only(sandbox.requests(), "GetClusterCredentialsWithIAM")
    assert call.parameters["ClusterIdentifier"] == sandbox.cluster["id"]
    assert call.parameters["DbName"] == "dev"
    assert call.parameters["DurationSeconds"] == "900"
    assert "DbUser" not in call.parameters


def test_group_federation_of_a_user(sandbox: Sandbox) -> None:
    info = log_in(sandbox, **provisioned(sandbox), **keys(sandbox, "user"), group_federation=True)
    assert_credentials(info, "IAM:sandbox-user")


@pytest.mark.parametrize("port", [5439, ""])
def test_serverless(sandbox: Sandbox, port: Any) -> None:
    info = log_in(sandbox, host=sandbox.workgroup["host"], port=port, **keys(sandbox, "user"))
    assert_credentials(info, "IAM:sandbox-user")
    assert (info.host, info.port) == (sandbox.workgroup["host"], 5439)
    call = sandbox.requests()[0]
    assert (call.service, call.operation) == ("redshift-serverless", "GetCredentials")
    assert call.parameters == {"dbName": "dev", "workgroupName": sandbox.workgroup["name"]}
    assert call.headers["content-type"] == "application/x-amz-json-1.1"
    # Without a port it asks where the workgroup is.
    assert sandbox.calls()[1:] == (["GetWorkgroup"] if port == "" else [])


def test_serverless_understands_the_expiry(sandbox: Sandbox) -> None:
    log_in(sandbox, host=sandbox.workgroup["host"], **keys(sandbox, "user"))
    (cached,) = IamHelper.credentials_cache.values()
    lifetime = (cached["Expiration"] - datetime.now(timezone.utc)).total_seconds()
    assert 850 < lifetime <= 3600


def test_custom_domain_of_a_cluster(sandbox: Sandbox) -> None:
    domain = sandbox.info["cluster_domain"]
    info = log_in(sandbox, host=domain, db_user="alice", **keys(sandbox, "user"))
    assert_credentials(info, "IAM:alice")
    assert (info.host, info.port) == (domain, 5439)
    assert info.cluster_identifier == sandbox.cluster["id"]
    describe, call = only(sandbox.requests(), "DescribeCustomDomainAssociations", "GetClusterCredentials")
    assert describe.parameters["CustomDomainName"] == domain
    assert call.parameters["CustomDomainName"] == domain
    assert "ClusterIdentifier" not in call.parameters


def test_custom_domain_with_group_federation(sandbox: Sandbox) -> None:
    domain = sandbox.info["cluster_domain"]
    info = log_in(sandbox, host=domain, group_federation=True, **keys(sandbox, "user"))
    assert_credentials(info, "IAM:sandbox-user")
    _, call = only(sandbox.requests(), "DescribeCustomDomainAssociations", "GetClusterCredentialsWithIAM")
    assert call.parameters["CustomDomainName"] == domain


def test_a_domain_that_leads_to_no_cluster(sandbox: Sandbox) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        log_in(sandbox, host="nowhere.example.com", db_user="alice", **keys(sandbox, "user"))
    assert caught.value.response["Error"]["Code"] == "CustomDomainAssociationNotFoundFault"


def test_a_load_balancer_before_a_cluster(sandbox: Sandbox) -> None:
    """An unknown domain and a cluster identifier: the driver tries the domain, is refused, and goes on."""
    info = log_in(sandbox, **{**provisioned(sandbox), "host": "nlb.example.com"}, **keys(sandbox, "user"))
    assert_credentials(info, "IAM:alice")
    calls = only(
        sandbox.requests(), "DescribeCustomDomainAssociations", "GetClusterCredentials", "GetClusterCredentials"
    )
    assert [call.status for call in calls] == [404, 404, 200]


def test_custom_domain_of_a_workgroup(sandbox: Sandbox) -> None:
    domain = sandbox.info["workgroup_domain"]
    info = log_in(sandbox, host=domain, is_serverless=True, **keys(sandbox, "user"))
    assert_credentials(info, "IAM:sandbox-user")
    (call,) = only(sandbox.requests(), "GetCredentials")
    assert call.parameters == {"dbName": "dev", "customDomainName": domain}


class TestAuthenticationProfile:
    """Server-side authentication profiles. Their members have the driver's internal names."""

    def test_read(self, sandbox: Sandbox) -> None:
        info = log_in(sandbox, host=sandbox.cluster["host"], auth_profile="sandbox-python", **keys(sandbox, "user"))
        assert info.user_name in ("IAM:profile_user", "IAMA:profile_user")
        assert info.cluster_identifier == sandbox.cluster["id"]
        describe, call = only(sandbox.requests(), "DescribeAuthenticationProfiles", "GetClusterCredentials")
        assert describe.parameters["AuthenticationProfileName"] == "sandbox-python"
        assert call.parameters["DbUser"] == "profile_user"

    def test_not_json(self, sandbox: Sandbox) -> None:
        with pytest.raises(ProgrammingError, match="Unable to decode the JSON content"):
            log_in(sandbox, host=sandbox.cluster["host"], auth_profile="sandbox-broken", **keys(sandbox, "user"))

    def test_unknown(self, sandbox: Sandbox) -> None:
        with pytest.raises(InterfaceError, match="AuthenticationProfileNotFoundFault"):
            log_in(sandbox, host=sandbox.cluster["host"], auth_profile="nothing", **keys(sandbox, "user"))


@pytest.mark.parametrize(
    ("key", "changed", "code"),
    [
        ("user", {"secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
        ("session", {"session_token": "wrong"}, "InvalidClientTokenId"),
        ("session", {"session_token": None}, "InvalidClientTokenId"),
        ("user", {"access_key_id": "AKIANOBODY0000000000"}, "InvalidClientTokenId"),
        ("expired", {}, "ExpiredToken"),
        ("denied", {}, "AccessDenied"),
    ],
    ids=lambda value: str(value),
)
def test_keys_refused_by_the_provisioned_api(sandbox: Sandbox, key: str, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        log_in(sandbox, **provisioned(sandbox), **keys(sandbox, key, **changed))
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["RequestId"]
    (call,) = only(sandbox.requests(), "GetClusterCredentials")
    assert call.status == caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize(
    ("key", "changed", "code"),
    [
        ("user", {"secret_access_key": "wrong"}, "InvalidSignatureException"),
        ("session", {"session_token": "wrong"}, "UnrecognizedClientException"),
        ("expired", {}, "ExpiredTokenException"),
        ("denied", {}, "AccessDeniedException"),
    ],
    ids=lambda value: str(value),
)
def test_keys_refused_by_the_serverless_api(sandbox: Sandbox, key: str, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        log_in(sandbox, host=sandbox.workgroup["host"], **keys(sandbox, key, **changed))
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["RequestId"]
    only(sandbox.requests(), "GetCredentials")


def test_an_unknown_cluster(sandbox: Sandbox) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        log_in(sandbox, **{**provisioned(sandbox), "cluster_identifier": "nowhere"}, **keys(sandbox, "user"))
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("ClusterNotFound", "Cluster nowhere not found.")


def test_a_cluster_of_another_region(sandbox: Sandbox) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        log_in(sandbox, **provisioned(sandbox), region="us-west-2", **keys(sandbox, "user"))
    assert caught.value.response["Error"]["Code"] == "ClusterNotFound"


def test_an_unknown_workgroup(sandbox: Sandbox) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        log_in(
            sandbox,
            host="somewhere.example.com",
            is_serverless=True,
            serverless_work_group="nowhere",
            **keys(sandbox, "user"),
        )
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_the_driver_reads_a_scripted_error(sandbox: Sandbox) -> None:
    action = {"error": {"code": "ClusterNotFound", "message": "scripted", "status": 404}}
    sandbox.fault(action, operation="GetClusterCredentials")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        log_in(sandbox, **provisioned(sandbox), **keys(sandbox, "user"))
    assert caught.value.response["Error"]["Message"] == "scripted"
    assert_credentials(log_in(sandbox, **provisioned(sandbox), **keys(sandbox, "user")), "IAM:alice")


def test_the_driver_repeats_a_throttled_call(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    sandbox.fault({"throttle": {"status": 503, "retry_after": 0}}, operation="GetClusterCredentials")
    assert_credentials(log_in(sandbox, **provisioned(sandbox), **keys(sandbox, "user")), "IAM:alice")
    calls = only(sandbox.requests(), "GetClusterCredentials", "GetClusterCredentials")
    assert [call.status for call in calls] == [503, 200]
