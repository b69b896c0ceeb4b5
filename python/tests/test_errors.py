"""What goes wrong is told, with its status, and without secrets."""

from __future__ import annotations

import pickle
import time
from typing import Any

import pytest

import rs_auth
from rs_auth import AuthError, CancelToken, Kind, LogLevel, Status

from .sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("no_cache")


def refusal(dsn: Any, **options: Any) -> AuthError:
    with pytest.raises(AuthError) as caught:
        rs_auth.login(dsn, **options)
    return caught.value


@pytest.mark.parametrize(
    ("setting", "status", "named"),
    [
        ({"Port": "70000"}, Status.INVALID_SETTING, "Port"),
        ({"AutoCreate": "maybe"}, Status.INVALID_SETTING, "AutoCreate"),
        ({"IAMDuration": "10"}, Status.INVALID_SETTING, "IAMDuration"),
        ({"SSLMode": "disable"}, Status.INVALID_SETTING, "SSLMode"),
        ({"AuthType": "Magic"}, Status.INVALID_SETTING, "AuthType"),
        ({"EndPointUrl": "http://elsewhere.example.com"}, Status.INVALID_SETTING, "EndPointUrl"),
        ({"plugin_name": "NoSuchPlugin"}, Status.UNKNOWN_PLUGIN, "NoSuchPlugin"),
        ({"SecretAccessKey": ""}, Status.MISSING_SETTING, "SecretAccessKey"),
        ({"DbUser": ""}, Status.MISSING_SETTING, "DbUser"),
        ({"Host": "", "Region": "us-east-1"}, Status.MISSING_SETTING, "ClusterId"),
        ({"Profile": "nowhere", "AccessKeyID": "", "SecretAccessKey": ""}, Status.PROFILE_NOT_FOUND, "nowhere"),
    ],
    ids=lambda value: str(value),
)
def test_settings(sandbox: Sandbox, setting: dict[str, str], status: Status, named: str) -> None:
    error = refusal(sandbox.dsn(**setting))
    assert error.status is status
    assert named in error.message
    assert (error.sqlstate, error.stage) == ("HY024", "settings")
    assert sandbox.calls() == []


@pytest.mark.parametrize("text", ["Host", "Host=x;PWD={never closed", "DSN=nowhere", "jdbc:redshift:iam://h/db?a=%zz"])
def test_connection_strings(text: str) -> None:
    for call in (rs_auth.login, rs_auth.parse_connection_string, rs_auth.wants_login):
        with pytest.raises(AuthError) as caught:
            call(text)
        assert caught.value.status in (Status.INVALID_SETTING, Status.PROFILE_NOT_FOUND)


@pytest.mark.parametrize(
    ("key", "changed", "status", "code"),
    [
        ("user", {"SecretAccessKey": "wrong"}, Status.ACCESS_DENIED, "SignatureDoesNotMatch"),
        ("session", {"SessionToken": "wrong"}, Status.ACCESS_DENIED, "InvalidClientTokenId"),
        ("expired", {}, Status.ACCESS_DENIED, "ExpiredToken"),
        ("denied", {}, Status.ACCESS_DENIED, "AccessDenied"),
        ("user", {"Host": "", "ClusterId": "nowhere", "Region": "us-east-1"}, Status.NOT_FOUND, "ClusterNotFound"),
        ("user", {"Host": "nowhere.example.com", "Region": "us-east-1"}, Status.NOT_FOUND, "ClusterNotFound"),
    ],
    ids=lambda value: str(value),
)
def test_refusals_of_the_provisioned_api(
    sandbox: Sandbox, key: str, changed: dict[str, str], status: Status, code: str
) -> None:
    error = refusal(sandbox.dsn(**{**sandbox.key(key), **changed}))
    assert (error.status, error.service_code) == (status, code)
    assert error.stage == "redshift"
    assert error.request_id
    assert error.http_status == (403 if status is Status.ACCESS_DENIED else 404)
    assert error.plugin == "Static"
    assert not error.retryable


@pytest.mark.parametrize(
    ("key", "changed", "status", "code"),
    [
        ("user", {"SecretAccessKey": "wrong"}, Status.ACCESS_DENIED, "InvalidSignatureException"),
        ("expired", {}, Status.ACCESS_DENIED, "ExpiredTokenException"),
        ("denied", {}, Status.ACCESS_DENIED, "AccessDeniedException"),
        ("user", {"Workgroup": "nowhere"}, Status.NOT_FOUND, "ResourceNotFoundException"),
    ],
    ids=lambda value: str(value),
)
def test_refusals_of_the_serverless_api(
    sandbox: Sandbox, key: str, changed: dict[str, str], status: Status, code: str
) -> None:
    error = refusal(sandbox.dsn(**{**sandbox.key(key), "Host": sandbox.workgroup["host"], **changed}))
    assert (error.status, error.service_code) == (status, code)
    assert error.stage == "redshift"


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("reset", Status.NETWORK),
        ("close", Status.NETWORK),
        ("not_http", Status.SERVICE),
        ({"throttle": {"status": 503, "retry_after": 0}}, Status.THROTTLED),
        ({"error": {"code": "InternalFailure", "message": "scripted", "status": 500}}, Status.SERVICE),
        ("garbage", Status.SERVICE),
        ("truncate", Status.NETWORK),
    ],
    ids=lambda value: str(value),
)
def test_faults(sandbox: Sandbox, action: Any, status: Status) -> None:
    sandbox.fault(action, operation="GetClusterCredentials", times=0)
    error = refusal(sandbox.dsn())
    assert error.status is status
    assert error.stage == "redshift"


