"""IAM Identity Center: one sign-in for the AWS SDK for Python, the AWS CLI and us; and the official driver in the sandbox."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from hashlib import sha1
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.tokens import SSOTokenProvider
from botocore.utils import JSONFileCache
from redshift_connector.error import InterfaceError
from redshift_connector.iam_helper import IamHelper
from redshift_connector.redshift_property import RedshiftProperty

import rs_auth
from rs_auth import AuthError, Credentials, Event, EventKind, EventReply, Status

from .sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("no_cache")

ACCOUNT = "123456789012"
PASSWORD = "Sandbox-Passw0rd"
BROWSER = Path(__file__).with_name("scripted_browser.py")
#: As the AWS CLI names it.
FILE_NAME = sha1(b"corp").hexdigest() + ".json"


@pytest.fixture(autouse=True)
def aws(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile `p` of the session `corp`, for everybody; alice approves every device."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.url)
    # botocore finds its cache when it is imported.
    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(cache(tmp_path)))
    (tmp_path / "config").write_text(
        f"[profile p]\nregion = us-east-1\nsso_session = corp\nsso_account_id = {ACCOUNT}\nsso_role_name = Analyst\n"
        f"[sso-session corp]\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\n"
        f"sso_start_url = {sandbox.info['identity_center']['start_url']}\n"
    )
    approve(sandbox)


def approve(sandbox: Sandbox, **changes: Any) -> None:
    sandbox.change_world(identity_center={"device": {"person": "alice"}, **changes})


def cache(home: Path) -> Path:
    return home / ".aws/sso/cache"


def stored(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((cache(home) / FILE_NAME).read_text())
    return found


def handled(event: Event) -> EventReply:
    """Shows codes and no pages."""
    return EventReply.HANDLED if event.kind is EventKind.DEVICE_CODE else EventReply.USE_DEFAULT


def log_in(
    sandbox: Sandbox, on_event: Callable[[Event], EventReply] | None = None, **changes: str
) -> Credentials:
    dsn = sandbox.dsn(Profile="p", **changes)
    del dsn["AccessKeyID"], dsn["SecretAccessKey"]
    return rs_auth.login(dsn, on_event=on_event)


def token_of_botocore() -> str:
    """What the AWS SDK for Python finds, renewed if need be."""
    provider = SSOTokenProvider(botocore.session.Session(profile="p"))
    token: str = provider.load_token().get_frozen_token().token
    return token


def age(home: Path) -> None:
    """Has the stored token end now, for who reads the file."""
    members = {**stored(home), "expiresAt": "2020-01-01T00:00:00Z"}
    (cache(home) / FILE_NAME).write_text(json.dumps(members))


class TestShared:
    """The token cache."""

    def test_botocore_uses_our_sign_in(self, sandbox: Sandbox, tmp_path: Path) -> None:
        events: list[Event] = []

        def on_event(event: Event) -> EventReply:
            events.append(event)
            return handled(event)

        with log_in(sandbox, on_event) as found:
            assert found.user == "IAM:alice"
        assert [event.kind for event in events] == [EventKind.OPEN_URL, EventKind.DEVICE_CODE]
        assert events[1].code and events[1].url and events[1].code in events[1].url
        assert stat.S_IMODE((cache(tmp_path) / FILE_NAME).stat().st_mode) == 0o600
        assert token_of_botocore() == stored(tmp_path)["accessToken"]
        keys = botocore.session.Session(profile="p").get_credentials().get_frozen_credentials()
        assert keys.access_key.startswith("ASIA")
        assert sandbox.calls()[-1] == "GetRoleCredentials"

    def test_botocore_uses_and_renews_our_sign_in_in_the_browser(
        self, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SANDBOX_URL", sandbox.info["https_url"])
        monkeypatch.setenv("SANDBOX_CA_FILE", sandbox.info["ca_file"])
        monkeypatch.setenv("SANDBOX_USER", "alice")
        monkeypatch.setenv("SANDBOX_PASSWORD", PASSWORD)
        browser = f"{sys.executable} {BROWSER} %s"
        with log_in(sandbox, browser_command=browser) as found:
            assert found.user == "IAM:alice"
        assert sandbox.calls()[:4] == ["RegisterClient", "Authorize", "SignIn", "CreateToken"]
        ours = stored(tmp_path)
        assert token_of_botocore() == ours["accessToken"]
        age(tmp_path)
        assert token_of_botocore() == stored(tmp_path)["accessToken"] != ours["accessToken"]
        assert stored(tmp_path).keys() == ours.keys()
        # The registration serves the next sign-in.
        (cache(tmp_path) / FILE_NAME).unlink()
        rs_auth.forget_all()
        calls = len(sandbox.calls())
        log_in(sandbox, browser_command=browser).close()
        assert sandbox.calls()[calls : calls + 3] == ["Authorize", "SignIn", "CreateToken"]

    def test_botocore_renews_our_sign_in_and_we_its_renewal(self, sandbox: Sandbox, tmp_path: Path) -> None:
        log_in(sandbox, handled).close()
        for renew in (token_of_botocore, lambda: log_in(sandbox).close()) * 2:
            before = stored(tmp_path)
            age(tmp_path)
            rs_auth.forget_all()
            calls = len(sandbox.calls())
            renew()
            assert sandbox.calls()[calls] == "CreateToken"
            after = stored(tmp_path)
            assert set(after) == set(before)
            for name in ("startUrl", "region", "clientId", "clientSecret", "registrationExpiresAt"):
                assert after[name] == before[name]
            assert after["accessToken"] != before["accessToken"]
            assert after["refreshToken"] != before["refreshToken"]
            assert datetime.fromisoformat(after["expiresAt"].replace("Z", "+00:00")) > datetime.now(timezone.utc)

    def test_our_file_is_the_one_that_botocore_would_write(self, sandbox: Sandbox, tmp_path: Path) -> None:
        log_in(sandbox, handled).close()
        ours = stored(tmp_path)
        age(tmp_path)
        token_of_botocore()
        theirs = stored(tmp_path)
        assert {name: type(value) for name, value in ours.items()} == {n: type(v) for n, v in theirs.items()}
        assert len(ours["expiresAt"]) == len(theirs["expiresAt"]) == len("2026-01-01T00:00:00Z")

    def test_a_time_as_older_versions_of_botocore_wrote_it(self, sandbox: Sandbox, tmp_path: Path) -> None:
        log_in(sandbox, handled).close()
        rs_auth.forget_all()
        files = JSONFileCache(str(cache(tmp_path)))
        # As it writes times of itself: UTC and no Z.
        members = {**stored(tmp_path), "expiresAt": datetime.now(timezone.utc) + timedelta(hours=1)}
        files[FILE_NAME.removesuffix(".json")] = members
        assert stored(tmp_path)["expiresAt"].endswith("UTC")
        calls = len(sandbox.calls())
        log_in(sandbox).close()
        assert sandbox.calls()[calls:] == ["GetRoleCredentials", "GetClusterCredentials"]

    def test_nobody_is_asked_without_a_callback(self, sandbox: Sandbox) -> None:
        with pytest.raises(AuthError) as caught:
            log_in(sandbox)
        assert caught.value.status is Status.NO_AWS_CREDENTIALS
        assert caught.value.hint == "run `aws sso login --profile p`"
        assert not sandbox.requests()


#: The system's. One that comes earlier in PATH may be of version 1, which cannot sign in.
AWS = "/usr/bin/aws"


class TestCli:
    """The AWS CLI, version 2 (Debian: awscli). It goes through the sandbox's proxy: not every version lets `sso login` go
    to another endpoint."""

    @staticmethod
    def aws(sandbox: Sandbox, *arguments: str) -> str:
        names = ("HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED")
        proxy = sandbox.info["proxy"]
        environment = {
            **{name: os.environ[name] for name in names},
            "PATH": "/usr/bin:/bin",
            "HTTPS_PROXY": f"http://{proxy['user']}:{proxy['password']}@{proxy['host']}:{proxy['port']}",
            "AWS_CA_BUNDLE": sandbox.info["ca_file"],
        }
        command = [AWS, *arguments, "--profile", "p"]
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def test_we_use_its_sign_in(self, sandbox: Sandbox, tmp_path: Path) -> None:
        assert "Successfully logged into" in self.aws(sandbox, "sso", "login", "--no-browser")
        theirs = stored(tmp_path)
        calls = len(sandbox.calls())
        log_in(sandbox).close()
        assert sandbox.calls()[calls:] == ["GetRoleCredentials", "GetClusterCredentials"]
        # And have it renewed, with all that it wrote.
        age(tmp_path)
        rs_auth.forget_all()
        log_in(sandbox).close()
        assert stored(tmp_path).keys() == theirs.keys()
        assert stored(tmp_path)["refreshToken"] != theirs["refreshToken"]

    def test_it_uses_our_sign_in(self, sandbox: Sandbox, tmp_path: Path) -> None:
        log_in(sandbox, handled).close()
        ours = stored(tmp_path)
        identity = json.loads(self.aws(sandbox, "sts", "get-caller-identity"))
        assert identity["Arn"].endswith("_Analyst_0123456789abcdef/alice")
        assert stored(tmp_path) == ours
        self.aws(sandbox, "sso", "login", "--no-browser")
        assert stored(tmp_path).keys() == ours.keys()

    def test_its_logout_is_ours(self, sandbox: Sandbox, tmp_path: Path) -> None:
        log_in(sandbox, handled).close()
        age(tmp_path)
        rs_auth.forget_all()
        log_in(sandbox).close()
        self.aws(sandbox, "sso", "logout")
        left = [name for name in cache(tmp_path).iterdir() if name.suffix != ".lock"]
        # A registration: it is nobody's sign-in.
        assert ["accessToken" in json.loads(name.read_text()) for name in left] == [False]
        rs_auth.forget_all()
        with pytest.raises(AuthError, match="there is no token in"):
            log_in(sandbox)


class TestOfficialDriver:
    """BrowserIdcAuthPlugin of redshift_connector."""

    @pytest.fixture(autouse=True)
    def browser(self, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
        IamHelper.credentials_cache.clear()
        monkeypatch.setenv("SANDBOX_URL", sandbox.info["https_url"])
        monkeypatch.setenv("SANDBOX_CA_FILE", sandbox.info["ca_file"])
        monkeypatch.setenv("SANDBOX_USER", "alice")
        monkeypatch.setenv("SANDBOX_PASSWORD", PASSWORD)
        # `webbrowser` reads BROWSER once in a process.
        monkeypatch.setattr("webbrowser.open", lambda url: bool(subprocess.Popen([sys.executable, str(BROWSER), url])))

    @staticmethod
    def log_in(sandbox: Sandbox, **changes: Any) -> str | None:
        """What `redshift_connector.connect` does before it opens a socket."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        info = RedshiftProperty()
        given = {
            "ssl": True,
            "sslmode": "verify-ca",
            "iam": False,
            "credentials_provider": "BrowserIdcAuthPlugin",
            "issuer_url": sandbox.info["identity_center"]["start_url"],
            "idc_region": "us-east-1",
            "idc_client_display_name": "driver",
            "listen_port": port,
            "idp_response_timeout": 10,
            "host": sandbox.cluster["host"],
            "port": 5439,
            "db_name": "dev",
            **changes,
        }
        for name, value in given.items():
            info.put(name, value)
        IamHelper.set_iam_properties(info)
        token: str | None = info.web_identity_token
        return token

    def test_signs_in(self, sandbox: Sandbox) -> None:
        token = self.log_in(sandbox)
        assert sandbox.calls() == ["RegisterClient", "Authorize", "SignIn", "CreateToken"]
        (issued,) = sandbox.world()["identity_center"]["tokens"]
        assert (token, issued["person"]) == (issued["access_token"], "alice")
        register, _, _, create = sandbox.requests()
        assert register.service == "sso-oidc" and register.signed_by is None
        assert register.parameters["scopes"] == '["redshift:connect"]'
        assert create.parameters["grantType"] == "authorization_code"

    def test_polls_while_it_is_pending(self, sandbox: Sandbox) -> None:
        pending = {"error": {"code": "AuthorizationPendingException", "message": "x", "status": 400}}
        sandbox.fault(pending, operation="CreateToken", times=2)
        assert self.log_in(sandbox)
        assert sandbox.calls().count("CreateToken") == 3

    @pytest.mark.parametrize(
        ("changes", "operation"),
        [({"issuer_url": "https://other.awsapps.com/start"}, "RegisterClient")],
        ids=str,
    )
    def test_is_refused(self, sandbox: Sandbox, changes: dict[str, Any], operation: str) -> None:
        with pytest.raises(InterfaceError):
            self.log_in(sandbox, **changes)
        (call,) = sandbox.requests()
        assert (call.operation, call.status) == (operation, 400)

    def test_the_code_is_bound_to_its_verifier(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        name = "redshift_connector.plugin.browser_idc_auth_plugin.BrowserIdcAuthPlugin.generate_code_challenge"
        monkeypatch.setattr(name, lambda self, verifier: "x" * 43)
        with pytest.raises(InterfaceError, match="fetching access token"):
            self.log_in(sandbox)
        assert sandbox.requests()[-1].status == 400
