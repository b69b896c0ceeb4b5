"""Logins against an AWS nobody here wrote: moto, which verifies SigV4 signatures, session tokens and IAM policies."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

import rs_auth
from rs_auth import AuthError, CachePolicy, Credentials, Kind, Status

from .moto_server import CLUSTER_PORT, Key, MotoServer, role_arn

pytestmark = pytest.mark.usefixtures("no_cache")


def config_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)


def profile_of(key: Key) -> str:
    return f"aws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"


def assert_logged_in(found: Credentials, moto: MotoServer) -> None:
    assert found.kind is Kind.DB_PASSWORD
    assert found.user == "IAM:alice"
    assert found.password is not None and len(found.password) == 32  # as moto makes them
    assert (found.host, found.port) == (moto.host, CLUSTER_PORT)
    assert found.database == "dev"
    assert not found.from_cache


def refusal(dsn: dict[str, str]) -> AuthError:
    with pytest.raises(AuthError) as caught:
        rs_auth.login(dsn)
    return caught.value


def test_static_keys(moto: MotoServer) -> None:
    with rs_auth.login({**moto.dsn(), **moto.tester.dsn()}) as found:
        assert_logged_in(found, moto)
        assert found.aws_access_key_id == moto.tester.id
        assert found.plugin == "Static"


def test_session_token(moto: MotoServer) -> None:
    with rs_auth.login({**moto.dsn(), **moto.session.dsn()}) as found:
        assert_logged_in(found, moto)
        assert found.aws_session_token == moto.session.token


def test_auto_create(moto: MotoServer) -> None:
    with rs_auth.login({**moto.dsn(AutoCreate="1"), **moto.tester.dsn()}) as found:
        assert found.user == "IAMA:alice"


def test_the_discovered_port_wins_over_a_default_that_a_driver_filled_in(moto: MotoServer) -> None:
    with rs_auth.login({**moto.dsn(Port="5439"), **moto.tester.dsn()}) as found:
        assert (found.host, found.port) == (moto.host, CLUSTER_PORT)


def test_a_given_host_stays(moto: MotoServer) -> None:
    host = "elsewhere.abc.us-east-1.redshift.amazonaws.com"
    with rs_auth.login({**moto.dsn(Host=host, Port="5441"), **moto.tester.dsn()}) as found:
        assert (found.host, found.port) == (host, 5441)


def test_a_profile_that_assumes_a_role_with_its_source_profile(moto: MotoServer, tmp_path: Path) -> None:
    config_file(
        tmp_path,
        f"[profile base]\n{profile_of(moto.tester)}"
        f"[profile analyst]\nrole_arn = {role_arn('analyst')}\nsource_profile = base\n",
    )
    with rs_auth.login(moto.dsn(Profile="analyst")) as found:
        assert_logged_in(found, moto)
        assert found.role_arn == role_arn("analyst")
        assert found.aws_access_key_id is not None and found.aws_access_key_id.startswith("ASIA")
        assert found.plugin == "Profile"


def test_a_profile_that_chains_two_roles(moto: MotoServer, tmp_path: Path) -> None:
    config_file(
        tmp_path,
        f"[profile base]\n{profile_of(moto.tester)}"
        f"[profile first]\nrole_arn = {role_arn('analyst')}\nsource_profile = base\n"
        f"[profile last]\nrole_arn = {role_arn('second')}\nsource_profile = first\n",
    )
    with rs_auth.login(moto.dsn(Profile="last")) as found:
        assert_logged_in(found, moto)
        assert found.role_arn == role_arn("second")


def test_a_source_profile_with_a_wrong_secret_is_refused_by_sts(moto: MotoServer, tmp_path: Path) -> None:
    config_file(
        tmp_path,
        f"[profile base]\n{profile_of(Key(moto.tester.id, 'wrong'))}"
        f"[profile analyst]\nrole_arn = {role_arn('analyst')}\nsource_profile = base\n",
    )
    error = refusal(moto.dsn(Profile="analyst"))
    assert (error.status, error.service_code) == (Status.ACCESS_DENIED, "SignatureDoesNotMatch")
    assert error.stage in ("aws", "sts")


@pytest.mark.parametrize("plugin", [None, "Profile"])
def test_a_profile_with_a_credential_process(moto: MotoServer, tmp_path: Path, plugin: str | None) -> None:
    answer = {"Version": 1, "AccessKeyId": moto.tester.id, "SecretAccessKey": moto.tester.secret}
    program = tmp_path / "keys"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(answer)}\nEND\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    config_file(tmp_path, f"[profile process]\ncredential_process = {program}\n")
    with rs_auth.login(moto.dsn(Profile="process"), plugin=plugin) as found:
        assert_logged_in(found, moto)
        assert found.aws_access_key_id == moto.tester.id


def test_a_credential_process_that_fails(moto: MotoServer, tmp_path: Path) -> None:
    config_file(tmp_path, "[profile process]\ncredential_process = /bin/false\n")
    error = refusal(moto.dsn(Profile="process"))
    assert error.status is Status.NO_AWS_CREDENTIALS
    assert "credential_process" in error.message


def test_the_default_chain_takes_the_environment(moto: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", moto.session.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", moto.session.secret)
    monkeypatch.setenv("AWS_SESSION_TOKEN", moto.session.token or "")
    with rs_auth.login(moto.dsn(IAM="1")) as found:
        assert_logged_in(found, moto)
        assert found.aws_access_key_id == moto.session.id
        assert found.plugin == "Default"


def test_the_default_chain_takes_the_default_profile(moto: MotoServer, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(f"[default]\n{profile_of(moto.tester)}")
    with rs_auth.login(moto.dsn(), plugin="Default") as found:
        assert_logged_in(found, moto)
        assert found.aws_access_key_id == moto.tester.id


def test_the_default_chain_without_anything_names_what_it_tried(moto: MotoServer) -> None:
    error = refusal(moto.dsn(IAM="1"))
    assert error.status is Status.NO_AWS_CREDENTIALS
    assert "AWS_ACCESS_KEY_ID" in error.message


@pytest.mark.parametrize(
    "asked", [{"InstanceProfile": "1"}, {"AuthType": "InstanceProfile"}, {"AuthType": "Default"}], ids=str
)
def test_the_instance_profile_of_motos_metadata_service(
    open_moto: MotoServer, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", open_moto.url)
    with rs_auth.login({**open_moto.dsn(), **asked}) as found:
        assert_logged_in(found, open_moto)
        # What moto's metadata service hands out.
        assert found.aws_access_key_id == "test-key"
        assert found.aws_session_token == "test-session-token"


def test_the_keys_of_motos_metadata_service_are_known_to_no_iam(
    moto: MotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: against the server that checks, the same keys are refused."""
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", moto.url)
    error = refusal(moto.dsn(InstanceProfile="1"))
    assert (error.status, error.service_code) == (Status.ACCESS_DENIED, "InvalidClientTokenId")


