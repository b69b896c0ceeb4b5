"""moto's server in a process of its own, with the accounts of the tests in it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import boto3

REGION = "us-east-1"
CLUSTER = "moto-cluster"
CLUSTER_PORT = 5440
#: In moto every account is this one.
ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Key:
    """An access key."""

    id: str
    secret: str
    token: str | None = None

    def dsn(self) -> dict[str, str]:
        """As keys of a DSN."""
        keys = {"AccessKeyID": self.id, "SecretAccessKey": self.secret}
        return keys if self.token is None else {**keys, "SessionToken": self.token}


class MotoServer:
    """A running server. With `checked`, it verifies signatures, session tokens and IAM policies."""

    def __init__(self, log: Path, *, checked: bool) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._log = log.open("wb")
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        try:
            self._wait()
            self._seed()
            if checked:
                self._switch_checks_on()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.wait(10)
        self._log.close()

    def dsn(self, **more: str) -> dict[str, str]:
        """A DSN for the cluster."""
        return {
            "ClusterId": CLUSTER,
            "Region": REGION,
            "Database": "dev",
            "DbUser": "alice",
            "EndPointUrl": self.url,
            "StsEndpointUrl": self.url,
            **more,
        }

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(self.url + "/moto-api/data.json", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"moto did not start; see {self._log.name}") from None
                time.sleep(0.05)

    def _seed(self) -> None:
        everything = _policy("Allow", "redshift:*", "sts:*")
        iam = self._client("iam")
        self.tester = _user(iam, "tester", everything)
        self.reader = _user(iam, "reader", _policy("Allow", "redshift:DescribeClusters"))
        for role in ("analyst", "second"):
            trust = _policy("Allow", "sts:AssumeRole", principal="*")
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
            iam.put_role_policy(RoleName=role, PolicyName="policy", PolicyDocument=everything)
        assumed = self._client("sts").assume_role(RoleArn=role_arn("analyst"), RoleSessionName="tests")["Credentials"]
        self.session = Key(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])
        cluster = self._client("redshift").create_cluster(
            ClusterIdentifier=CLUSTER,
            NodeType="ra3.xlplus",
            MasterUsername="admin",
            MasterUserPassword="Passw0rd1",
            DBName="dev",
            Port=CLUSTER_PORT,
        )["Cluster"]
        self.host: str = cluster["Endpoint"]["Address"]

    def _client(self, service: str):  # type: ignore[no-untyped-def]
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="seed",
            aws_secret_access_key="seed",
        )

    def _switch_checks_on(self) -> None:
        # The number of requests that are still let through. As text/plain: a form is a 500 here.
        request = urllib.request.Request(
            self.url + "/moto-api/reset-auth", data=b"0", method="POST", headers={"Content-Type": "text/plain"}
        )
        urllib.request.urlopen(request, timeout=5).close()


def role_arn(name: str) -> str:
    """The ARN of a role of the account."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def _user(iam, name: str, policy: str) -> Key:  # type: ignore[no-untyped-def]
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Key(key["AccessKeyId"], key["SecretAccessKey"])


def _policy(effect: str, *actions: str, principal: str | None = None) -> str:
    statement: dict[str, object] = {"Effect": effect, "Action": list(actions)}
    if principal is None:
        statement["Resource"] = "*"
    else:
        statement["Principal"] = {"AWS": principal}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
