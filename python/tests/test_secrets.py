"""Planted secrets come out where they belong, and nowhere else."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import pytest

import rs_auth
from rs_auth import AuthError, CachePolicy, LogLevel, Options

from .sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("no_cache")

PASSWORD = "canary-database-password-6f1e9a"


class Leaks:
    """Everything that a program could write into a log file."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def log(self, _level: LogLevel, target: str, message: str) -> None:
        self.text.append(f"{target} {message}")

    def of(self, dsn: Any, **options: Any) -> str:
        """All text of one login. What the DSN itself holds is in the caller's hands: no locals of tracebacks."""
        behaviour = Options(log=self.log, log_level=LogLevel.TRACE, cache=CachePolicy.OFF, timeout=10)
        try:
            with rs_auth.login(dsn, options=behaviour, **options) as found:
                self.text += [repr(found), str(found)]
        except AuthError as error:
            self.text += [str(error), repr(error), repr(vars(error))]
            self.text += traceback.format_exception_only(type(error), error)
        return "\n".join(self.text)


@pytest.fixture
def leaks() -> Leaks:
    return Leaks()


def secrets_of(sandbox: Sandbox) -> Iterator[str]:
    for key in sandbox.info["keys"].values():
        yield key["secret_access_key"]
        if key["session_token"]:
            yield key["session_token"]
    yield sandbox.info["proxy"]["password"]
    yield PASSWORD


@pytest.mark.parametrize(
    "action",
    [
        None,
        "reset",
        "garbage",
        "truncate",
        "not_http",
        {"error": {"code": "AccessDenied", "message": "no", "status": 403}},
        {"respond": {"status": 200, "body": "<html>" + PASSWORD + "</html>"}},
        {"respond": {"status": 400, "body": PASSWORD}},
    ],
    ids=lambda action: str(action)[:40],
)
@pytest.mark.parametrize("key", ["user", "session", "expired"])
def test_no_secret_in_log_or_error(sandbox: Sandbox, leaks: Leaks, key: str, action: Any) -> None:
    sandbox.change_world(database_password=PASSWORD)
    if action is not None:
        sandbox.fault(action, operation="GetClusterCredentials", times=0)
    text = leaks.of(sandbox.dsn(**sandbox.key(key)))
    assert any(line.startswith("http POST") for line in leaks.text)  # the request was logged
    for secret in secrets_of(sandbox):
        assert secret not in text
    if action is None and key != "expired":
        with rs_auth.login(sandbox.dsn(**sandbox.key(key))) as found:
            assert found.password == PASSWORD  # the control: the canary was there


def test_no_secret_of_a_role_or_a_process(sandbox: Sandbox, leaks: Leaks, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.change_world(database_password=PASSWORD)
    monkeypatch.setenv("AWS_CONFIG_FILE", sandbox.info["aws_config"])
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", sandbox.info["aws_credentials"])
    for profile in ("sandbox-second-role", "sandbox-process", "sandbox-web-identity", "sandbox-partner"):
        dsn = {"Host": sandbox.cluster["host"], "DbUser": "alice", "Profile": profile, **sandbox.endpoints()}
        text = leaks.of(dsn)
        assert "AuthError" not in text
        with rs_auth.aws_credentials(dsn) as keys:
            issued = [keys.aws_secret_access_key, keys.aws_session_token]
        for secret in [*secrets_of(sandbox), *issued, sandbox.info["web_identity_token"]]:
            if secret:
                assert secret not in text


def test_no_secret_of_a_proxy(sandbox: Sandbox, leaks: Leaks) -> None:
    proxy = sandbox.info["proxy"]
    dsn = sandbox.dsn(
        https_proxy_host=proxy["host"],
        https_proxy_port=str(proxy["port"]),
        https_proxy_username=proxy["user"],
        https_proxy_password="canary-proxy-password-1c",
    )
    assert "canary-proxy-password-1c" not in leaks.of(dsn)


def test_no_secret_of_a_malformed_string(leaks: Leaks) -> None:
    for text in ("Host=h;PWD={canary-pwd-77", "PWD=canary-pwd-77;nonsense", "canary-pwd-77"):
        assert "canary-pwd-77" not in leaks.of(text)
