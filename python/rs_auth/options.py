"""How a call behaves: its limits, its callbacks, its cache policy."""

from __future__ import annotations

import enum
import logging
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Callable, Union

from ._numbers import OpenEnum
from ._token import CallToken
from .credentials import Kind
from .events import Event, EventReply
from .host_plugin import HostPlugin


class CachePolicy(enum.IntEnum):
    """What a login may take from memory and disk, and leave there."""

    #: Memory; on disk only what a person had to do by hand.
    DEFAULT = 0
    #: Neither reads nor writes.
    OFF = 1
    #: Nothing on disk.
    MEMORY = 2
    #: After the server refused what was handed out: that alone is ignored and replaced.
    REFRESH = 3


class LogLevel(OpenEnum):
    """The library's log levels."""

    ERROR = 1
    WARN = 2
    INFO = 3
    DEBUG = 4
    TRACE = 5

    @property
    def in_logging(self) -> int:
        """The level of the `logging` module; TRACE is 5, below DEBUG."""
        return {1: logging.ERROR, 2: logging.WARNING, 3: logging.INFO, 4: logging.DEBUG}.get(self, 5)


#: Called with level, target (the part of the library that speaks) and message.
LogFunction = Callable[[LogLevel, str, str], None]
#: Answers an event: a str is the answer to its question; None leaves it to the library's default.
EventFunction = Callable[[Event], Union[str, EventReply, None]]


class CancelToken:
    """Cancels the calls it was given to, from any thread. Cancelled once, it stays so.

    As a context manager it cancels on leaving the block whatever still runs with it."""

    def __init__(self) -> None:
        self._cancelled = False
        self._running: list[CallToken] = []
        # Reentrant: `cancel` may be called by a signal handler that interrupts one of these methods.
        self._lock = threading.RLock()

    @property
    def cancelled(self) -> bool:
        """Whether it was ever cancelled."""
        return self._cancelled

    def cancel(self) -> None:
        """Ends the calls that run with it; they raise AuthError with Status.CANCELLED."""
        with self._lock:
            self._cancelled = True
            for call in self._running:
                call.cancel()

    def __enter__(self) -> CancelToken:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.cancel()

    # A call has a token of its own, so that a callback that raises or Ctrl-C ends that call and no other one.
    def _attach(self, call: CallToken) -> None:
        with self._lock:
            self._running.append(call)
            if self._cancelled:
                call.cancel()

    def _detach(self, call: CallToken) -> None:
        with self._lock:
            self._running = [running for running in self._running if running is not call]


@dataclass(frozen=True)
class Options:
    """How a call behaves. Immutable: one object may serve any number of calls at once.

    Callbacks run on the thread that made the call, while it is inside the call. What a callback raises ends the call
    and is raised by it. A login from inside a callback fails with Status.BUSY."""

    #: Seconds for the whole call; 0: no limit. None: LoginTimeout of the DSN, else 60 s plus the wait for a person.
    timeout: float | None = None
    #: Ends the call from elsewhere.
    cancel: CancelToken | None = None
    #: A logger, or a function that gets level, target and message. None: the logger "rs_auth".
    log: logging.Logger | LogFunction | None = None
    #: How much a log *function* gets. A logger gets what it is enabled for.
    log_level: LogLevel = LogLevel.DEBUG
    #: Asked for whatever a login needs of a person.
    on_event: EventFunction | None = None
    #: What may be taken from a cache.
    cache: CachePolicy | None = None
    #: One scope per end user of a server.
    cache_scope: str | None = None
    #: Kinds of result that the caller can use; a method that yields another one fails before any request.
    accepted_kinds: Collection[Kind] | None = None
    #: Keys of the host's own: no warning that they are unknown.
    host_keys: Sequence[str] = ()
    #: Login methods of the host's own, found by `plugin_name`.
    plugins: Sequence[HostPlugin] = ()
