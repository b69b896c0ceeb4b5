"""Every way of a login that needs no person, against the sandbox."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import rs_auth
from rs_auth import AuthError, CachePolicy, Credentials, Dialect, DsnValue, Kind, Status

from .sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("no_cache")


def assert_database_password(found: Credentials, user: str) -> None:
    assert found.kind is Kind.DB_PASSWORD
    assert found.user == user
    assert found.password is not None and len(found.password) >= 32
    assert found.token is None
    assert found.expires_at is not None
    assert timedelta(0) < found.expires_at - datetime.now(timezone.utc) <= timedelta(hours=1)


def test_keys(sandbox: Sandbox) -> None:
    with rs_auth.login(sandbox.dsn()) as found:
        assert_database_password(found, "IAM:alice")
        assert (found.host, found.port, found.database) == (sandbox.cluster["host"], 5439, "dev")
        assert found.plugin == "Static"
        assert found.aws_access_key_id == sandbox.key("user")["AccessKeyID"]
        assert found.role_arn is None
        assert not found.from_cache
    (call,) = sandbox.requests()
    assert call.operation == "GetClusterCredentials"
    assert call.parameters["ClusterIdentifier"] == sandbox.cluster["id"]
    assert call.signed_by == sandbox.key("user")["AccessKeyID"]


def test_session_token(sandbox: Sandbox) -> None:
    with rs_auth.login(sandbox.dsn(**sandbox.key("session"))) as found:
        assert_database_password(found, "IAM:alice")
        assert found.aws_session_token == sandbox.key("session")["SessionToken"]
    assert sandbox.requests()[0].headers["x-amz-security-token"] == sandbox.key("session")["SessionToken"]


@pytest.mark.parametrize(
    "spelling",
    [
        {"auto_create": "true", "db_groups": "readers, analysts"},
        {"AutoCreate": "1", "DbGroups": "readers,analysts"},
        {"AUTOCREATE": "yes", "dbgroups": "readers,,analysts"},
    ],
    ids=str,
)
def test_groups_in_any_spelling(sandbox: Sandbox, spelling: dict[str, str]) -> None:
    with rs_auth.login(sandbox.dsn(**spelling)) as found:
        assert_database_password(found, "IAMA:alice")
    (call,) = sandbox.requests()
    assert call.parameters["AutoCreate"] == "true"
    assert [call.parameters[f"DbGroups.DbGroup.{n}"] for n in (1, 2)] == ["readers", "analysts"]


def test_group_federation(sandbox: Sandbox) -> None:
    with rs_auth.login(sandbox.dsn(group_federation="1", **sandbox.key("session"))) as found:
        assert_database_password(found, "IAMR:sandbox-role")
    assert sandbox.calls() == ["GetClusterCredentialsWithIAM"]


def test_serverless(sandbox: Sandbox) -> None:
    with rs_auth.login(sandbox.dsn(Host=sandbox.workgroup["host"])) as found:
        assert_database_password(found, "IAM:sandbox-user")
        assert found.host == sandbox.workgroup["host"]
    (call,) = sandbox.requests()
    assert call.operation == "GetCredentials"
    assert call.parameters["workgroupName"] == sandbox.workgroup["name"]


def test_custom_domain(sandbox: Sandbox) -> None:
    domain = sandbox.info["cluster_domain"]
    with rs_auth.login(sandbox.dsn(Host=domain, Region=sandbox.region)) as found:
        assert_database_password(found, "IAM:alice")
        assert found.host == domain
    (call,) = sandbox.requests()
    assert (call.operation, call.parameters["CustomDomainName"]) == ("GetClusterCredentials", domain)


def test_custom_domain_of_a_workgroup(sandbox: Sandbox) -> None:
    domain = sandbox.info["workgroup_domain"]
    with rs_auth.login(sandbox.dsn(Host=domain, Region=sandbox.region, Serverless="1")) as found:
        assert_database_password(found, "IAM:sandbox-user")
    (call,) = sandbox.requests()
    assert (call.operation, call.parameters["customDomainName"]) == ("GetCredentials", domain)


def test_discovery_of_a_cluster(sandbox: Sandbox) -> None:
    west = sandbox.info["clusters"][1]
    with rs_auth.login(sandbox.dsn(Host="", ClusterId=west["id"], Region=west["region"], Port="5439")) as found:
        assert (found.host, found.port) == (west["host"], 5440)
    assert sorted(sandbox.calls()) == ["DescribeClusters", "GetClusterCredentials"]


def test_discovery_of_a_workgroup(sandbox: Sandbox) -> None:
    with rs_auth.login(
        sandbox.dsn(Host="", Workgroup=sandbox.workgroup["name"], Serverless="1", Region=sandbox.region)
    ) as found:
        assert found.host == sandbox.workgroup["host"]
    assert sorted(sandbox.calls()) == ["GetCredentials", "GetWorkgroup"]


def test_server_side_authentication_profile(sandbox: Sandbox) -> None:
    dsn = sandbox.dsn(AuthProfile="sandbox-profile", Region=sandbox.region)
    assert dict(rs_auth.read_auth_profile(dsn))["DbUser"] == "profile_user"
    with rs_auth.login(dsn) as found:
        assert found.user == "IAMA:profile_user"
    assert sandbox.calls() == [
        "DescribeAuthenticationProfiles",
        "DescribeAuthenticationProfiles",
        "GetClusterCredentials",
    ]
    with pytest.raises(AuthError) as caught:
        rs_auth.login(sandbox.dsn(AuthProfile="sandbox-broken", Region=sandbox.region))
    assert caught.value.status is Status.PROFILE_NOT_FOUND


class TestAwsProfiles:
    """Profiles of the AWS configuration."""

    @pytest.fixture(autouse=True)
    def profiles(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
        monkeypatch.setenv("AWS_CONFIG_FILE", sandbox.info["aws_config"])
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", sandbox.info["aws_credentials"])

    def dsn(self, sandbox: Sandbox, **more: str) -> dict[str, str]:
        return {"Host": sandbox.cluster["host"], "DbUser": "alice", **sandbox.endpoints(), **more}

    @pytest.mark.parametrize(
        ("profile", "calls"),
        [
            ("sandbox-keys", []),
            ("sandbox-session", []),
            ("sandbox-process", []),
            ("sandbox-role", ["AssumeRole"]),
            ("sandbox-second-role", ["AssumeRole", "AssumeRole"]),
            ("sandbox-partner", ["AssumeRole"]),
            ("sandbox-web-identity", ["AssumeRoleWithWebIdentity"]),
        ],
    )
    def test_profile(self, sandbox: Sandbox, profile: str, calls: list[str]) -> None:
        with rs_auth.login(self.dsn(sandbox, Profile=profile)) as found:
            assert_database_password(found, "IAM:alice")
            assert found.plugin == "Profile"
            # The last role of a chain.
            assert found.role_arn == {
                "sandbox-role": sandbox.info["roles"]["sandbox-role"],
                "sandbox-web-identity": sandbox.info["roles"]["sandbox-role"],
                "sandbox-second-role": sandbox.info["roles"]["sandbox-second-role"],
                "sandbox-partner": sandbox.info["roles"]["sandbox-partner"],
            }.get(profile)
        assert sandbox.calls() == [*calls, "GetClusterCredentials"]

    def test_instance_metadata_as_the_source_of_a_role(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.info["imds_url"])
        with rs_auth.login(self.dsn(sandbox, Profile="sandbox-from-instance")) as found:
            assert_database_password(found, "IAM:alice")
        assert [record.service for record in sandbox.requests()][-2:] == ["sts", "redshift"]

    def test_unknown_profile(self, sandbox: Sandbox) -> None:
        with pytest.raises(AuthError) as caught:
            rs_auth.login(self.dsn(sandbox, Profile="nowhere"))
        assert caught.value.status is Status.PROFILE_NOT_FOUND
        assert "nowhere" in caught.value.message
        assert sandbox.calls() == []


@pytest.mark.parametrize("asked", [{"InstanceProfile": "1"}, {"AuthType": "InstanceProfile"}], ids=str)
def test_instance_profile(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]) -> None:
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.info["imds_url"])
    dsn = {"Host": sandbox.cluster["host"], "DbUser": "alice", **sandbox.endpoints(), **asked}
    with rs_auth.login(dsn) as found:
        assert_database_password(found, "IAM:alice")
        assert found.plugin == "InstanceProfile"
    services = {record.service for record in sandbox.requests()}
    assert services == {"imds", "redshift"}


def test_container_credentials(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", sandbox.info["container_url"])
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", sandbox.info["container_token"])
    dsn = {"IAM": "1", "Host": sandbox.cluster["host"], "DbUser": "alice", **sandbox.endpoints()}
    with rs_auth.login(dsn) as found:
        assert_database_password(found, "IAM:alice")
        assert found.plugin == "Default"


@pytest.mark.parametrize("plugin", ["Static", "static", "STATIC"])
def test_a_named_method_wins_over_the_dsn(sandbox: Sandbox, plugin: str) -> None:
    with rs_auth.login(sandbox.dsn(AuthType="Profile", Profile="nowhere"), plugin=plugin) as found:
        assert found.plugin == "Static"
    # The control: what the DSN says by itself.
    with pytest.raises(AuthError):
        rs_auth.login(sandbox.dsn(AuthType="Profile", Profile="nowhere"))


def test_a_method_that_nobody_knows(sandbox: Sandbox) -> None:
    with pytest.raises(AuthError) as caught:
        rs_auth.login(sandbox.dsn(), plugin="Okat")
    assert caught.value.status is Status.UNKNOWN_PLUGIN
    assert "Okta" in str(caught.value)


def test_a_dsn_as_pairs_and_with_python_values(sandbox: Sandbox) -> None:
    dsn: list[tuple[str, DsnValue]] = [*sandbox.dsn(DbUser="nobody").items()]
    dsn += [("DbUser", "alice"), ("Port", 5441), ("AutoCreate", True), ("PWD", None)]
    with rs_auth.login(dsn) as found:
        assert found.user == "IAMA:alice"
        assert found.port == 5441


class TestConnectionStrings:
    """One string in place of keys and values."""

    def test_odbc(self, sandbox: Sandbox) -> None:
        text = ";".join(f"{key}={{{value}}}" for key, value in sandbox.dsn().items())
        with rs_auth.login(text) as found:
            assert_database_password(found, "IAM:alice")
        with rs_auth.login(text, plugin="Static", cache=CachePolicy.OFF) as found:
            assert_database_password(found, "IAM:alice")

    def test_jdbc(self, sandbox: Sandbox) -> None:
        user = sandbox.key("user")
        url = (
            f"jdbc:redshift:iam://{sandbox.cluster['host']}:5439/dev?DbUser=alice"
            f"&AccessKeyID={user['AccessKeyID']}&SecretAccessKey={user['SecretAccessKey'].replace('+', '%2B')}"
            f"&EndPointUrl={sandbox.url}"
        )
        with rs_auth.login(url) as found:
            assert_database_password(found, "IAM:alice")
            assert found.database == "dev"

    def test_by_name(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ODBCINI", sandbox.info["odbc_ini"])
        with rs_auth.login("DSN=sandbox-keys") as found:
            assert_database_password(found, "IAM:alice")
        with rs_auth.aws_credentials("DSN=sandbox-session") as found:
            assert found.aws_access_key_id == sandbox.key("session")["AccessKeyID"]

    @pytest.mark.parametrize(
        "name",
        [
            "sandbox-keys",
            "sandbox-session",
            "sandbox-groups",
            "sandbox-group-federation",
            "sandbox-serverless",
            "sandbox-custom-domain",
            "sandbox-serverless-domain",
            "sandbox-discover",
            "sandbox-auth-profile",
            "sandbox-tls",
            "sandbox-proxy",
        ],
    )
    def test_every_dsn_of_the_sandbox(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv("ODBCINI", sandbox.info["odbc_ini"])
        with rs_auth.login(f"DSN={name}") as found:
            assert found.kind is Kind.DB_PASSWORD
            assert found.user is not None and found.user.startswith(("IAM:", "IAMA:", "IAMR:"))


def test_aws_credentials(sandbox: Sandbox) -> None:
    with rs_auth.aws_credentials(sandbox.dsn()) as keys:
        assert keys.kind is Kind.AWS_KEYS
        assert (keys.user, keys.password) == (None, None)
        assert keys.aws_secret_access_key == sandbox.key("user")["SecretAccessKey"]
        assert keys.expires_at is None
        assert keys.odbc_keywords() == {}
        assert keys.connection_string(Dialect.LIBPQ) is None
    assert sandbox.calls() == []


def test_the_cache_and_its_policies(sandbox: Sandbox) -> None:
    def password(**options: Any) -> tuple[str | None, bool]:
        with rs_auth.login(sandbox.dsn(), **options) as found:
            return found.password, found.from_cache

    first, from_cache = password()
    assert not from_cache
    assert password() == (first, True)
    assert password(cache=CachePolicy.MEMORY) == (first, True)
    other, from_cache = password(cache=CachePolicy.OFF)
    assert other != first and not from_cache
    assert password() == (first, True)
    scoped, from_cache = password(cache_scope="another end user")
    assert scoped != first and not from_cache
    refreshed, from_cache = password(cache=CachePolicy.REFRESH)
    assert refreshed != first and not from_cache
    assert password() == (refreshed, True)
    rs_auth.forget(sandbox.dsn())
    forgotten, from_cache = password()
    assert forgotten != refreshed and not from_cache
    rs_auth.forget_all()
    assert not password()[1]
    assert not password(cache_scope="another end user")[1]


def test_accepted_kinds(sandbox: Sandbox) -> None:
    with rs_auth.login(sandbox.dsn(), accepted_kinds=[Kind.DB_PASSWORD]) as found:
        assert found.kind is Kind.DB_PASSWORD
    sandbox.reset(sandbox.world())
    with pytest.raises(AuthError) as caught:
        rs_auth.login(sandbox.dsn(), accepted_kinds={Kind.NATIVE_TOKEN})
    assert caught.value.status is Status.INVALID_SETTING
    assert sandbox.calls() == []
    with pytest.raises(AuthError) as caught:
        rs_auth.login(sandbox.dsn(), accepted_kinds=[])
    assert caught.value.status is Status.INVALID_ARGUMENT


def test_the_result_as_connection_strings(sandbox: Sandbox) -> None:
    with rs_auth.login(sandbox.dsn()) as found:
        password = found.password or ""
        keywords = found.odbc_keywords()
        assert keywords["UID"] == "IAM:alice"
        assert keywords["PWD"] == password
        assert keywords["Server"] == sandbox.cluster["host"]
        assert keywords["Port"] == "5439"
        assert keywords["SSLMode"] == "verify-ca"
        for dialect in Dialect:
            text = found.connection_string(dialect)
            assert text is not None and sandbox.cluster["host"] in text
        merged = rs_auth.merge({**sandbox.dsn(), "ApplicationName": "tests"}, found)
        pairs = dict(rs_auth.parse_connection_string(merged))
        assert pairs["PWD"] == password
        assert pairs["ApplicationName"] == "tests"
        assert not {"AccessKeyID", "SecretAccessKey", "EndPointUrl", "DbUser"} & set(pairs)


def test_options_object(sandbox: Sandbox) -> None:
    lines: list[str] = []
    options = rs_auth.Options(
        log=lambda _level, _target, message: lines.append(message),
        host_keys=["MyDriversOwnKey"],
        cache=CachePolicy.OFF,
    )
    rs_auth.login(sandbox.dsn(MyDriversOwnKey="1"), options=options).close()
    assert not any("MyDriversOwnKey" in line for line in lines)
    # The control, and a keyword that wins over the object.
    rs_auth.login(sandbox.dsn(MyDriversOwnKey="1"), cache=CachePolicy.OFF, log=options.log).close()
    assert any("MyDriversOwnKey" in line for line in lines)


def test_logging_goes_to_the_rs_auth_logger(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="rs_auth"):
        rs_auth.login(sandbox.dsn(Misspelt="1")).close()
    assert any("Misspelt" in record.getMessage() for record in caplog.records)
    assert {record.name for record in caplog.records} == {"rs_auth"}
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    caplog.clear()
    with caplog.at_level(1, logger="rs_auth"):
        rs_auth.login(sandbox.dsn(Misspelt="1"), cache=CachePolicy.OFF).close()
    assert min(record.levelno for record in caplog.records) < logging.WARNING


def test_login_is_wanted_or_not(sandbox: Sandbox) -> None:
    assert rs_auth.wants_login(sandbox.dsn())
    assert rs_auth.wants_login("IAM=1;Host=h")
    assert not rs_auth.wants_login({"Host": "h", "UID": "u", "PWD": "p"})
    assert not rs_auth.wants_login({})


def test_names_and_versions() -> None:
    assert rs_auth.abi_version() == 1
    assert rs_auth.version().startswith("1.")
    names = rs_auth.plugins()
    assert {"Static", "Profile", "InstanceProfile", "Default"} <= set(names)
    assert len(names) == len({name.lower() for name in names})
    json.dumps(rs_auth.catalogue())
    rs_auth.init()
    rs_auth.init()
