"""One call into the library: its options in C, its callbacks, and what they raised.

The three C callbacks below exist once and for all. They find their call through a thread-local: the library calls back
on the thread that called it."""

from __future__ import annotations

import logging
import math
import threading
from ctypes import byref, c_char_p
from typing import Any, Callable

from ._abi import (
    EventCallback,
    EventPtr,
    LogCallback,
    OptionsPtr,
    PluginCallback,
    PluginReplyPtr,
    PluginRequestPtr,
)
from ._caller import Caller
from ._library import library
from ._text import to_c
from ._token import CallToken
from .credentials import Kind
from .errors import AuthError, OutError, Status
from .events import EventReply, event_of
from .host_plugin import PluginRequest, give_reply
from .options import LogFunction, LogLevel, Options

_LOGGER = logging.getLogger("rs_auth")
_LOGGER.addHandler(logging.NullHandler())

# `call`: the call of this thread that is inside C; `in_callback`: whether this thread runs a callback.
_thread = threading.local()


def perform(options: Options | None, function: Callable[..., int], arguments: tuple[Any, ...], *outputs: Any) -> None:
    """Calls `function(*arguments, options, *outputs, &error)` and raises what went wrong: in a callback first, then in
    the library."""
    if getattr(_thread, "in_callback", False):
        # The library's own check looks at the helper thread when the main thread calls.
        raise AuthError(Status.BUSY, "This is a login from inside a callback of another one.", sqlstate="HY010")
    call = _Call(options or Options())
    with OutError() as error:

        def work() -> int:
            with call as native:
                return function(*arguments, native, *outputs, byref(error.pointer))

        try:
            status = call.caller.run(work)
            if call.failure is not None:
                raise call.failure
            error.check(status)
        finally:
            # Its traceback leads to this frame, and so back to it.
            call.failure = None


class _Call:
    def __init__(self, options: Options) -> None:
        self._lib = library()
        self._native = OptionsPtr()
        self._options = options
        self._plugins = {plugin.number: plugin for plugin in options.plugins}
        self._log, self._log_level = _log_function(options)
        self._token = CallToken()
        self.caller = Caller(self._token.cancel)
        self.failure: BaseException | None = None
        self._native = self._lib.rs_auth_options_new()
        self._set_options()

    def __enter__(self) -> OptionsPtr:
        """On the thread that is going to be inside C."""
        if self._options.cancel is not None:
            self._options.cancel._attach(self._token)
        _thread.call = self
        return self._native

    def __exit__(self, *_exception: object) -> None:
        _thread.call = None
        if self._options.cancel is not None:
            self._options.cancel._detach(self._token)

    def __del__(self) -> None:
        # Not earlier: the thread inside C refers to it too.
        self._lib.rs_auth_options_free(self._native)

    def log(self, level: int, target: str, message: str) -> None:
        """The library has something to log."""
        function = self._log
        if function is not None:
            self._guarded(lambda: function(LogLevel(level), target, message))

    def event(self, pointer: EventPtr) -> int:
        """The library needs something of a person."""
        function = self._options.on_event
        if function is None:
            return EventReply.USE_DEFAULT
        event = event_of(pointer)
        reply = self._guarded(lambda: function(event), EventReply.ABORT)
        if reply is None:
            return EventReply.USE_DEFAULT
        if not isinstance(reply, str):
            return EventReply(reply)
        status = self._lib.rs_auth_event_answer(pointer, to_c(reply, "an answer"))
        if status != Status.OK:
            # Not the answer itself: it may be a one-time code.
            raise ValueError(f"{event.kind.name} does not take this answer: {Status(status).name}")
        return EventReply.HANDLED

    def plugin(self, number: int, request_pointer: PluginRequestPtr, reply_pointer: PluginReplyPtr) -> int:
        """The library asks a plugin of the host's own."""
        plugin = self._plugins[number]
        request = PluginRequest(request_pointer)
        try:
            reply = self._guarded(lambda: plugin.function(request))
        finally:
            request._close()
        if self.failure is not None:
            return EventReply.ABORT
        give_reply(reply_pointer, reply)
        return 0

    def fail(self, error: BaseException) -> None:
        """Ends the call with what a callback raised; the first one counts."""
        if self.failure is None:
            self.failure = error
            self._token.cancel()

    def _guarded(self, callback: Callable[[], Any], otherwise: Any = None) -> Any:
        """What `callback` returned on the caller's thread; `otherwise` where it was not run or raised."""
        result = [otherwise]

        def job() -> None:
            _thread.in_callback = True
            try:
                result[0] = callback()
            except BaseException as error:
                self.fail(error)
            finally:
                _thread.in_callback = False

        if self.failure is None:
            self.caller.call(job)
        return result[0]

    def _set_options(self) -> None:
        options = self._options
        self._set("cancel_token", self._token.pointer)
        if options.timeout is not None:
            self._set("timeout_ms", _milliseconds(options.timeout))
        if options.accepted_kinds is not None:
            self._set("accepted_kinds", sum({1 << Kind(kind) for kind in options.accepted_kinds}))
        if self._log is not None:
            self._set("log_callback", _LOG, self._log_level, None)
        if options.on_event is not None:
            self._set("event_callback", _EVENT, None)
        if options.cache is not None:
            self._set("cache", options.cache)
        if options.cache_scope is not None:
            self._set("cache_scope", to_c(options.cache_scope, "cache_scope"))
        if options.host_keys:
            keys = [to_c(key, "a host key") for key in options.host_keys]
            self._set("host_keys", (c_char_p * len(keys))(*keys), len(keys))
        for plugin in self._plugins.values():
            status = self._lib.rs_auth_options_add_plugin(
                self._native, to_c(plugin.name, "a plugin's name"), _PLUGIN, plugin.number
            )
            _taken(f"the plugin {plugin.name!r}", status)

    def _set(self, option: str, *value: Any) -> None:
        _taken(option, getattr(self._lib, f"rs_auth_options_set_{option}")(self._native, *value))


