"""Keeps the main thread interruptible while C works.

Python runs signal handlers on the main thread, between bytecodes: a main thread inside a C function would answer Ctrl-C
only when the login is over. So there the C call is made by a helper thread, and the main thread waits where signals
reach it. The library's callbacks, which come on the helper thread, are handed over and run on the main thread: the rule
that callbacks run on the thread that made the call holds for Python callers too.

A signal handler can raise between any two bytecodes. `threading.Event` and `Thread.start` are written in Python and do
not survive that; `SimpleQueue` and `start_new_thread` are each one step in C."""

from __future__ import annotations

import _thread
import os
from queue import Empty, SimpleQueue
from threading import get_ident, main_thread
from typing import Callable

Job = Callable[[], None]

# Only on Windows is a wait without a limit deaf to Ctrl-C.
_WAIT = 0.1 if os.name == "nt" else None


class Caller:
    """The thread that makes one call. `stop` ends the C function early; it may be called more than once."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._helper = False
        self._begin = _thread.allocate_lock()
        # To the caller: something changed. To the helper: which job was answered, or None for all of them.
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._answers: SimpleQueue[Job | None] = SimpleQueue()
        self._job: Job | None = None
        self._abandoned = False
        self._done = False
        self._result = 0
        self._failure: BaseException | None = None

    def run(self, work: Callable[[], int]) -> int:
        """Returns what `work` returned, or raises what it or a signal handler meanwhile raised."""
        if get_ident() != main_thread().ident:
            return work()  # Signal handlers do not run here.
        interrupt: BaseException | None = None
        # What a signal handler interrupted is brought to an end by another round, so that nothing runs any more when
        # this returns. An inner loop in an outer one, since the jump from an `except` clause back to its `try` is not
        # protected by that `try`.
        try:
            while not self._done:
                try:
                    while not self._done:
                        try:
                            self._round(work, interrupt)
                        except BaseException as error:
                            interrupt = error
                except BaseException as error:
                    interrupt = error
        finally:
            if not self._done:
                self._abandon()
        if interrupt is not None:
            raise interrupt
        if self._failure is not None:
            raise self._failure
        return self._result

    def call(self, job: Job) -> None:
        """From inside `work`: runs `job`, which must not raise, on the thread that made the call. It is not run once
        that has been interrupted."""
        if not self._helper:
            job()
            return
        self._job = job
        self._wake.put(None)
        while not self._abandoned and self._answers.get() is not job:
            pass

    def _round(self, work: Callable[[], int], interrupt: BaseException | None) -> None:
        if interrupt is not None:
            self._abandon()
        elif not self._helper:
            self._helper = True
            _thread.start_new_thread(self._work, (work,))
        while not self._done:
            try:
                self._wake.get(timeout=_WAIT)
            except Empty:
                continue
            job, self._job = self._job, None
            if job is not None and not self._abandoned:
                job()
            self._answers.put(job)

    def _work(self, work: Callable[[], int]) -> None:
        if not self._begin.acquire(blocking=False):
            return
        try:
            self._result = work()
        except BaseException as error:
            self._failure = error
        finally:
            self._done = True
            self._wake.put(None)

    def _abandon(self) -> None:
        self._abandoned = True
        # Who takes this lock first decides whether a helper whose start was interrupted begins at all.
        if self._begin.acquire(blocking=False):
            self._done = True
        else:
            self._stop()
            self._answers.put(None)
