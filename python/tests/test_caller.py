"""The hand-over between the main thread and the thread that is inside C."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from rs_auth._caller import Caller


class Interrupted(Exception):
    """What the signal handler of these tests raises."""


@pytest.fixture
def alarm() -> Iterator[None]:
    """SIGALRM raises Interrupted."""

    def handler(_number: int, _frame: object) -> None:
        raise Interrupted

    # Where an interrupt meets a callback of the interpreter's own, Python tells this hook of it and goes on. pytest's hook
    # works long enough to be interrupted itself.
    unraisable: list[type[BaseException]] = []
    hook, sys.unraisablehook = sys.unraisablehook, lambda told: unraisable.append(told.exc_type)
    before = signal.signal(signal.SIGALRM, handler)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    sys.unraisablehook = hook
    assert set(unraisable) <= {Interrupted}


def test_the_main_thread_waits_and_runs_the_jobs() -> None:
    caller = Caller(lambda: None)
    threads: list[int] = []

    def work() -> int:
        for _ in range(1000):
            caller.call(lambda: threads.append(threading.get_ident()))
        threads.append(threading.get_ident())
        return 7

    assert caller.run(work) == 7
    assert set(threads[:1000]) == {threading.get_ident()}
    assert len(threads) == 1001
    assert threads[1000] != threading.get_ident()


def test_what_the_work_raises_arrives() -> None:
    def work() -> int:
        raise KeyError("work")

    with pytest.raises(KeyError, match="work"):
        Caller(lambda: None).run(work)


def test_another_thread_does_everything_itself() -> None:
    caller = Caller(lambda: None)
    threads: list[threading.Thread] = []

    def work() -> int:
        caller.call(lambda: threads.append(threading.current_thread()))
        threads.append(threading.current_thread())
        return 7

    thread = threading.Thread(target=lambda: caller.run(work))
    thread.start()
    thread.join()
    assert threads == [thread, thread]


@pytest.mark.usefixtures("alarm")
def test_a_signal_handler_that_raises_ends_the_wait() -> None:
    stopped = threading.Event()
    finished: list[bool] = []

    def work() -> int:
        finished.append(stopped.wait(30))
        return 0

    signal.setitimer(signal.ITIMER_REAL, 0.05)
    begun = time.monotonic()
    with pytest.raises(Interrupted):
        Caller(stopped.set).run(work)
    assert time.monotonic() - begun < 5
    assert finished == [True]  # it came to its end before the caller went on


@pytest.mark.usefixtures("alarm")
def test_interrupts_at_any_moment_neither_hang_nor_leave_the_work_behind() -> None:
    interrupted = finished = 0
    for round_ in range(300):
        stopped = threading.Event()
        caller = Caller(stopped.set)
        begun: list[bool] = []
        ended: list[bool] = []

        def work(
            caller: Caller = caller,
            stopped: threading.Event = stopped,
            begun: list[bool] = begun,
            ended: list[bool] = ended,
        ) -> int:
            begun.append(True)
            while not stopped.is_set():
                caller.call(lambda: None)
            ended.append(True)
            return 0

        # The first interrupt falls on ever different instructions; impatient people press Ctrl-C again.
        signal.setitimer(signal.ITIMER_REAL, 0.0003 + round_ * 0.00001, 0.003)
        try:
            caller.run(work)
        except Interrupted:
            interrupted += 1
        finally:
            while True:
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    break
                except Interrupted:
                    continue
        assert ended == begun
        finished += len(ended)
    assert interrupted == 300
    assert finished > 100  # in the others the interrupt came before the work began
