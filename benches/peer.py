"""The same measurements of Amazon's own Python driver, redshift_connector: what `connect` does before it opens a socket.

`peer.py WHAT ... CONFIGURATION`, where the configuration is JSON with `properties` of the driver and `hosts`: names with
their port that are answered elsewhere. Prints one line of JSON, in the words of c-tests/bench.
"""

from __future__ import annotations

import time

BEGUN = time.perf_counter()

# What a program has anyway: its import is nobody's time but Python's own.
import json  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
from typing import Any  # noqa: E402


def milliseconds(since: float) -> float:
    return (time.perf_counter() - since) * 1e3


def status(name: str) -> int:
    """A number of /proc/self/status, in kilobytes where it is one of memory."""
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


def answer_elsewhere(hosts: dict[str, str]) -> None:
    """Leads connections to other addresses, below TLS: what a test's own name service would do."""
    if not hosts:
        return
    from urllib3.util import connection

    connect = connection.create_connection

    def create_connection(address: tuple[str, int], *rest: Any, **named: Any) -> Any:
        elsewhere = hosts.get(f"{address[0]}:{address[1]}")
        if elsewhere is not None:
            host, port = elsewhere.rsplit(":", 1)
            address = (host, int(port))
        return connect(address, *rest, **named)

    connection.create_connection = create_connection  # type: ignore[assignment]


class Peer:
    """The driver, imported, and a login's properties."""

    def __init__(self, configuration: str) -> None:
        empty = status("VmRSS")
        wanted = json.loads(configuration)
        begun = time.perf_counter()
        from redshift_connector.iam_helper import IamHelper
        from redshift_connector.redshift_property import RedshiftProperty

        self.load_ms = milliseconds(begun)
        self.empty_kb = empty
        self.helper, self.property = IamHelper, RedshiftProperty
        self.given = wanted["properties"]
        answer_elsewhere(wanted.get("hosts", {}))

    def log_in(self, **changed: Any) -> float:
        info = self.property()
        for name, value in {**self.given, **changed}.items():
            info.put(name, value)
        begun = time.perf_counter()
        self.helper.set_iam_properties(info)
        took = milliseconds(begun)
        if not info.password or not info.user_name.startswith("IAM"):
            raise SystemExit(f"no credentials: {info.user_name!r}")
        return took


def fresh(configuration: str) -> dict[str, Any]:
    """To the first credentials."""
    peer = Peer(configuration)
    login_ms = peer.log_in()
    return {"load_ms": peer.load_ms, "login_ms": login_ms, "rss_kb": status("VmRSS") - peer.empty_kb}


def again(count: str, configuration: str) -> dict[str, Any]:
    """Others of the same identity after a first login, past its cache and out of it."""
    peer = Peer(configuration)
    peer.log_in()
    off = [peer.log_in(iam_disable_cache=True) for _ in range(int(count))]
    on = [peer.log_in() for _ in range(int(count))]
    return {"off_ms": off, "on_ms": on}


def together(count: int, work: Any) -> float:
    """Runs it in so many threads, let go at the same moment."""
    start = threading.Barrier(count + 1)

    def run(number: int) -> None:
        start.wait()
        work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return milliseconds(begun)


def cached(count: str, duration: str, configuration: str) -> dict[str, Any]:
    """Answers from its cache, as fast as they come."""
    peer = Peer(configuration)
    peer.log_in()
    answers: list[int] = []
    until = time.perf_counter() + float(duration) / 1e3

    def ask(_: int) -> None:
        number = 0
        while time.perf_counter() < until:
            peer.log_in()
            number += 1
        answers.append(number)

    took = together(int(count), ask)
    return {"answers": sum(answers), "ms": took}


def crowd(count: str, identities: str, configuration: str) -> dict[str, Any]:
    """All at the same moment, nothing cached."""
    peer = Peer(configuration)
    succeeded: list[int] = []

    def log_in(number: int) -> None:
        peer.log_in(**({"db_user": f"user_{number}"} if identities == "different" else {}))
        succeeded.append(number)

    took = together(int(count), log_in)
    # A thread a login, and the main one.
    peak = status("VmHWM")
    return {"wall_ms": took, "succeeded": len(succeeded), "threads": int(count) + 1, "peak_rss_kb": peak}


def main() -> None:
    what = {"fresh": fresh, "again": again, "cached": cached, "crowd": crowd}[sys.argv[1]]
    print(json.dumps({**what(*sys.argv[2:]), "process_ms": milliseconds(BEGUN)}))


main()
