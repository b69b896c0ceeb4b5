"""The sandbox program in a process of its own, and its control endpoint."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = os.environ.get("RS_AUTH_SANDBOX") or str(Path(__file__).parents[2] / "target/debug/rs-auth-sandbox")

#: Straight to the sandbox, whatever proxy the environment names.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Record:
    """A request that the sandbox saw."""

    service: str
    operation: str
    parameters: dict[str, str]
    signed_by: str | None
    status: int
    headers: dict[str, str]
    body: str


class Sandbox:
    """A running sandbox. `info` is the line of JSON that the program prints."""

    def __init__(self, directory: Path) -> None:
        # It stops when its standard input closes, so also when the tests die.
        self._process = subprocess.Popen(
            [PROGRAM, "--json", "--dir", str(directory), "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{PROGRAM} did not start")
        self.info: dict[str, Any] = json.loads(line)
        self.url: str = self.info["http_url"]
        self.region: str = self.info["region"]
        self.cluster: dict[str, Any] = self.info["clusters"][0]
        self.workgroup: dict[str, Any] = self.info["workgroups"][0]

    def stop(self) -> None:
        """Ends the process."""
        self._process.communicate(timeout=10)

    def key(self, name: str) -> dict[str, str]:
        """The access key of that name, as keys of a DSN."""
        key = self.info["keys"][name]
        dsn = {"AccessKeyID": key["access_key_id"], "SecretAccessKey": key["secret_access_key"]}
        return dsn if key["session_token"] is None else {**dsn, "SessionToken": key["session_token"]}

    def dsn(self, **more: str) -> dict[str, str]:
        """A DSN of the provisioned cluster, with the user's keys."""
        return {
            "Host": self.cluster["host"],
            "Database": "dev",
            "DbUser": "alice",
            **self.endpoints(),
            **self.key("user"),
            **more,
        }

    def endpoints(self) -> dict[str, str]:
        """The keys of a DSN that lead AWS' calls here."""
        return {"EndPointUrl": self.url, "StsEndpointUrl": self.url}

    def requests(self) -> list[Record]:
        """What came since the last `reset`."""
        return [
            Record(
                record["service"],
                record["operation"],
                record["parameters"],
                record["signed_by"],
                record["status"],
                {name.lower(): value for name, value in record["headers"]},
                record["body"],
            )
            for record in self._control("GET", "requests")
        ]

    def calls(self) -> list[str]:
        """The operations of the AWS services among them."""
        return [record.operation for record in self.requests()]

    def connections(self) -> int:
        """How many connections were made since the start."""
        count: int = self._control("GET", "connections")["count"]
        return count

    def fault(self, action: str | Mapping[str, Any], **match: Any) -> None:
        """Something goes wrong with the next request; `match` names which and how often."""
        self._control("POST", "faults", {"action": action, **match})

    def change_world(self, **members: Any) -> None:
        """Puts other things into the world, until the next `reset`."""
        self._control("PATCH", "world", members)

    def world(self) -> dict[str, Any]:
        """What there is."""
        world: dict[str, Any] = self._control("GET", "world")
        return world

    def reset(self, world: Mapping[str, Any]) -> None:
        """Forgets requests and faults, and puts the world back."""
        self._control("POST", "reset")
        self._control("DELETE", "faults")
        self._control("PUT", "world", world)

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.info["control_url"] + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
        )
        with _opener.open(request, timeout=10) as answer:
            return json.load(answer)