def _log_function(options: Options) -> tuple[LogFunction | None, LogLevel]:
    log = _LOGGER if options.log is None else options.log
    if not isinstance(log, logging.Logger):
        return log, options.log_level
    logger = log

    def to_logger(level: LogLevel, target: str, message: str) -> None:
        logger.log(level.in_logging, "%s: %s", target, message)

    enabled = [level for level in LogLevel if logger.isEnabledFor(level.in_logging)]
    return (to_logger, max(enabled)) if enabled else (None, LogLevel.ERROR)


def _milliseconds(seconds: float) -> int:
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"a timeout is a number of seconds, or 0 for no limit, not {seconds!r}")
    return math.ceil(seconds * 1000)


def _taken(option: str, status: int) -> None:
    if status != Status.OK:
        raise AuthError(Status(status), f"The library does not take this value of {option}.", sqlstate="HY009")


def _current() -> _Call:
    call: _Call = _thread.call
    return call


# Nothing may be raised through C: ctypes would print it and go on.


def _on_log(_user_data: Any, level: int, target: bytes, message: bytes) -> None:
    call = _current()
    try:
        call.log(level, target.decode("utf-8"), message.decode("utf-8"))
    except BaseException as error:
        call.fail(error)


def _on_event(_user_data: Any, event: EventPtr) -> int:
    call = _current()
    try:
        return call.event(event)
    except BaseException as error:
        call.fail(error)
        return EventReply.ABORT


def _on_plugin(number: int, request: PluginRequestPtr, reply: PluginReplyPtr) -> int:
    call = _current()
    try:
        return call.plugin(number, request, reply)
    except BaseException as error:
        call.fail(error)
        return EventReply.ABORT


_LOG, _EVENT, _PLUGIN = LogCallback(_on_log), EventCallback(_on_event), PluginCallback(_on_plugin)