def test_a_wrong_secret(moto: MotoServer) -> None:
    error = refusal({**moto.dsn(), **Key(moto.tester.id, "not the secret").dsn()})
    assert (error.status, error.service_code) == (Status.ACCESS_DENIED, "SignatureDoesNotMatch")
    assert (error.sqlstate, error.stage, error.http_status) == ("28000", "redshift", 403)


def test_an_unknown_key(moto: MotoServer) -> None:
    error = refusal({**moto.dsn(), **Key("AKIAUNKNOWN000000000", moto.tester.secret).dsn()})
    assert (error.status, error.service_code) == (Status.ACCESS_DENIED, "InvalidClientTokenId")


def test_an_unknown_session_token(moto: MotoServer) -> None:
    error = refusal({**moto.dsn(), **Key(moto.session.id, moto.session.secret, "another token").dsn()})
    assert (error.status, error.service_code) == (Status.ACCESS_DENIED, "InvalidClientTokenId")


def test_a_session_key_without_its_token(moto: MotoServer) -> None:
    error = refusal({**moto.dsn(), **Key(moto.session.id, moto.session.secret).dsn()})
    assert (error.status, error.service_code) == (Status.ACCESS_DENIED, "InvalidClientTokenId")


def test_a_user_who_may_not(moto: MotoServer) -> None:
    error = refusal({**moto.dsn(), **moto.reader.dsn()})
    assert (error.status, error.service_code) == (Status.ACCESS_DENIED, "AccessDenied")
    assert "GetClusterCredentials" in error.message
    assert not error.retryable


def test_an_unknown_cluster(moto: MotoServer) -> None:
    error = refusal({**moto.dsn(ClusterId="nowhere"), **moto.tester.dsn()})
    assert (error.status, error.service_code) == (Status.NOT_FOUND, "ClusterNotFound")
    assert "nowhere" in error.message


def test_aws_credentials_stop_before_redshift(moto: MotoServer, tmp_path: Path) -> None:
    config_file(
        tmp_path,
        f"[profile base]\n{profile_of(moto.tester)}"
        f"[profile analyst]\nrole_arn = {role_arn('analyst')}\nsource_profile = base\n",
    )
    with rs_auth.aws_credentials(moto.dsn(Profile="analyst", ClusterId="nowhere")) as keys:
        assert keys.kind is Kind.AWS_KEYS
        assert keys.user is None and keys.password is None
        given = Key(keys.aws_access_key_id or "", keys.aws_secret_access_key or "", keys.aws_session_token)
    with rs_auth.login({**moto.dsn(), **given.dsn()}) as found:
        assert_logged_in(found, moto)


def test_the_memory_cache_spares_the_calls(moto: MotoServer) -> None:
    dsn = {**moto.dsn(), **moto.tester.dsn()}
    with rs_auth.login(dsn) as first, rs_auth.login(dsn) as second, rs_auth.login(dsn, cache=CachePolicy.OFF) as third:
        assert (first.from_cache, second.from_cache, third.from_cache) == (False, True, False)
        assert first.password == second.password != third.password  # moto makes a new one for each call
