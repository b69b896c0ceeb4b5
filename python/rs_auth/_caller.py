"""Keeps the main thread interruptible while C works.

Python runs signal handlers on the main thread, between bytecodes: a main thread inside a C function would answer Ctrl-C
only when the login is over. So there the C call is made by a helper thread, and the main thread waits where signals
reach it. The library's callbacks, which come on the helper thread, are handed over and run on the main thread: the rule
that callbacks run on the thread that made the call holds for Python callers too."""

from __future__ import annotations

import os
import threading
from typing import Callable

# Only on Windows is a wait without a limit deaf to Ctrl-C.
_WAIT = 0.1 if os.name == "nt" else None


class Caller:
    """The thread that made a call. `stop` ends the C function early; it may be called more than once."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._wake = threading.Event()
        self._answered = threading.Event()
        self._job: Callable[[], None] | None = None
        self._apart = False
        self._abandoned = False
        self._done = False

    def run(self, work: Callable[[], int]) -> int:
        """Returns what `work` returned, or raises what a signal handler raised meanwhile."""
        if threading.current_thread() is not threading.main_thread():
            return work()  # Signal handlers do not run here.
        self._apart = True
        result: list[int] = []
        helper = threading.Thread(target=self._work, args=(work, result), name="rs_auth", daemon=True)
        interrupt: BaseException | None = None
        helper.start()
        while True:
            # A handler can raise anywhere in here. Whatever it interrupted is then brought to an end by another round:
            # C still uses our memory, so there is no leaving before the helper has.
            try:
                if interrupt is not None:
                    self._abandon()
                self._serve()
                helper.join()
                break
            except BaseException as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt
        return result[0]

    def call(self, job: Callable[[], None]) -> None:
        """From inside `work`: runs `job` on the thread that made the call. It is not run once that has been
        interrupted. `job` must not raise."""
        if not self._apart:
            job()
        elif not self._abandoned:
            self._answered.clear()
            self._job = job
            self._wake.set()
            self._answered.wait()

    def _work(self, work: Callable[[], int], result: list[int]) -> None:
        try:
            result.append(work())
        finally:
            self._done = True
            self._wake.set()

    def _serve(self) -> None:
        while not self._done:
            if self._wake.wait(_WAIT):
                self._wake.clear()
                self._answer()

    def _answer(self) -> None:
        job = self._job
        if job is not None:
            if not self._abandoned:
                job()
            self._job = None
            self._answered.set()

    def _abandon(self) -> None:
        self._abandoned = True
        self._stop()
        self._job = None
        self._answered.set()
