"""The program's output as clients of AWS and of PostgreSQL read it, none of which was written here."""

from __future__ import annotations

import json
import shlex
import sys
from datetime import datetime, timezone
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.exceptions import CredentialRetrievalError

from .program import PROGRAM, rs_auth_program, words
from .sandbox import Sandbox


@pytest.fixture
def role(sandbox: Sandbox) -> dict[str, str]:
    """A DSN whose AWS keys are those of a role, which AD FS vouches for."""
    return {
        "plugin_name": "ADFS",
        "idp_host": "127.0.0.1",
        "idp_port": sandbox.info["https_url"].rsplit(":", 1)[1],
        "CaFile": sandbox.info["ca_file"],
        "UID": "alice",
        "PWD": sandbox.info["people"]["alice"]["password"],
        "Host": sandbox.cluster["host"],
        "Database": "dev",
        **sandbox.endpoints(),
    }


def write_profile(path: Path, dsn: dict[str, str]) -> None:
    """~/.aws/config with a profile `warehouse`; the DSN stands in a file, so that no secret is an argument."""
    settings = path / "warehouse"
    settings.write_text("".join(f"{key}={{{value}}}\n" for key, value in dsn.items()))
    (path / "config").write_text(
        f"[profile warehouse]\nregion = us-east-1\ncredential_process = {shlex.quote(PROGRAM)} aws --file {settings}\n"
    )


def test_boto3_takes_the_keys(sandbox: Sandbox, role: dict[str, str], tmp_path: Path) -> None:
    write_profile(tmp_path, role)
    session = boto3.Session(profile_name="warehouse")
    keys = session.get_credentials()
    assert keys is not None and keys.method == "custom-process"
    frozen = keys.get_frozen_credentials()
    assert frozen.access_key.startswith("ASIA") and frozen.token
    answer = session.client("sts", endpoint_url=sandbox.url).get_caller_identity()
    assert ":assumed-role/sandbox-role/" in answer["Arn"]
    assert "GetClusterCredentials" not in sandbox.calls()


def test_botocore_knows_when_they_end(role: dict[str, str], tmp_path: Path) -> None:
    write_profile(tmp_path, role)
    session = botocore.session.Session(profile="warehouse")
    keys = session.get_credentials()
    assert keys is not None and not keys.refresh_needed(refresh_in=60)
    answer = json.loads(rs_auth_program("aws", *words(role)).stdout)
    ends = datetime.strptime(answer["Expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert 3000 < (ends - datetime.now(timezone.utc)).total_seconds() <= 3600


def test_boto3_tells_why_there_are_none(role: dict[str, str], tmp_path: Path) -> None:
    write_profile(tmp_path, {**role, "PWD": "canary"})
    with pytest.raises(CredentialRetrievalError) as refused:
        boto3.Session(profile_name="warehouse").get_credentials()
    assert "RS_AUTH_STATUS_IDP_REJECTED" in str(refused.value) and "canary" not in str(refused.value)


def test_boto3_takes_the_environment(sandbox: Sandbox, role: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no such profile")
    script = (
        "import boto3; client = boto3.client('sts', region_name='us-east-1', endpoint_url='" + sandbox.url + "'); "
        "print(client.get_caller_identity()['Arn'])"
    )
    done = rs_auth_program("exec", "--aws", *words(role), "--", sys.executable, "-c", script)
    assert done.returncode == 0 and ":assumed-role/sandbox-role/" in done.stdout, done.stderr