def test_a_fault_that_passes_is_not_noticed(sandbox: Sandbox) -> None:
    sandbox.fault("reset", operation="GetClusterCredentials")
    sandbox.fault({"throttle": {"status": 503, "retry_after": 0}}, operation="GetClusterCredentials")
    rs_auth.login(sandbox.dsn()).close()
    assert sandbox.calls() == ["GetClusterCredentials"] * 3


def test_no_server(sandbox: Sandbox) -> None:
    error = refusal(sandbox.dsn(EndPointUrl="http://127.0.0.1:1"))
    assert error.status is Status.NETWORK
    assert error.retryable
    assert error.sqlstate == "08001"


def test_an_untrusted_server(sandbox: Sandbox) -> None:
    https = {"EndPointUrl": sandbox.info["https_url"]}
    error = refusal(sandbox.dsn(**https))
    assert error.status is Status.TLS
    rs_auth.login(sandbox.dsn(**https, CaFile=sandbox.info["ca_file"])).close()


def test_a_timeout(sandbox: Sandbox) -> None:
    sandbox.fault("stall", operation="GetClusterCredentials", times=0)
    begun = time.monotonic()
    error = refusal(sandbox.dsn(), timeout=0.4)
    assert error.status is Status.TIMEOUT
    assert (error.sqlstate, error.retryable) == ("HYT00", True)
    assert 0.4 <= time.monotonic() - begun < 2


def test_the_timeout_of_the_dsn(sandbox: Sandbox) -> None:
    sandbox.fault("stall", operation="GetClusterCredentials", times=0)
    begun = time.monotonic()
    assert refusal(sandbox.dsn(LoginTimeout="1")).status is Status.TIMEOUT
    assert 1 <= time.monotonic() - begun < 3


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf")])
def test_impossible_timeouts(sandbox: Sandbox, timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout"):
        rs_auth.login(sandbox.dsn(), timeout=timeout)


def test_a_token_cancelled_before(sandbox: Sandbox) -> None:
    token = CancelToken()
    token.cancel()
    assert token.cancelled
    error = refusal(sandbox.dsn(), cancel=token)
    assert (error.status, error.sqlstate) == (Status.CANCELLED, "HY008")
    assert sandbox.calls() == []
    with CancelToken() as unused:
        rs_auth.login(sandbox.dsn(), cancel=unused).close()


def test_what_is_no_text() -> None:
    with pytest.raises(ValueError, match="the value of PWD"):
        rs_auth.login({"Host": "h", "PWD": "secret\0canary"})
    with pytest.raises(ValueError, match="a DSN key"):
        rs_auth.wants_login({"Ho\0st": "h"})
    with pytest.raises(TypeError, match="the value of Host"):
        rs_auth.wants_login({"Host": b"h"})  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        rs_auth.wants_login({"Host": "\ud800"})


def test_an_error_can_be_pickled_and_read(sandbox: Sandbox) -> None:
    error = refusal(sandbox.dsn(Profile="nowhere", AccessKeyID="", SecretAccessKey=""))
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, AuthError)
    assert copy.__dict__ == error.__dict__
    assert str(copy) == str(error)
    assert str(error).startswith("PROFILE_NOT_FOUND: ")
    assert error.hint is None or str(error).endswith(error.hint)


def test_numbers_of_a_newer_library() -> None:
    newer = Status(4711)
    assert (newer.value, newer.name) == (4711, "UNKNOWN_4711")
    assert newer != Status.OK
    assert LogLevel(9).in_logging == 5
    assert Kind(77).name == "UNKNOWN_77"
    with pytest.raises(ValueError):
        Status("TIMEOUT")  # type: ignore[arg-type]


def test_closed_credentials(sandbox: Sandbox) -> None:
    found = rs_auth.login(sandbox.dsn())
    assert "alice" in repr(found)
    assert (found.password or "") not in repr(found)
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(found)
    found.close()
    found.close()
    assert "closed" in repr(found)
    for read in (lambda: found.user, lambda: found.kind, found.odbc_keywords, lambda: rs_auth.merge({}, found)):
        with pytest.raises(ValueError, match="closed"):
            read()
