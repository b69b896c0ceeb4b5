"""The library as a guest: threads, forks, signals, and nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import rs_auth
from rs_auth import AuthError, CachePolicy, Credentials, Status

from .sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("no_cache")


def user_of(dsn: dict[str, str], cache: CachePolicy = CachePolicy.DEFAULT) -> str:
    with rs_auth.login(dsn, cache=cache, timeout=30) as found:
        return found.user or ""


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def descriptors() -> set[str]:
    """What the open file descriptors of this process are."""
    found = set()
    for entry in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{entry}: {os.readlink(f'/proc/self/fd/{entry}')}")
        except FileNotFoundError:
            continue  # the descriptor of the listing itself
    return {text for text in found if "/proc/" not in text}


def tasks() -> int:
    return len(os.listdir("/proc/self/task"))


@pytest.mark.parametrize("thread", ["main thread", "another thread"])
def test_nothing_is_left_over_after_300_logins(sandbox: Sandbox, thread: str) -> None:
    def log_in(times: int) -> None:
        for number in range(times):
            if number % 3:
                assert user_of(sandbox.dsn(), CachePolicy.OFF) == "IAM:alice"
            else:
                with pytest.raises(AuthError):
                    user_of(sandbox.dsn(SecretAccessKey="wrong"), CachePolicy.OFF)

    def run(times: int) -> None:
        if thread == "main thread":
            log_in(times)
        else:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(log_in, times).result()

    run(3)
    assert until(lambda: tasks() == threading.active_count())
    open_before, resident_before = descriptors(), resident_kib()
    run(300)
    assert until(lambda: tasks() == threading.active_count())
    assert descriptors() == open_before
    assert resident_kib() - resident_before < 16 * 1024


def resident_kib() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1])


def test_many_threads_share_one_login(sandbox: Sandbox) -> None:
    sandbox.fault({"delay": {"ms": 300}}, operation="GetClusterCredentials")
    together = threading.Barrier(32)

    def log_in(_number: int) -> Credentials:
        together.wait()
        return rs_auth.login(sandbox.dsn())

    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(log_in, range(32)))
    assert len({one.password for one in found}) == 1
    assert sandbox.calls() == ["GetClusterCredentials"]


def test_threads_with_identities_of_their_own(sandbox: Sandbox) -> None:
    def log_in(number: int) -> str:
        return user_of(sandbox.dsn(DbUser=f"user{number}"))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(log_in, range(24))) == [f"IAM:user{number}" for number in range(24)]
    assert len(sandbox.calls()) == 24


def test_one_result_read_and_closed_by_many_threads(sandbox: Sandbox) -> None:
    for _ in range(20):
        found = rs_auth.login(sandbox.dsn())

        def read(number: int, found: Credentials = found) -> None:
            try:
                for _ in range(50):
                    assert found.user == "IAM:alice"
                    if number == 7:
                        found.close()
            except ValueError as error:
                assert "closed" in str(error)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(read, range(8)))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_every_kind_log_in(sandbox: Sandbox, method: str) -> None:
    assert user_of(sandbox.dsn()) == "IAM:alice"
    context = multiprocessing.get_context(method)
    with context.Pool(3) as pool:
        dsns = [sandbox.dsn(DbUser=f"child{number}") for number in range(6)]
        assert pool.map_async(user_of, dsns).get(60) == [f"IAM:child{number}" for number in range(6)]
    assert user_of(sandbox.dsn(DbUser="bob")) == "IAM:bob"


def test_an_error_of_a_child_arrives(sandbox: Sandbox) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool, pytest.raises(AuthError) as caught:
        pool.apply_async(user_of, [sandbox.dsn(SecretAccessKey="wrong")]).get(60)
    assert caught.value.status is Status.ACCESS_DENIED
    assert caught.value.service_code == "SignatureDoesNotMatch"


def test_forks_while_other_threads_log_in(sandbox: Sandbox) -> None:
    rs_auth.init()
    stop = threading.Event()

    def keep_logging_in() -> None:
        while not stop.is_set():
            user_of(sandbox.dsn(), CachePolicy.OFF)

    threads = [threading.Thread(target=keep_logging_in) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(8):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    status = 0 if user_of(sandbox.dsn(DbUser=f"fork{number}")) == f"IAM:fork{number}" else 2
                finally:
                    os._exit(status)
            assert until(lambda child=child: os.waitpid(child, os.WNOHANG) == (child, 0))  # type: ignore[misc]
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def run_script(text: str, sandbox: Sandbox) -> subprocess.Popen[str]:
    """A Python program of its own, with the DSN of the sandbox in `dsn`."""
    program = f"import rs_auth\ndsn = {sandbox.dsn()!r}\n" + textwrap.dedent(text)
    here = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": here},
    )


@pytest.mark.parametrize("log", ["None", "lambda level, target, message: None"])
def test_ctrl_c_ends_a_login(sandbox: Sandbox, log: str) -> None:
    sandbox.fault("stall", operation="GetClusterCredentials", times=0)
    process = run_script(
        f"""
        import signal, threading, time
        # Where the suite runs in the background, SIGINT is ignored, and a child inherits that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            rs_auth.login(dsn, timeout=60, log={log})
        except KeyboardInterrupt:
            print("interrupted", threading.active_count())
            # And it can go on.
            try:
                rs_auth.login(dsn, timeout=0.2)
            except rs_auth.AuthError as error:
                print(error.status.name)
        """,
        sandbox,
    )
    assert until(lambda: sandbox.calls() == ["GetClusterCredentials"])
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert out.split() == ["interrupted", "1", "TIMEOUT"], err
    assert process.returncode == 0


def test_ctrl_c_in_a_callback(sandbox: Sandbox) -> None:
    process = run_script(
        """
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        def log(level, target, message):
            signal.raise_signal(signal.SIGINT)
        try:
            rs_auth.login({**dsn, "Misspelt": "1"}, log=log)
        except KeyboardInterrupt:
            print("interrupted")
        """,
        sandbox,
    )
    assert process.communicate(timeout=20)[0] == "interrupted\n"


def test_a_signal_handler_that_does_not_raise_does_not_disturb(sandbox: Sandbox) -> None:
    sandbox.fault({"delay": {"ms": 400}}, operation="GetClusterCredentials")
    handled: list[float] = []
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: handled.append(time.monotonic()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        user_of(sandbox.dsn())
        ended = time.monotonic()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # They ran during the login, not all at its end.
    assert len([at for at in handled if at < ended - 0.1]) >= 2


def test_other_threads_run_during_a_login(sandbox: Sandbox) -> None:
    """The interpreter lock is not held."""
    sandbox.fault({"delay": {"ms": 300}}, operation="GetClusterCredentials")
    thread = threading.Thread(target=user_of, args=[sandbox.dsn()])
    begun = time.monotonic()
    thread.start()
    rounds = 0
    while thread.is_alive():
        rounds += 1
    assert time.monotonic() - begun >= 0.3
    assert rounds > 1000


def test_signal_dispositions_stay(sandbox: Sandbox) -> None:
    process = run_script(
        """
        import signal
        before = {number: signal.getsignal(number) for number in signal.valid_signals()}
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        rs_auth.login(dsn).close()
        assert before == {number: signal.getsignal(number) for number in signal.valid_signals()}
        assert blocked == signal.pthread_sigmask(signal.SIG_BLOCK, [])
        caught = [line for line in open("/proc/self/status") if line.startswith(("SigCgt", "SigIgn"))]
        print(*(line.split()[1] for line in caught))
        """,
        sandbox,
    )
    out, err = process.communicate(timeout=20)
    # The control: a thread alone makes the C library catch a signal of its own.
    control = """
    import threading
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith(("SigCgt", "SigIgn"))))
    """
    bare = subprocess.run([sys.executable, "-c", textwrap.dedent(control)], capture_output=True, text=True, check=True)
    assert out == bare.stdout, err


def test_a_program_may_end_with_open_credentials(sandbox: Sandbox) -> None:
    process = run_script("found = rs_auth.login(dsn); import atexit; atexit.register(found.close)", sandbox)
    assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0
