"""Callbacks: where they run, and what becomes of what they raise."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from typing import Any

import pytest

import rs_auth
from rs_auth import AuthError, CachePolicy, CancelToken, LogLevel, Options, Status

from .sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("no_cache")


class FromCallback(Exception):
    """What the callbacks of these tests raise."""


def test_the_log_runs_on_the_calling_thread(sandbox: Sandbox) -> None:
    threads: set[int] = set()

    def log(_level: LogLevel, _target: str, _message: str) -> None:
        threads.add(threading.get_ident())

    options = Options(log=log, log_level=LogLevel.TRACE, cache=CachePolicy.OFF)
    rs_auth.login(sandbox.dsn(), options=options).close()
    assert threads == {threading.get_ident()}

    threads.clear()
    other = threading.Thread(target=lambda: rs_auth.login(sandbox.dsn(), options=options).close())
    other.start()
    other.join()
    assert threads == {other.ident}


def test_what_a_callback_raises_ends_the_call_and_comes_out(sandbox: Sandbox) -> None:
    sandbox.fault("stall", operation="GetClusterCredentials", times=0)
    calls = 0

    def log(_level: LogLevel, _target: str, _message: str) -> None:
        nonlocal calls
        calls += 1
        raise FromCallback(calls)

    begun = time.monotonic()
    with pytest.raises(FromCallback) as caught:
        rs_auth.login(sandbox.dsn(Misspelt="1"), log=log, timeout=20)
    assert time.monotonic() - begun < 5
    assert caught.value.args == (1,)  # the first one, and the callback was not called again
    assert calls == 1


def test_also_where_the_login_was_finished(sandbox: Sandbox) -> None:
    """Every line of a login is the last one once."""
    lines: list[str] = []
    options = Options(log=lambda _level, _target, message: lines.append(message), log_level=LogLevel.TRACE)
    rs_auth.login(sandbox.dsn(), options=options, cache=CachePolicy.OFF).close()
    assert lines
    for last in range(1, len(lines) + 1):
        count = 0

        def log(_level: LogLevel, _target: str, _message: str, last: int = last) -> None:
            nonlocal count
            count += 1
            if count == last:
                raise FromCallback

        with pytest.raises(FromCallback):
            rs_auth.login(
                sandbox.dsn(), options=Options(log=log, log_level=LogLevel.TRACE), cache=CachePolicy.OFF
            ).close()


def test_an_exception_does_not_keep_the_call_alive(sandbox: Sandbox) -> None:
    class Witness:
        pass

    witness = Witness()
    reference = weakref.ref(witness)

    def log(_level: LogLevel, _target: str, _message: str, witness: Any = witness) -> None:
        raise FromCallback

    gc.disable()
    try:
        with pytest.raises(FromCallback) as caught:
            rs_auth.login(sandbox.dsn(Misspelt="1"), log=log)
        del witness, log, caught
        assert reference() is None
    finally:
        gc.enable()


def test_a_login_inside_a_callback_is_refused(sandbox: Sandbox) -> None:
    statuses: list[Status] = []

    def log(_level: LogLevel, _target: str, _message: str) -> None:
        with pytest.raises(AuthError) as caught:
            rs_auth.login(sandbox.dsn())
        statuses.append(caught.value.status)

    rs_auth.login(sandbox.dsn(Misspelt="1"), log=log).close()
    worker = threading.Thread(
        target=lambda: rs_auth.login(sandbox.dsn(Misspelt="2"), log=log, cache=CachePolicy.OFF).close()
    )
    worker.start()
    worker.join()
    assert set(statuses) == {Status.BUSY}
    assert len(statuses) >= 2
    rs_auth.login(sandbox.dsn()).close()


@pytest.mark.parametrize("where", ["main thread", "another thread"])
def test_cancel_from_a_thread(sandbox: Sandbox, where: str) -> None:
    sandbox.fault("stall", operation="GetClusterCredentials", times=0)
    token = CancelToken()
    errors: list[AuthError] = []
    ended: list[float] = []

    def login() -> None:
        try:
            rs_auth.login(sandbox.dsn(), cancel=token, timeout=30)
        except AuthError as error:
            errors.append(error)
        ended.append(time.monotonic())

    def cancel() -> float:
        while not sandbox.calls():  # the request is there, its answer never comes
            time.sleep(0.01)
        at = time.monotonic()
        token.cancel()
        return at

    cancelled_at: list[float] = []
    work, helper = (login, cancel) if where == "main thread" else (cancel, login)
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(helper()))
    thread.start()
    results.append(work())
    thread.join()
    cancelled_at = [result for result in results if result is not None]
    assert [error.status for error in errors] == [Status.CANCELLED]
    assert ended[0] - cancelled_at[0] < 1  # 50 ms by contract; the rest is for a busy machine
    # It is this token that is cancelled, nothing else.
    sandbox.reset(sandbox.world())
    rs_auth.login(sandbox.dsn()).close()
    with pytest.raises(AuthError):
        rs_auth.login(sandbox.dsn(), cancel=token)


def test_leaving_the_block_of_a_token_cancels(sandbox: Sandbox) -> None:
    sandbox.fault("stall", operation="GetClusterCredentials", times=0)
    errors: list[AuthError] = []

    def login() -> None:
        with pytest.raises(AuthError) as caught:
            rs_auth.login(sandbox.dsn(), cancel=token, timeout=30)
        errors.append(caught.value)

    with CancelToken() as token:
        thread = threading.Thread(target=login)
        thread.start()
        while not sandbox.calls():
            time.sleep(0.01)
    thread.join(10)
    assert [error.status for error in errors] == [Status.CANCELLED]


def test_a_callback_that_raises_leaves_the_token_alone(sandbox: Sandbox) -> None:
    token = CancelToken()

    def log(_level: LogLevel, _target: str, _message: str) -> None:
        raise FromCallback

    with pytest.raises(FromCallback):
        rs_auth.login(sandbox.dsn(Misspelt="1"), log=log, cancel=token)
    assert not token.cancelled
    rs_auth.login(sandbox.dsn(), cancel=token).close()
