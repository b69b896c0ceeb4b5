"""Processes that multiprocessing starts while other threads of this one are inside a login."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkContext, ForkServerContext, SpawnContext
from multiprocessing.queues import Queue

import pytest

import rs_auth
from rs_auth import AuthError, CachePolicy, Status

from .sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("no_cache")

Context = ForkContext | SpawnContext | ForkServerContext
contexts = pytest.mark.parametrize(
    "context",
    [
        multiprocessing.get_context("fork"),
        multiprocessing.get_context("spawn"),
        multiprocessing.get_context("forkserver"),
    ],
    ids=lambda context: context.get_start_method(),
)


def user_of(dsn: dict[str, str]) -> str:
    with rs_auth.login(dsn, timeout=30) as found:
        return found.user or ""


def report_user(dsn: dict[str, str], queue: Queue[tuple[int, str]]) -> None:
    """What a child does."""
    try:
        queue.put((os.getpid(), user_of(dsn)))
    except AuthError as error:
        queue.put((os.getpid(), f"{error.status.name}: {error}"))


def over_tls(sandbox: Sandbox, **more: str) -> dict[str, str]:
    return sandbox.dsn(EndPointUrl=sandbox.info["https_url"], CaFile=sandbox.info["ca_file"], **more)


@contextmanager
def inside_a_login(sandbox: Sandbox, threads: int) -> Iterator[list[str]]:
    """That many threads wait for the sandbox while the body runs; afterwards the list has their users."""
    users: list[str] = []

    def log_in(number: int) -> None:
        users.append(user_of(over_tls(sandbox, DbUser=f"parent{number}")))

    # The children are answered at once: the fault is for as many requests as there are threads.
    sandbox.fault({"delay": {"ms": 2000}}, operation="GetClusterCredentials", times=threads)
    started = [threading.Thread(target=log_in, args=[number]) for number in range(threads)]
    for thread in started:
        thread.start()
    deadline = time.monotonic() + 20
    while sandbox.calls().count("GetClusterCredentials") < threads:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert users == []  # the control: they are all inside
    yield users
    for thread in started:
        thread.join(30)
        assert not thread.is_alive()


@contexts
def test_children_log_in_while_threads_are_inside_a_login(sandbox: Sandbox, context: Context) -> None:
    rs_auth.init()
    if isinstance(context, ForkServerContext):
        # The server itself is started now, by a process without threads of ours.
        context.Process(target=int).start()
    with inside_a_login(sandbox, 3) as users:
        queue: Queue[tuple[int, str]] = context.Queue()
        dsns = [over_tls(sandbox, DbUser=f"child{number}") for number in range(4)]
        children = [context.Process(target=report_user, args=[dsn, queue], daemon=True) for dsn in dsns]
        for child in children:
            child.start()
        found = dict(queue.get(timeout=60) for _ in children)
        for child in children:
            child.join(30)
            assert child.exitcode == 0
    assert sorted(found.values()) == [f"IAM:child{number}" for number in range(4)]
    assert os.getpid() not in found
    assert len(found) == 4
    assert sorted(users) == [f"IAM:parent{number}" for number in range(3)]
    # Each asked for itself: nothing of the parent's was handed on, and nobody waited for a flight of another process's.
    assert len(sandbox.calls()) == 7


def refused(dsn: dict[str, str]) -> str:
    """The status of a login that must fail."""
    with pytest.raises(AuthError) as caught:
        rs_auth.login(dsn, timeout=30, cache=CachePolicy.OFF)
    return caught.value.status.name


@contexts
def test_a_refusal_is_told_by_a_child_of_every_kind(sandbox: Sandbox, context: Context) -> None:
    """The control: a child says what the service says."""
    queue: Queue[tuple[int, str]] = context.Queue()
    child = context.Process(target=report_user, args=[over_tls(sandbox, SecretAccessKey="wrong"), queue], daemon=True)
    child.start()
    _, told = queue.get(timeout=60)
    child.join(30)
    assert told.startswith(Status.ACCESS_DENIED.name)
    assert refused(over_tls(sandbox, SecretAccessKey="wrong")) == Status.ACCESS_DENIED.name
