"""A server in a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

#: What the servers come from. In this order apt takes nginx and php-cgi for simplesamlphp, and leaves Apache out.
PACKAGES = "nginx-light php-cgi php-cli php-xml simplesamlphp postgresql unixodbc odbc-postgresql chromium"


class Server:
    """A running server, whose output goes to a file."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        ready: Callable[[], bool],
        *,
        user: str | None = None,
        directory: Path | None = None,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._stop_signal = stop_signal
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=directory,
            env={**os.environ, **(environment or {})},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        try:
            self._wait(ready, log)
        except BaseException:
            self.stop()
            raise

    def _wait(self, ready: Callable[[], bool], log: Path) -> None:
        deadline = time.monotonic() + 60
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends the process."""
        if self._process.poll() is None:
            self._process.send_signal(self._stop_signal)
            self._process.wait(20)
        self._log.close()


def program(name: str) -> str:
    """Where a program is. The tests fail where it is not."""
    found = shutil.which(name, path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin")
    return found or missing(name)


def missing(what: str, remedy: str = f"on Debian: apt-get install {PACKAGES}") -> NoReturn:
    """Fails the test: it needs more of the system than is there."""
    pytest.fail(f"{what} is missing; {remedy}", pytrace=False)


def answers(port: int) -> Callable[[], bool]:
    """Does anybody accept connections there?"""

    def accepts() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            return False
        return True

    return accepts


def free_ports(count: int) -> list[int]:
    """So many different ports of loopback that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
